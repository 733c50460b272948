"""Forget chats for good: their words are in no page of the file any more, nor beside it.

A deleted row's bytes stay in the file, and in its log, until something else is written over them.
So the file is written anew from what is left, and the log is emptied.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from functools import partial

from msgspec import Struct

from nbprovider.ledger.chat_search import INDEX
from nbprovider.ledger.store import Ledger


class Purged(Struct, frozen=True):
    """What was forgotten: the names of the chats, how many turns; what remains, "" for nothing."""

    chats: tuple[str, ...]
    turns: int
    note: str = ""


def purge(ledger: Ledger, chats: tuple[str, ...]) -> Purged:
    """Forget the chats of these ids, their media and their words in the index of searches."""
    names, turns = ledger.together(partial(_forget, chats=chats))
    note = ledger.maintain(_wipe)
    if ledger.in_memory:
        note = f"{ledger.path} cannot be written to: what is in the file stays there"
    return Purged(names, turns, note)


def deleted(ledger: Ledger) -> dict[str, str]:
    """Return id → name of all chats that were deleted."""
    return dict(ledger.run("SELECT id, name FROM chats WHERE deleted_at IS NOT NULL"))


def older(ledger: Ledger, seconds: float) -> dict[str, str]:
    """Return id → name of all chats, deleted or not, that nobody has gone on with for so long."""
    before = time.time_ns() // 1000 - int(seconds * 1_000_000)
    return dict(ledger.run("SELECT id, name FROM chats WHERE changed_at < ?", (before,)))


def _forget(connection: sqlite3.Connection, chats: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    with suppress(sqlite3.OperationalError):  # no FTS5 here, and maybe no index
        connection.execute(f"DROP TABLE IF EXISTS {INDEX}")
    names = []
    for chat in chats:
        gone = connection.execute("DELETE FROM chats WHERE id = ? RETURNING name", (chat,))
        names += [name for (name,) in gone]
    # What damage to the file has left without its chat goes too: nobody could find it again.
    turns = connection.execute("DELETE FROM turns WHERE chat NOT IN (SELECT id FROM chats)")
    connection.execute("DELETE FROM turn_media WHERE turn NOT IN (SELECT id FROM turns)")
    connection.execute("DELETE FROM media WHERE hash NOT IN (SELECT hash FROM turn_media)")
    return tuple(names), turns.rowcount


def _wipe(connection: sqlite3.Connection) -> str:
    """Write the file anew without what was deleted; return what stood in the way, in words."""
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        return f"their bytes are still in the file ({error}); purge again later"
    if is_busy:
        return "another kernel reads the file: their bytes leave it when it is done; purge again"
    return _index_left(connection)


def _index_left(connection: sqlite3.Connection) -> str:
    left = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (INDEX,)).fetchone()
    return "single words are still in the index of searches: this SQLite has no FTS5" * bool(left)
