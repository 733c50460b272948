"""Whether an account answers: one very short call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import find
from nbprovider.errors import NbproviderError
from nbprovider.session.question import Words
from nbprovider.types import Route
from nbprovider.view import Table, money, seconds

if TYPE_CHECKING:
    from nbprovider.session.session import Session

SHORT = 64
"""Tokens: more than one word takes, for models that think before they speak."""


class Tried(Struct, frozen=True):
    """How a call went; `nbprovider.accounts.test(name)`.

    - `model`: what was asked, as `provider:model@account`; `said`: its words
    - `first_token`, `duration`: seconds; `cost_nano`: billionths of a USD, None where not known
    - `models`: how many models the account lists, None where it was not asked or did not say
    """

    model: str
    said: str
    first_token: float | None
    duration: float | None
    cost_nano: int | None
    cost_source: str
    models: int | None = None

    def table(self) -> Table:
        """Return the call as a row."""
        row = (
            self.model,
            self.said or "(no words)",
            seconds(self.first_token),
            seconds(self.duration),
            money(self.cost_nano, self.cost_source),
        )
        columns = ("model", "it said", "first token", "in all", "cost")
        if self.models is None:
            return Table(columns, (row,), title="It works.")
        return Table((*columns, "models"), ((*row, f"{self.models:,}"),), title="It works.")

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the call in any front end."""
        return self.table()._repr_mimebundle_()


def tried(session: Session, name: str | None) -> Tried:
    """Ask a model, or an account's usual one, for one word; the ledger says it was a test.

    Nobody else answers for one that does not.
    """
    words: Words = {"model": name, "fallback": False}
    if not find(session.route(name).provider).program:
        words["max_tokens"] = SHORT
    session.purpose, purpose = "test", session.purpose
    try:
        answer = session.ask("Reply with the single word: ready", words)
    finally:
        session.purpose = purpose
    return Tried(
        str(answer.route.ref),
        answer.text.strip()[:40],
        answer.first_token,
        answer.duration,
        answer.cost_nano,
        answer.cost_source,
    )


def tried_whole(session: Session, name: str) -> Tried:
    """Return how a short call went, and how many models the account lists."""
    went = tried(session, name)
    route = session.route(name)
    try:
        listed = session.models.listed(Route(route.provider, "", route.account))
    except NbproviderError:
        return went
    return replace(went, models=len(listed))
