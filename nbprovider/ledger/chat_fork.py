"""A copy of a stored chat, up to one of its turns, under a name of its own."""

from __future__ import annotations

import sqlite3
import time
import uuid

from nbprovider.ledger.chat_merge import is_taken
from nbprovider.ledger.store import Ledger


def fork(ledger: Ledger, chat: str, new: str, last: int) -> bool:
    """Copy a chat, its turns up to the one of a number; return False where the name is taken.

    The copy's turns keep their numbers, and the calls that they come from. A file that was sent
    along is not kept twice.
    """

    def work(connection: sqlite3.Connection) -> bool:
        free = not is_taken(connection, new)
        if free:
            _copy(connection, chat, new, last)
        return free

    return ledger.together(work)


def _copy(connection: sqlite3.Connection, chat: str, new: str, last: int) -> None:
    copy, now = uuid.uuid4().hex, time.time_ns() // 1000
    connection.execute(
        "INSERT INTO chats"
        " (id, name, model, system, cycle, options, tools, notebook, created_at, changed_at)"
        " SELECT ?, ?, model, system, cycle, options, tools, notebook, ?, ? FROM chats"
        " WHERE id = ?",
        (copy, new, now, now, chat),
    )
    connection.execute(
        "INSERT INTO turns (chat, number, role, origin, message, words, status, call_id, said_at)"
        " SELECT ?, number, role, origin, message, words, status, call_id, said_at FROM turns"
        " WHERE chat = ? AND number <= ? ORDER BY number",
        (copy, chat, last),
    )
    connection.execute(
        "INSERT INTO turn_media (turn, place, hash) SELECT copied.id, place, hash FROM turn_media"
        " JOIN turns AS said ON said.id = turn JOIN turns AS copied USING (number)"
        " WHERE said.chat = ? AND copied.chat = ?",
        (chat, copy),
    )
