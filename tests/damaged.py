"""Ledgers full of rows, and what spoils them."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from ledger_versions import fill as fill_one
from ledger_versions import tables
from nbprovider.ledger import Attempt, Ledger, disk
from nbprovider.ledger.names import name as remember

OURS = {"attempt_rows", "words", "processes", "names", "reservations"}
PAGE = disk.PAGE
ROWS = 3_000


def fill(path: Path, rows: int = ROWS) -> None:
    path.write_bytes(filled(rows))


@cache
def filled(rows: int) -> bytes:
    """Return a ledger as kernels write it, with rows in every table that the schema has."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        write(path, rows)
        return path.read_bytes()


def write(path: Path, rows: int) -> None:
    with closing(Ledger(path)) as ledger:
        with ledger._lock:
            ledger.run("BEGIN")
            for number in range(1, rows + 1):
                ledger.keep(full(number))
            ledger.run("COMMIT")
        for number in range(20):
            remember(ledger, "role", f"role {number}", [f"model {number}"])
        ledger.maintain(fill_others)


def fill_others(connection: sqlite3.Connection) -> None:
    for table, columns in tables(connection).items():
        if table not in OURS:
            for number in range(1, 101):
                fill_one(connection, table, columns, number)


def full(number: int) -> Attempt:
    row = Attempt(f"call {number:06}", 1, number, "openai", "openai", f"model {number % 7}")
    row.status, row.input, row.output, row.cost_nano = "ok", number, 2, number * 1_000
    row.cost_source, row.request_id = "list", f"request {number}"
    return row


def pages_of(path: Path, table: str) -> list[int]:
    """Return the pages of a table, its root first; SQLite's own table of pages tells."""
    with closing(sqlite3.connect(path)) as opened:
        rows = opened.execute("SELECT pageno FROM dbstat WHERE name = ? ORDER BY path", (table,))
        return [number for (number,) in rows]


def spoil(path: Path, pages: list[int], filler: bytes = b"\0") -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(filler * PAGE)


def told(ledger: Ledger) -> list[tuple]:
    return ledger.run(
        "SELECT call_id, provider, model_asked, input, cost_nano FROM attempts ORDER BY call_id"
    )


def wanted(number: int) -> tuple:
    row = full(number)
    return (row.call_id, row.provider, row.model_asked, row.input, row.cost_nano)
