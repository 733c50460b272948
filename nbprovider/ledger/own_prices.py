"""The user's own prices and discounts: `[prices]` and `[discounts]` of settings.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from msgspec.structs import asdict

from nbprovider import config
from nbprovider.ledger.card import Card, Rate


def card(provider: str, account: str, names: Sequence[str]) -> Card | None:
    """Return the user's own rates for a model by any of its names, None when there are none.

    What names an account comes before what names its provider, an exact name before a pattern.
    """
    own = config.settings().prices
    for key in _matching(own, provider, account, names) if own else ():
        told = {kind: usd for kind, usd in asdict(own[key]).items() if usd is not None}
        return Card({kind: Rate(Decimal(str(usd))) for kind, usd in told.items()})
    return None


def discount(provider: str, account: str) -> Decimal | None:
    """Return the part of a list price that the user pays, None when it is all of it."""
    told = config.settings().discounts
    part = told.get(account, told.get(provider)) if told else None
    return None if part is None else Decimal(str(part))


def _matching(
    own: Mapping[str, object], provider: str, account: str, names: Sequence[str]
) -> Iterator[str]:
    """Yield the keys of the prices that are for a model, the best first."""
    for whose in dict.fromkeys(filter(None, (account, provider))):
        wanted = [f"{whose}:{name}".lower() for name in names]
        yield from (key for key in own if key.lower() in wanted)
        patterns = sorted((key for key in own if "*" in key), key=len, reverse=True)
        yield from (k for k in patterns if any(fnmatchcase(one, k.lower()) for one in wanted))
