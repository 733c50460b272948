"""When a model's time is over, and what comes after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from nbprovider.catalog.files import find, known
from nbprovider.catalog.provider import Provider
from nbprovider.errors import UsageError

SOON = timedelta(days=60)


class Retirement(Struct, frozen=True):
    """The end of a model: the day, None for one that has ended on a day nobody wrote down.

    `successor` is "" when there is none.
    """

    model: str
    successor: str
    on: date | None = None

    def is_over(self, today: date) -> bool:
        """Say whether the model answers no more."""
        return self.on is None or self.on <= today

    def is_near(self, today: date) -> bool:
        """Say whether the end is yet to come, and within two months."""
        return self.on is not None and today < self.on <= today + SOON

    def told(self, today: date | None = None) -> str:
        """Return the end in a sentence, with what to take instead."""
        over = self.is_over(today or datetime.now(UTC).date())
        ends = "is retired" if over else f"retires on {self.on}"
        if self.successor:
            return f"{self.model} {ends}; its successor is {self.successor}."
        return f"{self.model} {ends}; `%provider models` shows what there is."


def retirement(provider: Provider, model: str) -> Retirement | None:
    """Return the end of a model, None when none is known.

    A gateway's `vendor/model` is looked up in the vendor's own list.
    """
    if model in provider.retired:
        return Retirement(model, provider.retired[model])
    if dated := provider.retiring.get(model):
        return Retirement(model, dated.successor, dated.on)
    vendor, slash, rest = model.partition("/")
    if not slash or provider.kind != "gateway" or not known(vendor):
        return None
    own = retirement(find(vendor), rest)
    return own and Retirement(model, own.successor and f"{vendor}/{own.successor}", own.on)


def successor(provider: Provider, model: str) -> str | None:
    """Return what replaces a model whose end is known: "" for nothing, None when it is not."""
    end = retirement(provider, model)
    return end.successor if end else None


def refuse_ended(provider: Provider) -> None:
    """Raise UsageError, naming where to go, when a provider's whole service has ended."""
    heir = provider.succeeded_by
    if heir:
        raise UsageError(
            f"{provider.name} is no longer there: the service has ended.",
            hint=f"Use {heir} instead: `%provider guide {heir}` says how.",
        )
