"""A file of each schema that there was opens with all its rows; see tests/ledger_versions.py."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger_versions import path_of, statements, tables
from nbprovider.ledger import Attempt, Ledger, frames, repair, upkeep
from nbprovider.ledger.schema import MIGRATIONS, migrate

VERSIONS = range(1, len(MIGRATIONS) + 1)


def written(version: int, path: Path) -> dict[str, list[dict[str, Any]]]:
    """Make the file of a version; return the rows of its tables."""
    with closing(sqlite3.connect(path)) as old:
        old.executescript(path_of(version).read_text(encoding="utf-8"))
        return {name: rows(old, name) for name in tables(old)}


def rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def kept(row: dict[str, Any], now: list[dict[str, Any]]) -> bool:
    """Say whether a row is there still, in the columns that there still are.

    The computer of a process without a number, of which there is none but in version_1.sql, is
    not kept.
    """
    unkept = {"host"} if row.get("pid", 0) is None else set()
    return any(
        all(other[name] == row[name] for name in (row.keys() & other.keys()) - unkept)
        for other in now
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_written_down_with_rows_in_every_table(version, tmp_path):
    """Run `python tests/ledger_versions.py` when a migration was added, and commit its file."""
    before = written(version, tmp_path / "ledger.db")
    assert "attempts" in before or "attempt_rows" in before
    assert all(before.values())
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (version,)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_every_version_opens_with_its_rows_and_is_of_the_newest_then(version, tmp_path):
    path = tmp_path / "ledger.db"
    before = written(version, path)
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("new", 1, 2, status="ok"))
        assert ledger.run("PRAGMA user_version") == [(len(MIGRATIONS),)]
        for table, old in before.items():
            now = ledger.maintain(lambda connection, table=table: rows(connection, table))
            assert all(kept(row, now) for row in old), table
        attempts = before.get("attempts", before.get("attempt_rows"))
        assert len(frames.usage(ledger)) == len(attempts) + 1
        assert upkeep.check(ledger).damage == ()
        assert (ledger.notes, ledger.in_memory) == ([], False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migration_that_was_released_still_makes_what_it_made(version, tmp_path):
    written(version, tmp_path / "ledger.db")
    with (
        closing(sqlite3.connect(tmp_path / "ledger.db")) as old,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as new,
    ):
        migrate(new, MIGRATIONS[:version])
        assert tables(new) == tables(old)
        named = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY 1, 2"
        assert new.execute(named).fetchall() == old.execute(named).fetchall()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_damaged_file_of_every_version_is_begun_anew_in_the_newest_with_its_rows(
    version, tmp_path, monkeypatch
):
    path = tmp_path / "ledger.db"
    before = written(version, path)
    monkeypatch.setattr(repair, "sound", lambda _: False)
    assert "rows could be read and are kept" in repair.renew(path)
    with closing(Ledger(path)) as ledger:
        for table, old in before.items():
            now = ledger.maintain(lambda connection, table=table: rows(connection, table))
            assert all(kept(row, now) for row in old), table


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_script_writes_is_sql_that_makes_that_version(version):
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript("\n".join(statements(version)))
        assert made.execute("PRAGMA user_version").fetchone() == (version,)
        assert all(rows(made, name) for name in tables(made))
