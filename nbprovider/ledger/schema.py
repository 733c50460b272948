"""The ledger file's schema: a list of migrations, run forward only.

A migration that has been released is never changed: what is to change comes as a new one. With
each comes a file in tests/ledger, which proves that a ledger of that time still opens: run
`python tests/ledger_versions.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from nbprovider.errors import ConfigError
from nbprovider.ledger.compact import compact

Migration = Callable[[sqlite3.Connection], None]


def _attempts(connection: sqlite3.Connection) -> None:
    """Begin with one row an attempt."""
    connection.execute(
        """
        CREATE TABLE attempts (
            id INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            provider TEXT NOT NULL,
            account TEXT NOT NULL,
            model_asked TEXT NOT NULL,
            model_served TEXT,
            chat TEXT NOT NULL,
            notebook TEXT NOT NULL,
            cell TEXT NOT NULL,
            purpose TEXT NOT NULL,
            status TEXT NOT NULL,
            finish TEXT,
            error_kind TEXT,
            error TEXT,
            input INTEGER,
            output INTEGER,
            cache_read INTEGER,
            cache_write INTEGER,
            reasoning INTEGER,
            estimated INTEGER NOT NULL,
            extra TEXT,
            cost_nano INTEGER,
            cost_source TEXT NOT NULL,
            price_list TEXT,
            first_token_us INTEGER,
            duration_us INTEGER,
            request_id TEXT,
            route_reason TEXT NOT NULL,
            streamed INTEGER NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER,
            born TEXT NOT NULL,
            UNIQUE (call_id, number)
        )
        """
    )
    connection.execute("CREATE INDEX attempts_started_at ON attempts (started_at)")
    connection.execute(
        "CREATE INDEX attempts_running ON attempts (status) WHERE status = 'running'"
    )


def _registered_models(connection: sqlite3.Connection) -> None:
    """Add the models that a user has registered for an account."""
    connection.execute(
        """
        CREATE TABLE registered_models (
            model TEXT NOT NULL,
            account TEXT NOT NULL,
            registered_at INTEGER NOT NULL,
            PRIMARY KEY (model, account)
        ) WITHOUT ROWID
        """
    )


def _names(connection: sqlite3.Connection) -> None:
    """Add what the user has named: chains, roles, budgets; values are JSON."""
    connection.execute(
        """
        CREATE TABLE names (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            named_at INTEGER NOT NULL,
            PRIMARY KEY (kind, name)
        ) WITHOUT ROWID
        """
    )


def _budgets(connection: sqlite3.Connection) -> None:
    """Add what is reserved for running attempts, and which budget's warnings were given.

    A reservation goes when its attempt ends: at that moment, for every process that looks.
    """
    connection.execute("ALTER TABLE attempts ADD COLUMN over_budget INTEGER NOT NULL DEFAULT 0")
    connection.execute(
        """
        CREATE TABLE reservations (
            call_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            nano INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            chat TEXT NOT NULL,
            notebook TEXT NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER,
            born TEXT NOT NULL,
            PRIMARY KEY (call_id, number)
        ) WITHOUT ROWID
        """
    )
    connection.execute(
        """
        CREATE TRIGGER settled AFTER UPDATE OF status ON attempts WHEN new.status <> 'running'
        BEGIN
            DELETE FROM reservations WHERE call_id = new.call_id AND number = new.number;
        END
        """
    )
    connection.execute(
        """
        CREATE TABLE budget_warnings (
            scope TEXT NOT NULL,
            subject TEXT NOT NULL,
            level INTEGER NOT NULL,
            PRIMARY KEY (scope, subject, level)
        ) WITHOUT ROWID
        """
    )


def _chats(connection: sqlite3.Connection) -> None:
    """Add chats and what was said in them.

    A chat's id is of no other chat, also not later or in another file. Media stand apart, each
    once, by the SHA-256 of its bytes; `place` is its number among the media of a turn. The ids of
    turns only grow: a search looks for those that are newer than its index. `edits` counts how
    often turns were taken away.
    """
    connection.execute(
        """
        CREATE TABLE chats (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            model TEXT NOT NULL,
            system TEXT NOT NULL,
            cycle TEXT NOT NULL,
            notebook TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            deleted_at INTEGER,
            edits INTEGER NOT NULL DEFAULT 0
        )
        """
    )
    connection.execute("CREATE UNIQUE INDEX chats_in_use ON chats (name) WHERE deleted_at IS NULL")
    connection.execute(
        """
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat TEXT NOT NULL,
            number INTEGER NOT NULL,
            role TEXT NOT NULL,
            origin TEXT NOT NULL,
            message TEXT NOT NULL,
            words TEXT NOT NULL,
            status TEXT NOT NULL,
            call_id TEXT NOT NULL,
            said_at INTEGER NOT NULL,
            UNIQUE (chat, number)
        )
        """
    )
    connection.execute("CREATE INDEX turns_call ON turns (call_id)")
    connection.execute("CREATE TABLE media (hash BLOB PRIMARY KEY, data BLOB NOT NULL)")
    connection.execute(
        """
        CREATE TABLE turn_media (
            turn INTEGER NOT NULL,
            place INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (turn, place)
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX turn_media_hash ON turn_media (hash)")


def _chat_options(connection: sqlite3.Connection) -> None:
    """Add a chat's options, by name, and the names of its tools; both are JSON."""
    connection.execute("ALTER TABLE chats ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")
    connection.execute("ALTER TABLE chats ADD COLUMN tools TEXT NOT NULL DEFAULT '[]'")


MIGRATIONS: tuple[Migration, ...] = (
    _attempts,
    _registered_models,
    _names,
    _budgets,
    compact,
    _chats,
    _chat_options,
)


def version(connection: sqlite3.Connection) -> int:
    """Return how many migrations the file has been through."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the file to the newest schema: all missing migrations, or none.

    The connection must be in autocommit. Several processes may do this at once.

    Raises ConfigError for a file that a newer nbprovider has written.
    """
    if version(connection) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        catch_up(connection, migrations)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def catch_up(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Run the missing migrations, as a part of the transaction under way.

    Raises ConfigError for a file that a newer nbprovider has written.
    """
    check_age(connection, migrations)
    for migration in migrations[version(connection) :]:
        migration(connection)
    connection.execute(f"PRAGMA user_version = {len(migrations)}")


def check_age(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Raise ConfigError for a file that a newer nbprovider has written."""
    found = version(connection)
    if found > len(migrations):
        raise _newer(connection, found, len(migrations))


def _newer(connection: sqlite3.Connection, found: int, known: int) -> ConfigError:
    path = connection.execute("PRAGMA database_list").fetchone()[2] or "The ledger"
    return ConfigError(
        f"{path} was written by a newer nbprovider: its schema is version {found}, "
        f"this nbprovider knows up to {known}.",
        hint="Upgrade nbprovider (`pip install -U nbprovider`) and restart the kernel.",
    )
