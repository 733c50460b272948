"""The chats of the store: a list with what they cost, other names, deleted and restored."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from nbprovider.ledger.chat_merge import is_taken
from nbprovider.ledger.chats import COLUMNS, WIDTH, Kept, kept
from nbprovider.ledger.store import Ledger

FIRST = 200
"""Characters of a chat's first question that a list shows."""

_UNKNOWN = "count(*) FILTER (WHERE cost_nano IS NULL AND status <> 'running')"
_PRICED = "count(cost_nano) FILTER (WHERE cost_source <> 'unbilled')"


class Listed(Struct, frozen=True):
    """A chat in a list.

    - `turns`: questions and answers together; `first`: the beginning of the first question
    - `cost_nano`: nano-dollars of its calls, None where no price is known; `unknown`: attempts
      whose price is not
    """

    chat: Kept
    turns: int
    first: str
    cost_nano: int | None
    unknown: int


def listed(ledger: Ledger) -> tuple[Listed, ...]:
    """Return the chats in use, the last used first."""
    return _listed(ledger, "deleted_at IS NULL ORDER BY changed_at DESC")


def deleted(ledger: Ledger) -> tuple[Listed, ...]:
    """Return the chats that were deleted and can be restored, the last deleted first."""
    return _listed(ledger, "deleted_at IS NOT NULL ORDER BY deleted_at DESC")


def rename(ledger: Ledger, chat: str, new: str) -> bool:
    """Give a chat another name; return False where a chat in use has it."""
    return _if_free(ledger, new, "UPDATE chats SET name = ? WHERE id = ?", (new, chat))


def delete(ledger: Ledger, chat: str) -> None:
    """Take a chat out of use."""
    ledger.run("UPDATE chats SET deleted_at = ? WHERE id = ?", (time.time_ns() // 1000, chat))


def restore(ledger: Ledger, chat: str, name: str) -> bool:
    """Bring a deleted chat back by a name; return False where a chat in use has it."""
    return _if_free(
        ledger, name, "UPDATE chats SET name = ?, deleted_at = NULL WHERE id = ?", (name, chat)
    )


def _if_free(ledger: Ledger, name: str, statement: str, values: tuple[Any, ...]) -> bool:
    def work(connection: Any) -> bool:
        free = not is_taken(connection, name)
        if free:
            connection.execute(statement, values)
        return free

    return ledger.together(work)


def _listed(ledger: Ledger, which: str) -> tuple[Listed, ...]:
    costs = _costs(ledger)
    rows = ledger.run(
        f"SELECT {COLUMNS},"  # noqa: S608 - our own words
        " (SELECT count(*) FROM turns WHERE chat = chats.id),"
        f" (SELECT substr(words, 1, {FIRST}) FROM turns"
        "   WHERE chat = chats.id AND role = 'user' ORDER BY number LIMIT 1)"
        f" FROM chats WHERE {which}"
    )
    found = ((kept(row), *row[WIDTH:]) for row in rows)
    return tuple(
        Listed(chat, turns, first or "", *costs.get(chat.id, (None, 0)))
        for chat, turns, first in found
    )


def _costs(ledger: Ledger) -> dict[str, tuple[int | None, int]]:
    """Return chat's id → nano-dollars of the calls that its turns come from, and unknown ones."""
    rows = ledger.run(
        f"SELECT said.chat, iif({_UNKNOWN} > 0 AND {_PRICED} = 0, NULL, ifnull(sum(cost_nano), 0)),"  # noqa: S608 - our own words
        f" {_UNKNOWN} FROM (SELECT DISTINCT chat, call_id FROM turns) AS said"
        " JOIN attempts USING (call_id) GROUP BY said.chat"
    )
    return {chat: (cost, unknown) for chat, cost, unknown in rows}
