"""Ledgers of each schema that there was, written down as SQL.

`python tests/ledger_versions.py` writes the files that are missing in tests/ledger: one for each
migration of nbprovider.ledger.schema, with rows in all tables that there are by then. Run it when a
migration is added, and commit the file. A file that was released is never written anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from nbprovider.ledger.schema import MIGRATIONS, migrate

FOLDER = Path(__file__).with_name("ledger")
ROWS = 2


def path_of(version: int) -> Path:
    return FOLDER / f"version_{version}.sql"


def tables(connection: sqlite3.Connection) -> dict[str, list[tuple]]:
    """Return the tables that hold rows, each with its columns as PRAGMA table_info tells them."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    entries = [(name, sql) for name, sql in found if not name.startswith("sqlite_")]
    virtual = tuple(f"{name}_" for name, sql in entries if "VIRTUAL" in sql.upper())
    own = [name for name, sql in entries if "VIRTUAL" not in sql.upper()]
    names = [name for name in own if not name.startswith(virtual or ("\0",))]
    return {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}


def fill(connection: sqlite3.Connection, table: str, columns: list[tuple], number: int) -> str:
    """Put a row into a table, any that its columns allow; return the SQL that did it."""
    values = {name: value(name, kind.upper(), number) for _, name, kind, *_ in columns}
    listed = ", ".join(values.values())
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({listed});"
    connection.execute(statement)
    return statement


def value(name: str, kind: str, number: int) -> str:
    if kind == "INTEGER":
        return str(number)
    return f"x'{number:04x}'" if kind == "BLOB" else f"'{name} {number}'"


def statements(version: int) -> Iterator[str]:
    """Yield the SQL that makes a file of a version: what there is, then rows, then its number."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:version])
        order = "ORDER BY type = 'trigger', type = 'view', type = 'index', rowid"
        made = connection.execute(f"SELECT sql FROM sqlite_master WHERE sql NOT NULL {order}")
        yield from (f"{' '.join(sql.split())};" for (sql,) in made if "sqlite_sequence" not in sql)
        for table, columns in tables(connection).items():
            for number in range(1, ROWS + 1):
                yield fill(connection, table, columns, number)
        yield f"PRAGMA user_version = {version};"


def write() -> None:
    for version in range(1, len(MIGRATIONS) + 1):
        if not path_of(version).exists():
            head = f"-- A ledger of schema {version}, with rows. Never to be changed once released."
            lines = "\n".join([head, *statements(version)])
            path_of(version).write_text(f"{lines}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
