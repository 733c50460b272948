"""Chats in the store of all kernels: their turns are read and written here.

Each function is one transaction. A chat is known by its id, which stays when it is renamed.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.ledger import messages
from nbprovider.ledger.messages import Written
from nbprovider.ledger.store import Ledger
from nbprovider.types import Message, Role, Text

Run = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]
"""Runs a statement with its values, returns its rows."""

Ended = Literal["ok", "interrupted"]
"""How a turn ended: an interrupted one is as long as it got."""


class Kept(Struct, frozen=True):
    """A chat as the store has it; times are microseconds since 1970, UTC.

    `edits` counts how often turns were taken away: who knows another number reads all anew.
    """

    id: str
    name: str
    model: str
    system: str
    cycle: tuple[str, ...]
    notebook: str
    created: int
    changed: int
    deleted: int | None
    edits: int


class Said(Struct, frozen=True):
    """One turn: what was said, and what is known of it; `number` is 0 before it is kept."""

    message: Message
    number: int = 0
    status: Ended = "ok"
    call_id: str = ""
    at: int = 0


class Draft(Struct, frozen=True):
    """What a kernel has of a chat, and wants to be kept.

    - `id`: the chat's, "" before it has one; `anew`: whether it then begins a new one, also where
      another has its name: that one gets another name
    - `edits`, `after`: what the kernel knows: edits, and the last number
    - `dropped`: numbers of the turns that it has taken away; `added`: its new turns
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


class Merged(Struct, frozen=True):
    """What became of a draft.

    - `others`: turns of other kernels that the draft did not know; all that are not its own new
      ones if `whole`
    - `numbers`: those of the turns it added
    """

    id: str
    edits: int
    whole: bool
    others: tuple[Said, ...]
    numbers: tuple[int, ...]


_CHAT = (
    "id, name, model, system, cycle, notebook, created_at, changed_at, deleted_at, edits FROM chats"
)


def in_use(ledger: Ledger, name: str) -> Kept | None:
    """Return the chat of this name, None when there is none or it was deleted."""
    return _first(ledger.run(f"SELECT {_CHAT} WHERE name = ? AND deleted_at IS NULL", (name,)))


def of_id(ledger: Ledger, chat: str) -> Kept | None:
    """Return the chat of this id, also a deleted one, None when there is none."""
    return _first(ledger.run(f"SELECT {_CHAT} WHERE id = ?", (chat,)))


def said(ledger: Ledger, chat: str, after: int = 0) -> tuple[Said, ...]:
    """Return the turns of a chat in their order, those after a number."""
    return _said(ledger.run, chat, after)


def standing(ledger: Ledger, chat: str) -> tuple[int, int] | None:
    """Return the edits and the last number of a chat in use, None when it is gone."""
    rows = ledger.run(
        "SELECT edits, ifnull((SELECT max(number) FROM turns WHERE chat = chats.id), 0)"
        " FROM chats WHERE id = ? AND deleted_at IS NULL",
        (chat,),
    )
    return (rows[0][0], rows[0][1]) if rows else None


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
    others = _said(run, chat, draft.after if is_known else 0)
    numbers = _append(connection, chat, zip(draft.added, written, strict=True))
    connection.execute(
        "UPDATE chats SET model = ?, system = ?, cycle = ?, edits = ?, changed_at = ? WHERE id = ?",
        (draft.model, redact(draft.system), _json(draft.cycle), edits, _now(), chat),
    )
    return Merged(chat, edits, not is_known, others, tuple(numbers))


def _meant(run: Run, draft: Draft) -> Kept | None:
    """Return the chat that a draft is of; None where it begins one."""
    if draft.id:
        return _first(run(f"SELECT {_CHAT} WHERE id = ? AND deleted_at IS NULL", (draft.id,)))
    if draft.anew:
        return None
    return _first(run(f"SELECT {_CHAT} WHERE name = ? AND deleted_at IS NULL", (draft.name,)))


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
    connection: sqlite3.Connection, chat: str, turns: Iterable[tuple[Said, Written]]
) -> list[int]:
    last = connection.execute("SELECT max(number) FROM turns WHERE chat = ?", (chat,))
    number = last.fetchone()[0] or 0
    numbers = []
    for turn, written in turns:
        number += 1
        numbers.append(number)
        _insert(connection, chat, number, turn, written)
    return numbers


def _insert(
    connection: sqlite3.Connection, chat: str, number: int, turn: Said, written: Written
) -> None:
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


def _drop(connection: sqlite3.Connection, chat: str, numbers: Iterable[int]) -> None:
    """Take turns away; media that no turn has any more go with them."""
    for number in numbers:
        which = (chat, number)
        connection.execute(
            "DELETE FROM turn_media WHERE turn IN"
            " (SELECT id FROM turns WHERE chat = ? AND number = ?)",
            which,
        )
        connection.execute("DELETE FROM turns WHERE chat = ? AND number = ?", which)
    connection.execute("DELETE FROM media WHERE hash NOT IN (SELECT hash FROM turn_media)")


def _said(run: Run, chat: str, after: int) -> tuple[Said, ...]:
    which = (chat, after)
    media: dict[int, dict[int, bytes]] = {}
    for turn, place, data in run(
        "SELECT turn, place, data FROM turns JOIN turn_media ON turn = id JOIN media USING (hash)"
        " WHERE chat = ? AND number > ?",
        which,
    ):
        media.setdefault(turn, {})[place] = data
    rows = run(
        "SELECT id, number, role, message, words, status, call_id, said_at FROM turns"
        " WHERE chat = ? AND number > ? ORDER BY number",
        which,
    )
    return tuple(Said(_message(*row[2:5], media.get(row[0], {})), row[1], *row[5:]) for row in rows)


def _message(role: str, text: str, words: str, media: dict[int, bytes]) -> Message:
    """Return a turn's message; of one that is damaged, or of a later nbprovider, its words."""
    try:
        return messages.read(text, media)
    except msgspec.DecodeError:
        known: Role = msgspec.convert(role, Role) if role in get_args(Role) else "user"
        return Message(known, (Text(words),))


def _first(rows: list[tuple[Any, ...]]) -> Kept | None:
    return kept(rows[0]) if rows else None


def kept(row: tuple[Any, ...]) -> Kept:
    """Return the chat of a row that begins with a chat's columns."""
    cycle = msgspec.json.decode(row[4], type=tuple[str, ...])
    return Kept(*row[:4], cycle, *row[5:10])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _day(moment: int) -> date:
    """Return the day of a moment, where this computer is."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone().date()


def _now() -> int:
    return time.time_ns() // 1000
