"""What tokens cost, in whole nano-dollars; unknown where nobody knows, never 0.

In this order: what the provider says it charges; the user's own price; nothing, where a plan is
paid for by the month or the model runs on the user's own computer; the list price on that day,
corrected by `corrections.toml`, less the user's discount; unknown.

A list price is the vendor's public one: contracts and a proxy that an address was redirected to
may charge otherwise. OpenAI- and Anthropic-compatible servers have no list.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import Program, Provider
from nbprovider.ledger import corrections, own_prices, price_list
from nbprovider.ledger.price_list import PriceList, Untold
from nbprovider.types import Usage

Source = Literal[
    "provider", "own", "list", "subscription", "local", "unbilled", "replay", "unknown"
]
"""Who says what it cost.

`own`: the user's settings; `unbilled`: refused, or never sent; `replay`: recorded earlier.
"""

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""

OWN_COMPUTER = frozenset({"local", "embedded"})
"""Kinds of providers whose models cost nothing."""

SAMPLE = 1000
"""Tokens that a rate is taken from: below every border of a price that grows with length."""


class Cost(Struct, frozen=True):
    """What something cost.

    - `nano`: nano-dollars, None when no price is known
    - `unknown`: of how many attempts the price is not known
    - `price_list`: the list and its version, None when no list was needed
    """

    nano: int | None = None
    source: Source = "unknown"
    unknown: int = 0
    price_list: str | None = None


UNKNOWN = Cost(unknown=1)
UNBILLED = Cost(0, "unbilled")
REPLAYED = Cost(0, "replay")


def price(
    provider: Provider, model: str, usage: Usage, at: datetime, asked: str = "", account: str = ""
) -> Cost:
    """Return what the usage of a model cost at a time (with its time zone).

    `model` is the one that answered. Where the list does not know that name, `asked`, the name it
    was called by, is taken instead: providers answer to aliases with names that no list has.
    `account` is the one that was used: its own prices and discounts come before its provider's.
    """
    charged = _charged(usage)
    if charged is not None:
        return Cost(charged, "provider")
    own = own_prices.card(provider.key, account, _given(model, asked))
    if own is not None:
        dollars = own.charge(_billed(usage))
        return UNKNOWN if dollars is None else Cost(_nano(dollars), "own")
    if provider.program:
        return _by_program(provider.program)
    if provider.kind == "subscription":
        return Cost(0, "subscription")
    names = _names(provider, model, asked)
    if provider.kind in OWN_COMPUTER:
        return Cost(0, "local") if all(names) else UNKNOWN
    return _by_list(provider, names, _billed(usage), at, account)


def _by_program(program: Program) -> Cost:
    """Return what a call through a vendor's program cost: nothing, on a plan.

    The plan's monthly price is not spread over its calls. With one of the variables set that may
    make the program use a key or a cloud account, nobody but the vendor knows what was charged.
    """
    return UNKNOWN if any(map(os.environ.get, program.metered_by)) else Cost(0, "subscription")


def rates(provider: Provider, model: str, account: str = "") -> tuple[float | None, float | None]:
    """Return what a million tokens cost today to be read and to be written, in USD.

    None where no price is known. Rates that depend on the hour or on length are the plain ones.
    """
    now = datetime.now(UTC)
    each = (Usage(input=SAMPLE, output=0), Usage(input=0, output=SAMPLE))
    costs = (price(provider, model, usage, now, account=account).nano for usage in each)
    read, written = (None if nano is None else nano / SAMPLE / 1000 for nano in costs)
    return read, written


def total(costs: list[Cost]) -> Cost:
    """Return the sum of what is known, the last known price's source, and how much is unknown."""
    billed = [cost for cost in costs if cost.source != "unbilled"] or costs
    known = [cost for cost in billed if cost.nano is not None]
    unknown = sum(cost.unknown for cost in costs)
    if not known:
        return Cost(unknown=unknown)
    nano = sum(cost.nano or 0 for cost in known)
    return Cost(nano, known[-1].source, unknown, known[-1].price_list)


