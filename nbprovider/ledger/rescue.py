"""Copy what can still be read of a damaged file: all tables, row by row, around the damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

Row = tuple[Any, ...]

TOP = 2**63 - 1
"""The highest number that a row can have."""

CLOSE = 256
"""Rows behind a damaged one that are tried one by one: a page holds fewer."""

_UNREADABLE = (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError)

Kinds = tuple[type, ...]

_NONE = type(None)
_KINDS: dict[str, Kinds] = {
    "INTEGER": (int, _NONE),
    "TEXT": (str, _NONE),
    "BLOB": (bytes, _NONE),
}


class Rescued(Struct, frozen=True):
    """How many rows were copied, and how many more the file is known to have had.

    `hurt` are the tables that had them; `unknown` says that they may have had any number more.
    """

    rows: int = 0
    lost: int = 0
    hurt: frozenset[str] = frozenset()
    unknown: bool = False

    def __str__(self) -> str:
        if not self.rows:
            return "nothing in it can be read"
        lost = f", {self.lost:,} are lost" if self.lost else ""
        return f"{self.rows:,} of its rows could be read and are kept{lost}"


class Table(Struct, frozen=True):
    """A table of both files: the columns they share, and what their values may be."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kinds, ...]
    key: tuple[str, ...]
    has_rowid: bool

    def holds(self, row: Row) -> bool:
        """Say whether a row's values have the types of their columns: damage may change them."""
        return all(map(isinstance, row, self.kinds))


def legible(raw: bytes) -> str:
    """Return a text, what is no UTF-8 in it replaced."""
    return raw.decode("utf-8", "replace")


def prepare(source: sqlite3.Connection) -> None:
    """Make a connection to a damaged file put up with what it can."""
    source.text_factory = legible
    source.execute("PRAGMA writable_schema = ON")  # a damaged entry is passed over
    source.execute("PRAGMA cell_size_check = ON")


def pour(source: sqlite3.Connection, target: sqlite3.Connection) -> Rescued:
    """Copy all rows of the target's tables that can be read, in the target's transaction.

    The target has the source's schema. A row that is there already stays as it is.
    """
    rows = lost = 0
    hurt, unknown = set(), False
    for table in _tables(source, target):
        copied = _copied(table, source, target)
        had = _counted(source, table)
        rows += copied
        lost += max(0, (had or 0) - copied)
        if had is None or had > copied:
            hurt.add(table.name)
            unknown |= had is None
    return Rescued(rows, lost, frozenset(hurt), unknown)


def _copied(table: Table, source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    columns = ", ".join(table.columns)
    marks = ", ".join("?" * len(table.columns))
    insert = f"INSERT OR IGNORE INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - names of the schema
    found = filter(table.holds, _rows(source, table))
    copied = 0
    while chunk := list(islice(found, 1_000)):
        copied += target.executemany(insert, chunk).rowcount
    return copied


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[Row]:
    return _by_number(source, table) if table.has_rowid else _by_key(source, table)


def _by_number(source: sqlite3.Connection, table: Table) -> Iterator[Row]:
    """Yield rows from the highest number down; a damaged page is passed over."""
    columns = ", ".join(table.columns)
    query = (
        f"SELECT rowid, {columns} FROM {table.name} NOT INDEXED"  # noqa: S608 - names of the schema
        " WHERE rowid <= ? ORDER BY rowid DESC"
    )
    at: int | None = TOP
    while at is not None:
        try:
            for number, *values in source.execute(query, (at,)):
                if number <= at:  # a damaged page may tell any number
                    at = number - 1
                    yield tuple(values)
        except _UNREADABLE:
            at = _beyond(source, table.name, at)
        else:
            return


def _beyond(source: sqlite3.Connection, name: str, at: int) -> int | None:
    """Return the highest number below which rows can be read again, None when none can."""
    bad = at
    for good in _probes(at):
        if _readable(source, name, good):
            return _edge(source, name, good, bad)
        bad = good
    return None


def _probes(at: int) -> Iterator[int]:
    if at == TOP:
        yield from (2**power for power in range(62, -1, -1))
        return
    yield from range(at - 1, max(at - CLOSE, 0), -1)
    distance = CLOSE
    while distance < at:
        yield at - distance
        distance *= 2


def _edge(source: sqlite3.Connection, name: str, good: int, bad: int) -> int:
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if _readable(source, name, middle) else (good, middle)
    return good


def _readable(source: sqlite3.Connection, name: str, number: int) -> bool:
    query = f"SELECT * FROM {name} NOT INDEXED WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1"  # noqa: S608 - a name of the schema
    try:
        source.execute(query, (number,)).fetchone()
    except _UNREADABLE:
        return False
    return True


def _by_key(source: sqlite3.Connection, table: Table) -> Iterator[Row]:
    """Yield the rows of a table without numbers from both ends, as far as each goes."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    backward = ", ".join(f"{name} DESC" for name in table.key)
    for order in (key, backward):
        query = f"SELECT {columns} FROM {table.name} ORDER BY {order}"  # noqa: S608 - names of the schema
        try:
            yield from source.execute(query)
        except _UNREADABLE:
            continue
        return


def _tables(source: sqlite3.Connection, target: sqlite3.Connection) -> Iterator[Table]:
    """Yield the target's own tables, as far as the source has their columns.

    Those of a full-text index are not copied: they are made of others.
    """
    entries = target.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = [name for name, sql in entries if sql.upper().startswith("CREATE VIRTUAL")]
    for name, _ in entries:
        made = any(name == one or name.startswith(f"{one}_") for one in virtual)
        if not made and (name == "sqlite_sequence" or not name.startswith("sqlite_")):
            table = _table(source, target, name)
            if table.columns:
                yield table


def _table(source: sqlite3.Connection, target: sqlite3.Connection, name: str) -> Table:
    had = {column[1] for column in _info(source, name)}
    shared = [column for column in _info(target, name) if column[1] in had]
    return Table(
        name,
        tuple(column[1] for column in shared),
        tuple(_KINDS.get(column[2].upper(), (object,)) for column in shared),
        tuple(column[1] for column in sorted(shared, key=lambda c: c[5]) if column[5]),
        _has_rowid(target, name),
    )


def _info(connection: sqlite3.Connection, name: str) -> list[Row]:
    try:
        return connection.execute(f"PRAGMA table_info({name})").fetchall()
    except _UNREADABLE:
        return []


def _has_rowid(connection: sqlite3.Connection, name: str) -> bool:
    try:
        connection.execute(f"SELECT rowid FROM {name} LIMIT 0")  # noqa: S608 - a name of the schema
    except sqlite3.OperationalError:
        return False
    return True


def _counted(source: sqlite3.Connection, table: Table) -> int | None:
    """Return how many rows a table had, None where that cannot be told."""
    try:
        found: int = source.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608 - a name of the schema
    except _UNREADABLE:
        return None
    return found
