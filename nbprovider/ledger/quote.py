"""What a model would cost, and who says so: the order of `pricing.price`, told before a call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import Provider
from nbprovider.ledger import corrections, own_prices, price_list
from nbprovider.ledger.card import Card
from nbprovider.ledger.price_list import PriceList
from nbprovider.ledger.pricing import OWN_COMPUTER, Source

CHARGING = frozenset({"deepinfra", "openrouter", "perplexity", "xai"})
"""Providers whose replies say what was charged, which then counts."""


class Quote(Struct, frozen=True):
    """Who says what a model costs, and its rates; no rates where it is free, or nobody knows.

    - `version`: of the list or the correction
    - `notes`: what makes it dearer, cheaper or uncertain
    - `part`: of these rates that the user pays, by a discount
    """

    source: Source
    card: Card | None = None
    version: str = ""
    notes: tuple[str, ...] = ()
    part: float = 1.0


def quote(provider: Provider, model: str, at: datetime, account: str = "") -> Quote:
    """Return what a model of a provider costs at a time, through an account."""
    notes = tuple(_told(provider))
    name = corrections.priced_as(provider.key, model)
    own = own_prices.card(provider.key, account, [model])
    if own is not None:
        return Quote("own", own, "settings.toml", notes)
    if provider.program and any(map(os.environ.get, provider.program.metered_by)):
        key = next(filter(os.environ.get, provider.program.metered_by))
        return Quote("unknown", notes=(f"{key} is set: not the plan may pay, but a key", *notes))
    if provider.kind == "subscription":
        return Quote("subscription", notes=("the plan pays; it may limit how much is used",))
    if provider.kind in OWN_COMPUTER and name:
        return Quote("local", notes=("it runs on a computer of yours",))
    renamed = (f"priced as {name}",) if name not in ("", model) else ()
    listed = _by_list(provider, name, at, account)
    if listed is None:
        return Quote("unknown", notes=notes)
    return replace(listed, notes=(*notes, *renamed, *listed.notes))


def _by_list(provider: Provider, name: str, at: datetime, account: str) -> Quote | None:
    found = _listed(provider, name, at) or _filled(provider, name)
    part = own_prices.discount(provider.key, account)
    if found is None or part is None:
        return found
    return replace(found, notes=(f"you pay {part:%} of it", *found.notes), part=float(part))


def _listed(provider: Provider, name: str, at: datetime) -> Quote | None:
    listed = price_list.current() if provider.prices else None
    quiet = corrections.quiet(provider.key, name, at)
    card = listed.card(provider.prices, name, quiet[0] if quiet else at) if listed else None
    if listed is None or card is None:
        return None
    return Quote("list", card, listed.version, tuple(_beside(listed, provider, name, at)))


def _filled(provider: Provider, name: str) -> Quote | None:
    found = corrections.gap(provider.key, name)
    if found is None:
        return None
    return Quote("list", found[0], f"correction of {found[1].checked}", (found[1].source,))


def _beside(listed: PriceList, provider: Provider, name: str, at: datetime) -> Iterator[str]:
    """Yield what else the list and the corrections know: hours, tiers, regions."""
    for when, card in listed.changes(provider.prices, name, at):
        yield f"{when}: {_short(card)}"
    for tier, card in listed.tiers(provider.prices, name, at):
        yield f"{tier}: {_short(card)}"
    yield from corrections.about(provider.key, name)


def _told(provider: Provider) -> Iterator[str]:
    if provider.key in CHARGING:
        yield "what the reply says was charged comes first"


def _short(card: Card) -> str:
    ways = {"input": " in", "output": " out", "characters": "", "audio_hours": ""}
    told = ((card.rates.get(kind), way) for kind, way in ways.items())
    return ", ".join(f"${rate.plain.normalize():f}{way}" for rate, way in told if rate)
