"""The ledger file goes forward through its migrations, and keeps what is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nbprovider.errors import ConfigError
from nbprovider.ledger import Attempt, Ledger
from nbprovider.ledger.schema import MIGRATIONS, migrate, version

VERSION_1 = Path(__file__).with_name("version_1.sql").read_text()


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    return {name for (name,) in rows}


def test_an_empty_file_gets_the_newest_schema(connection):
    migrate(connection)
    assert version(connection) == len(MIGRATIONS)
    assert "attempts" in tables(connection)


def test_a_file_of_version_1_opens_and_its_rows_are_kept(tmp_path):
    """The first release's schema is written down in version_1.sql and never changes."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(VERSION_1)
    ledger = Ledger(path)
    ledger.keep(Attempt("new", 1, 2, status="ok"))
    rows = ledger.run("SELECT call_id, status, input, cost_nano FROM attempts ORDER BY started_at")
    assert rows == [("old", "ok", 12, 34000), ("new", "ok", None, None)]
    assert ledger.run("PRAGMA user_version") == [(len(MIGRATIONS),)]
    ledger.close()


def test_migration_1_still_makes_what_the_first_release_made(connection):
    migrate(connection, MIGRATIONS[:1])
    columns = connection.execute("PRAGMA table_info(attempts)").fetchall()
    with closing(sqlite3.connect(":memory:")) as old:
        old.executescript(VERSION_1)
        assert columns == old.execute("PRAGMA table_info(attempts)").fetchall()


def test_only_missing_migrations_are_run(connection):
    ran: list[int] = []
    steps = [lambda _, n=n: ran.append(n) for n in range(3)]
    migrate(connection, steps[:1])
    migrate(connection, steps)
    migrate(connection, steps)
    assert ran == [0, 1, 2]


def test_a_migration_that_fails_leaves_the_file_as_it_was(connection):
    def broken(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no")

    def half(opened: sqlite3.Connection) -> None:
        opened.execute("CREATE TABLE half (x)")

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [half, broken])
    assert version(connection) == 0
    assert tables(connection) == set()


def test_a_file_of_a_newer_nbprovider_is_refused_in_words(tmp_path):
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 999")
    ledger = Ledger(path)
    with pytest.raises(ConfigError, match="written by a newer nbprovider") as caught:
        ledger.keep(Attempt("a", 1, 1))
    assert "Upgrade" in caught.value.hint
    assert str(path) in caught.value.message
    with closing(sqlite3.connect(path)) as untouched:
        assert version(untouched) == 999
        assert tables(untouched) == set()