def warm() -> None:
    """Import the price list in the background: it takes about 0.15 s, better not at the end."""
    if price_list.bundled.cache_info().currsize:
        return
    threading.Thread(target=price_list.current, name="nbprovider-prices", daemon=True).start()


def _given(model: str, asked: str) -> list[str]:
    return [name.removeprefix("models/") for name in dict.fromkeys((model, asked)) if name]


def _names(provider: Provider, model: str, asked: str) -> list[str]:
    """Return the names to look for, "" for one that is known to have no price."""
    given = _given(model, asked)
    return list(dict.fromkeys(corrections.priced_as(provider.key, name) for name in given))


def _charged(usage: Usage) -> int | None:
    """Return what the provider says it charges, in nano-dollars; None when it does not say."""
    told = (usage.extra or {}).get("cost")
    if told is None or isinstance(told, bool):
        return None
    try:
        dollars = Decimal(str(told))
    except InvalidOperation:
        return None
    return _nano(dollars) if dollars.is_finite() and dollars >= 0 else None


def _billed(usage: Usage) -> Usage:
    """Return what is paid for, where that is not all that was read and written (Cohere)."""
    extra = usage.extra or {}
    if extra.get("billed_input") is None or extra.get("billed_output") is None:
        return usage
    return Usage(extra["billed_input"], extra["billed_output"], extra=usage.extra)


def _nano(dollars: Decimal) -> int:
    return int((dollars * NANO).to_integral_value(ROUND_HALF_EVEN))


def _by_list(
    provider: Provider, names: list[str], usage: Usage, at: datetime, account: str
) -> Cost:
    """Return what the first name that the list knows costs; what the list lacks may be a gap."""
    prices = price_list.current() if provider.prices else None
    for name in filter(None, names):
        try:
            told = _listed(prices, provider, name, usage, at) if prices else None
        except (Untold, ValueError):
            return UNKNOWN  # no price for a part of it; more cached than read, or the like
        told = told or _filled(provider, name, usage)
        if told is not None:
            return _discounted(told, provider, account)
    return UNKNOWN


def _listed(
    prices: PriceList, provider: Provider, name: str, usage: Usage, at: datetime
) -> tuple[Decimal, str] | None:
    """Return dollars and their list, None for a model that is not in it; raises Untold."""
    quiet = corrections.quiet(provider.key, name, at)
    tier, region = price_list.tier(usage), str((usage.extra or {}).get("region") or "")
    special = corrections.in_tier(provider.key, name, tier)
    placed = corrections.in_region(provider.key, name, region)
    plain = replace(usage, extra={**(usage.extra or {}), "tier": ""}) if special else usage
    told = prices.calculate(provider.prices, name, plain, quiet[0] if quiet else at)
    if told is None:
        return None
    tokens = told.tokens
    for row in filter(None, (special, placed)):
        tokens *= Decimal(str(row.factor))
    corrected = any((quiet, special, placed))
    return tokens + told.beside, prices.version + (", corrected" if corrected else "")


def _filled(provider: Provider, name: str, usage: Usage) -> tuple[Decimal, str] | None:
    """Return dollars by our own row for a model that the list lacks."""
    found = corrections.gap(provider.key, name)
    if found is None or price_list.tier(usage) not in price_list.PLAIN:
        return None
    dollars = found[0].charge(usage)
    return None if dollars is None else (dollars, f"correction of {found[1].checked}")


def _discounted(told: tuple[Decimal, str], provider: Provider, account: str) -> Cost:
    dollars, version = told
    part = own_prices.discount(provider.key, account)
    if part is None:
        return Cost(_nano(dollars), "list", price_list=version)
    return Cost(_nano(dollars * part), "list", price_list=f"{version}, times {part}")
