"""Write chats: what a kernel has of one is merged with what others have written meanwhile."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.ledger import messages
from nbprovider.ledger.chats import IN_USE, Kept, Run, Said, first, turns
from nbprovider.ledger.messages import Written
from nbprovider.ledger.store import Ledger


class Draft(Struct, frozen=True):
    """What a kernel has of a chat, and wants to be kept.

    - `id`: the chat's, "" before it has one; `anew`: whether it then begins a new one, also where
      another has its name: that one gets another name
    - `edits`, `after`: what the kernel knows: edits, and the last turn's id
    - `dropped`: ids of the turns that it has taken away; `added`: its new turns
    - `options`: the chat's, as JSON; `tools`: their names
    """

    id: str
    name: str
    anew: bool
    model: str = ""
    system: str = ""
    cycle: tuple[str, ...] = ()
    notebook: str = ""
    edits: int = 0
    after: int = 0
    dropped: tuple[int, ...] = ()
    added: tuple[Said, ...] = ()
    options: str = "{}"
    tools: tuple[str, ...] = ()


class Merged(Struct, frozen=True):
    """What became of a draft.

    - `others`: turns of other kernels that the draft did not know; all that are not its own new
      ones if `whole`
    - `ids`: those of the turns it added
    """

    id: str
    edits: int
    whole: bool
    others: tuple[Said, ...]
    ids: tuple[int, ...]


def merge(ledger: Ledger, draft: Draft) -> Merged:
    """Write a draft, together with what other kernels have written meanwhile.

    Secrets and what looks like a key are taken out of its words.
    """
    written = [messages.write(turn.message) for turn in draft.added]
    return ledger.together(partial(_merge, draft=draft, written=written))


def _merge(connection: sqlite3.Connection, draft: Draft, written: list[Written]) -> Merged:
    def run(statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return connection.execute(statement, values).fetchall()

    found = _meant(run, draft)
    chat, edits = (found.id, found.edits) if found else (_begun(connection, draft), 0)
    is_known = found is not None and (chat, edits) == (draft.id, draft.edits)
    if draft.dropped and found:
        edits += 1
        _drop(connection, chat, draft.dropped)
    others = turns(run, chat, draft.after if is_known else 0)
    ids = _append(connection, chat, zip(draft.added, written, strict=True))
    connection.execute(
        "UPDATE chats SET model = ?, system = ?, cycle = ?, options = ?, tools = ?, edits = ?,"
        " changed_at = ? WHERE id = ?",
        (
            *(draft.model, redact(draft.system), _json(draft.cycle)),
            *(draft.options, _json(draft.tools), edits, _now(), chat),
        ),
    )
    return Merged(chat, edits, not is_known, others, tuple(ids))


def _meant(run: Run, draft: Draft) -> Kept | None:
    """Return the chat that a draft is of; None where it begins one."""
    if draft.id:
        return first(run(f"{IN_USE} AND id = ?", (draft.id,)))
    if draft.anew:
        return None
    return first(run(f"{IN_USE} AND name = ?", (draft.name,)))


def _begun(connection: sqlite3.Connection, draft: Draft) -> str:
    """Begin a chat; an earlier one of its name is kept under a name with its day.

    One that goes on where its chat was deleted meanwhile takes nobody's name.
    """
    name, now = draft.name, _now()
    holder = connection.execute(
        "SELECT id, created_at FROM chats WHERE name = ? AND deleted_at IS NULL", (name,)
    ).fetchone()
    if holder and draft.id:
        name = free_name(connection, f"{name}-{_day(now)}")
    elif holder:
        earlier = free_name(connection, f"{name}-{_day(holder[1])}")
        connection.execute("UPDATE chats SET name = ? WHERE id = ?", (earlier, holder[0]))
    chat = uuid.uuid4().hex
    connection.execute(
        "INSERT INTO chats (id, name, model, system, cycle, notebook, created_at, changed_at)"
        " VALUES (?, ?, '', '', '[]', ?, ?, ?)",
        (chat, name, draft.notebook, now, now),
    )
    return chat


def free_name(connection: sqlite3.Connection, name: str) -> str:
    """Return the name, with a number where it is taken."""
    like = connection.execute(
        "SELECT count(*) FROM chats WHERE name >= ? AND name < ? AND deleted_at IS NULL",
        (name, f"{name}\U0010ffff"),
    )
    number = like.fetchone()[0]
    free = f"{name}-{number + 1}" if number else name
    while is_taken(connection, free):
        number += 1
        free = f"{name}-{number + 1}"
    return free


def is_taken(connection: sqlite3.Connection, name: str) -> bool:
    """Say whether a chat in use has this name."""
    statement = "SELECT 1 FROM chats WHERE name = ? AND deleted_at IS NULL"
    return connection.execute(statement, (name,)).fetchone() is not None


def _append(
    connection: sqlite3.Connection, chat: str, said: Iterable[tuple[Said, Written]]
) -> list[int]:
    last = connection.execute("SELECT max(number) FROM turns WHERE chat = ?", (chat,))
    number = last.fetchone()[0] or 0
    return [
        _insert(connection, chat, number, turn, written)
        for number, (turn, written) in enumerate(said, number + 1)
    ]


def _insert(
    connection: sqlite3.Connection, chat: str, number: int, turn: Said, written: Written
) -> int:
    """Write a turn and its media, return the turn's id."""
    kept = connection.execute(
        "INSERT INTO turns (chat, number, role, origin, message, words, status, call_id, said_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(chat, number, turn.message.role, turn.message.origin, written.json, written.words),
            *(turn.status, turn.call_id, turn.at or _now()),
        ),
    )
    for place, data in written.media.items():
        key = sha256(data).digest()
        connection.execute("INSERT OR IGNORE INTO media (hash, data) VALUES (?, ?)", (key, data))
        connection.execute("INSERT INTO turn_media VALUES (?, ?, ?)", (kept.lastrowid, place, key))
    return kept.lastrowid or 0


def _drop(connection: sqlite3.Connection, chat: str, ids: Iterable[int]) -> None:
    """Take turns away; media that no turn has any more go with them."""
    for turn in ids:
        connection.execute("DELETE FROM turns WHERE chat = ? AND id = ?", (chat, turn))
    connection.execute("DELETE FROM turn_media WHERE turn NOT IN (SELECT id FROM turns)")
    connection.execute("DELETE FROM media WHERE hash NOT IN (SELECT hash FROM turn_media)")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _day(moment: int) -> date:
    """Return the day of a moment, where this computer is."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone().date()


def _now() -> int:
    return time.time_ns() // 1000
