"""Chats as a list shows them, and what a search found."""

from __future__ import annotations

import math
from datetime import datetime

from msgspec import Struct

from nbprovider.ledger.chat_list import Listed
from nbprovider.ledger.chat_search import Found
from nbprovider.session.conversation import local, moment
from nbprovider.view import Table
from nbprovider.view.words import NANO, money

SHOWN = 60
"""Characters of a first question in a table."""


class ChatEntry(Struct, frozen=True):
    """One chat in a list.

    - `turns`: questions and answers together
    - `cost`: USD of the calls that its turns come from, NaN where no price is known; `unknown`: how
      many attempts have none
    - `first`: the beginning of its first question; `notebook`: where it began
    - `created`, `used`: UTC; `deleted`: when it was deleted, None while it is in use
    """

    name: str
    model: str
    turns: int
    used: datetime
    cost: float
    unknown: int
    first: str
    notebook: str
    created: datetime
    deleted: datetime | None = None


def entry(listed: Listed) -> ChatEntry:
    """Return a chat of the store as a reader sees it."""
    chat = listed.chat
    return ChatEntry(
        chat.name,
        chat.model,
        listed.turns,
        moment(chat.changed),
        math.nan if listed.cost_nano is None else listed.cost_nano / NANO,
        listed.unknown,
        " ".join(listed.first.split()),
        chat.notebook,
        moment(chat.created),
        None if chat.deleted is None else moment(chat.deleted),
    )


class ChatListing(tuple[ChatEntry, ...]):
    """Chats, the last used first; shown as a table."""

    __slots__ = ()

    def table(self) -> Table:
        """Return the chats, a row each."""
        columns = ("chat", "model", "turns", "last used", "cost", "begins")
        none = (("none yet", "", "", "", "", "`%%chat -c NAME` begins one"),)
        return Table(columns, tuple(map(_row, self)) or none, note=self._note())

    def _note(self) -> str:
        if any(one.deleted for one in self):
            return (
                "`%provider chats restore NAME` brings one back, `%provider chats purge` ends them"
                " all for good."
            )
        return "`%provider chats open NAME` goes on with one." if self else ""

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the chats in any front end."""
        return self.table()._repr_mimebundle_()


class Hits(Found, frozen=True):
    """What a search found, `hits`, the best first; shown as a table. `note`: what to know of it."""

    def table(self) -> Table:
        """Return the turns that were found, a row each."""
        rows = tuple(
            (hit.chat, str(hit.number), hit.role, local(moment(hit.at)), hit.text)
            for hit in self.hits
        )
        none = (("nothing found", "", "", "", ""),)
        return Table(("chat", "turn", "by", "said", ""), rows or none, note=self.note)

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show what was found in any front end."""
        return self.table()._repr_mimebundle_()


def _row(one: ChatEntry) -> tuple[str, ...]:
    first = one.first if len(one.first) <= SHOWN else f"{one.first[: SHOWN - 1]}…"
    return (one.name, one.model, str(one.turns), local(one.used), _cost(one), first)


def _cost(one: ChatEntry) -> str:
    if math.isnan(one.cost):
        return money(None)
    unknown = f" and {one.unknown} of unknown price" if one.unknown else ""
    return f"{money(round(one.cost * NANO))}{unknown}"
