"""What tokens cost, in whole nano-dollars; unknown where nobody knows, never 0.

In this order: what the provider says it charges; nothing, where a plan is paid for by the month or
the model runs on the user's own computer; the list price of genai-prices on that day, corrected by
`corrections.toml`; unknown.

A list price is the vendor's public one: discounts, contracts and a proxy that an address was
redirected to may charge otherwise. OpenAI- and Anthropic-compatible servers have no list.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from nbprovider.catalog import Program, Provider
from nbprovider.ledger import corrections
from nbprovider.types import Usage

if TYPE_CHECKING:
    import genai_prices

Source = Literal["provider", "list", "subscription", "local", "unbilled", "unknown"]
"""Who says what it cost; `unbilled`: refused, or never sent."""

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""

OWN_COMPUTER = frozenset({"local", "embedded"})
"""Kinds of providers whose models cost nothing."""

SAMPLE = 1000
"""Tokens that a rate is taken from: below every border of a price that grows with length."""

PLAIN_TIERS = frozenset({"", "auto", "default", "on_demand", "standard"})
"""Words of providers for the service tier that the standard list is for."""


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


def price(provider: Provider, model: str, usage: Usage, at: datetime, asked: str = "") -> Cost:
    """Return what the usage of a model cost at a time (with its time zone).

    `model` is the one that answered. Where the list does not know that name, `asked`, the name it
    was called by, is taken instead: providers answer to aliases with names that no list has.
    """
    charged = _charged(usage)
    if charged is not None:
        return Cost(charged, "provider")
    if provider.program:
        return _by_program(provider.program)
    names = _names(provider, model, asked)
    if provider.kind in OWN_COMPUTER:
        return Cost(0, "local") if all(names) else UNKNOWN
    if not provider.prices or usage.input is None or usage.output is None:
        return UNKNOWN
    return _listed(provider.prices, names, _billed(usage), at)


def _by_program(program: Program) -> Cost:
    """Return what a call through a vendor's program cost: nothing, on a plan.

    The plan's monthly price is not spread over its calls. With one of the variables set that may
    make the program use a key or a cloud account, nobody but the vendor knows what was charged.
    """
    return UNKNOWN if any(map(os.environ.get, program.metered_by)) else Cost(0, "subscription")


def rates(provider: Provider, model: str) -> tuple[float | None, float | None]:
    """Return what a million tokens cost today to be read and to be written, in USD.

    None where no price is known. Rates that depend on the hour or on length are the plain ones.
    """
    now = datetime.now(UTC)
    each = (Usage(input=SAMPLE, output=0), Usage(input=0, output=SAMPLE))
    costs = (price(provider, model, usage, now).nano for usage in each)
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
    if _list.cache_info().currsize:
        return
    threading.Thread(target=_list, name="nbprovider-prices", daemon=True).start()


def _names(provider: Provider, model: str, asked: str) -> list[str]:
    """Return the names to look for, "" for one that is known to have no price."""
    given = (name.removeprefix("models/") for name in (model, asked) if name)
    return [corrections.priced_as(provider.key, name) for name in dict.fromkeys(given)]


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


def _listed(provider_id: str, names: list[str], usage: Usage, at: datetime) -> Cost:
    prices = _list()
    if prices is None:
        return UNKNOWN
    for name in filter(None, names):
        try:
            dollars = _calculated(prices, provider_id, name, usage, at)
        except LookupError:
            continue  # no such model in the list: perhaps under its other name
        except ValueError:
            return UNKNOWN  # more cached than read, or the like
        if dollars is None:
            return UNKNOWN
        return Cost(_nano(dollars), "list", price_list=f"genai-prices {prices.__version__}")
    return UNKNOWN


@cache
def _list() -> Any:
    """Return genai-prices, with its data read; None when it cannot be imported."""
    try:
        import genai_prices
        from genai_prices.data_snapshot import get_snapshot
    except ImportError:
        return None
    get_snapshot()
    return genai_prices


def _calculated(
    prices: Any, provider_id: str, model: str, usage: Usage, at: datetime
) -> Decimal | None:
    """Return dollars, None when a part of the usage has no price in the list.

    Raises LookupError for an unknown model, ValueError for a usage that makes no sense.
    """
    tier = str((usage.extra or {}).get("tier") or "")
    special = {} if tier in PLAIN_TIERS else dict.fromkeys(_TIER_WORDS, tier)
    found: genai_prices.types.PriceCalculation = prices.calc_price(
        prices.Usage(**dict(_counts(usage))),
        model,
        provider_id=provider_id,
        genai_request_timestamp=at,
        price_context=special,
    )
    if _unpriced(found.model_price, usage) or (special and not _has_tier(found.model, special)):
        return None
    return found.total_price


_TIER_WORDS = ("service_tier", "speed", "processing")
"""What the list's providers call their tiers: OpenAI, Anthropic, batches."""


def _unpriced(rates: genai_prices.types.ModelPrice, usage: Usage) -> bool:
    """Say whether something was used that the list, which would count it as 0, has no price for."""
    searches = (usage.extra or {}).get("searches")
    return any(
        used and rate is None
        for used, rate in (
            (usage.total_input, rates.input_mtok),
            (usage.output, rates.output_mtok),
            (searches, rates.web_searches_kcount),
        )
    )


def _has_tier(model: genai_prices.types.ModelInfo, special: dict[str, str]) -> bool:
    variants = model.price_variants or ()
    return any(special.items() >= variant.when.items() for variant in variants)


def _counts(usage: Usage) -> Iterator[tuple[str, int]]:
    """Yield the usage in the list's words: there, input includes what a cache was used for."""
    extra = usage.extra or {}
    # OpenAI asks twice its usual rate of a write for what stays 12 hours; the list has no such row.
    doubled = extra.get("cache_write_12h") or 0
    yield "input_tokens", (usage.total_input or 0) + doubled
    yield "output_tokens", usage.output or 0
    optional = {
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": (usage.cache_write or 0) + doubled,
        "output_reasoning_tokens": usage.reasoning,
        "cache_write_1h_tokens": extra.get("cache_write_1h"),
        "web_searches": extra.get("searches"),
        "input_audio_tokens": extra.get("audio_input"),
        "output_audio_tokens": extra.get("audio_output"),
    }
    yield from ((name, count) for name, count in optional.items() if count)
