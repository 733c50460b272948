"""Chats in the store of all kernels, as they are read; `chat_merge` writes them.

A chat is known by its id, which stays when it is renamed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from nbprovider.ledger import messages
from nbprovider.ledger.store import Ledger
from nbprovider.types import Message, Role, Text

Run = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]
"""Runs a statement with its values, returns its rows."""

Ended = Literal["ok", "interrupted"]
"""How a turn ended: an interrupted one is as long as it got."""


class Kept(Struct, frozen=True):
    """A chat as the store has it; times are microseconds since 1970, UTC.

    `edits` counts how often turns were taken away: who knows another number reads all anew.
    `options` is JSON, as it was written; `tools` are names.
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
    options: str = "{}"
    tools: tuple[str, ...] = ()


class Said(Struct, frozen=True):
    """One turn: what was said, and what is known of it.

    `number` is its place in the chat, `id` its own for ever; both are 0 before it is kept.
    """

    message: Message
    number: int = 0
    status: Ended = "ok"
    call_id: str = ""
    at: int = 0
    id: int = 0


COLUMNS = (
    "id, name, model, system, cycle, notebook, created_at, changed_at, deleted_at, edits,"
    " options, tools"
)
"""A chat's columns, as `kept` takes them."""

WIDTH = COLUMNS.count(",") + 1
"""How many they are."""

IN_USE = f"SELECT {COLUMNS} FROM chats WHERE deleted_at IS NULL"  # noqa: S608 - our own words


def in_use(ledger: Ledger, name: str) -> Kept | None:
    """Return the chat of this name, None when there is none or it was deleted."""
    return first(ledger.run(f"{IN_USE} AND name = ?", (name,)))


def of_id(ledger: Ledger, chat: str) -> Kept | None:
    """Return the chat in use of this id, None when there is none."""
    return first(ledger.run(f"{IN_USE} AND id = ?", (chat,)))


def said(ledger: Ledger, chat: str, after: int = 0) -> tuple[Said, ...]:
    """Return the turns of a chat in their order, those after the one of an id."""
    return turns(ledger.run, chat, after)


def standing(ledger: Ledger, chat: str) -> tuple[int, int] | None:
    """Return the edits and the last turn's id of a chat in use, None when it is gone."""
    rows = ledger.run(
        "SELECT edits, ifnull((SELECT turns.id FROM turns WHERE chat = chats.id"
        " ORDER BY number DESC LIMIT 1), 0) FROM chats WHERE id = ? AND deleted_at IS NULL",
        (chat,),
    )
    return (rows[0][0], rows[0][1]) if rows else None


def models(ledger: Ledger, chat: str) -> dict[str, str]:
    """Return call's id → the model that answered it, in the provider's words."""
    rows = ledger.run(
        "SELECT call_id, coalesce(nullif(model_served, ''), model_asked) FROM attempts"
        " WHERE call_id IN (SELECT call_id FROM turns WHERE chat = ?) ORDER BY number",
        (chat,),
    )
    return dict(rows)


def turns(run: Run, chat: str, after: int) -> tuple[Said, ...]:
    """Return the turns of a chat after the one of an id, read by `run`."""
    which = (chat, after)
    media: dict[int, dict[int, bytes | None]] = {}
    for turn, place, data in run(
        "SELECT turn, place, data FROM turns JOIN turn_media ON turn = id"
        " LEFT JOIN media USING (hash) WHERE chat = ? AND id > ?",
        which,
    ):
        media.setdefault(turn, {})[place] = data
    rows = run(
        "SELECT id, number, role, message, words, status, call_id, said_at FROM turns"
        " WHERE chat = ? AND id > ? ORDER BY number",
        which,
    )
    return tuple(
        Said(_message(role, text, words, media.get(turn, {})), number, status, call_id, at, turn)
        for turn, number, role, text, words, status, call_id, at in rows
    )


def _message(role: str, text: str, words: str, media: dict[int, bytes | None]) -> Message:
    """Return a turn's message; of one that is damaged, or of a later nbprovider, its words."""
    try:
        return messages.read(text, media)
    except msgspec.DecodeError:
        known: Role = msgspec.convert(role, Role) if role in get_args(Role) else "user"
        return Message(known, (Text(words),))


def first(rows: list[tuple[Any, ...]]) -> Kept | None:
    """Return the chat of the first row, None when there is none."""
    return kept(rows[0]) if rows else None


def kept(row: tuple[Any, ...]) -> Kept:
    """Return the chat of a row that begins with a chat's columns."""
    chat, name, model, system, cycle, *rest, tools = row[:WIDTH]
    names = msgspec.json.decode(cycle, type=tuple[str, ...])
    values = [names, *rest, _names(tools)]
    return Kept(chat, name, model, system, *values)


def _names(text: str) -> tuple[str, ...]:
    """Return the names that were written; of what is damaged, none."""
    try:
        return msgspec.json.decode(text, type=tuple[str, ...])
    except msgspec.DecodeError:
        return ()
