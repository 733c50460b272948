"""The list prices of genai-prices: its own data, or newer data that the user has fetched.

The only place that knows that library. Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nbprovider.ledger import fetched
from nbprovider.ledger.card import PER, Card, Rate
from nbprovider.ledger.fetched import Fetched
from nbprovider.types import Usage

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice
    from genai_prices.types import Provider as ListedProvider

SOURCE = "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
"""Where the library's authors publish its data."""

PLAIN = frozenset({"", "auto", "default", "on_demand", "standard"})
"""Words of providers for the service tier that the standard list is for."""

TIERS = {"on_demand_flex": "flex", "on_demand_priority": "priority"}
"""Vertex's words for tiers, where they differ from those of the list."""

_TIER_WORDS = ("service_tier", "speed", "processing")
"""What the list's providers call their tiers: OpenAI, Anthropic, batches."""

_KINDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
    "input_mchars": "characters",
    "input_audio_hours": "audio_hours",
    "output_image_mtok": "image_output",
    "web_searches_kcount": "searches",
    "storage_searches_kcount": "file_searches",
    "requests_kcount": "requests",
}
"""The list's name of a rate → ours."""


class Untold(Exception):
    """The list has the model, and no price for a part of what was used."""


class Listed(Struct, frozen=True):
    """What the list says of a usage, in USD: for tokens, and for calls beside them."""

    tokens: Decimal
    beside: Decimal


class PriceList(Struct, frozen=True):
    """A list and its version in words, as the ledger keeps it."""

    snapshot: Any
    version: str

    def find(self, provider: str, model: str) -> tuple[ListedProvider, ModelInfo] | None:
        """Return a model and who lists it, None for one that is not in the list."""
        snapshot: DataSnapshot = self.snapshot
        try:
            return snapshot.find_provider_model(model, None, provider, None)
        except LookupError:
            return None

    def card(self, provider: str, model: str, at: datetime, tier: str = "") -> Card | None:
        """Return a model's rates at a time, None for a model or a tier that is not in the list."""
        found = self.find(provider, model)
        rates = found and _rates(*found, at, tier.lower())
        return _card(rates) if rates else None

    def models(self) -> dict[tuple[str, str], object]:
        """Return the prices of each model, by its provider's and its own name, to be compared."""
        found: DataSnapshot = self.snapshot
        listed = ((provider.id, model) for provider in found.providers for model in provider.models)
        return {(key, model.id): (model.prices, model.price_variants) for key, model in listed}

    def tiers(self, provider: str, model: str, at: datetime) -> list[tuple[str, Card]]:
        """Return the service tiers that a model has rates for, with those."""
        found = self.find(provider, model)
        told = [word for v in (found and found[1].price_variants) or () for word in v.when.values()]
        names = [name for name in dict.fromkeys(told) if name not in PLAIN]
        cards = [(name, self.card(provider, model, at, name)) for name in names]
        return [(name, card) for name, card in cards if card]

    def changes(self, provider: str, model: str, at: datetime) -> list[tuple[str, Card]]:
        """Return the rates that a model has at certain hours, and from a day to come, with when."""
        found = self.find(provider, model)
        rows = found[1].prices if found and isinstance(found[1].prices, list) else []
        told = ((_when(row.constraint, at), row.prices) for row in rows)
        return [(when, _card(rates)) for when, rates in told if when]

    def calculate(self, provider: str, model: str, usage: Usage, at: datetime) -> Listed | None:
        """Return what a usage costs by the list, None for a model that is not in it.

        Raises Untold when a part of it has no price there, ValueError when it makes no sense.
        """
        import genai_prices

        found = self.find(provider, model)
        if found is None:
            return None
        (lister, listed), asked = found, tier(usage)
        rates = _rates(lister, listed, at, asked)
        if rates is None or _unpriced(_card(rates), usage):
            raise Untold
        sums = listed.calc_price(
            genai_prices.Usage(**dict(_counts(usage))),
            lister,
            genai_request_timestamp=at,
            price_context=_context(asked),
        )
        tokens = sums.input_price + sums.output_price
        return Listed(tokens + _doubled(_card(rates), usage), sums.total_price - tokens)


def current() -> PriceList | None:
    """Return the list, read on first use; None when genai-prices cannot be imported.

    What was fetched, by this kernel or another, takes the place of what the library came with.
    """
    path = fetched.path()
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return bundled()
    return _newer(str(path), changed) or bundled()


@cache
def bundled() -> PriceList | None:
    """Return the list that genai-prices came with."""
    try:
        import genai_prices
        from genai_prices.data import providers
        from genai_prices.data_snapshot import DataSnapshot
    except ImportError:
        return None
    return PriceList(DataSnapshot(providers, from_auto_update=False), _named(genai_prices))


@cache
def _newer(path: str, changed: int) -> PriceList | None:
    """Return the list that was fetched, None for one that cannot be read, or that is outdated."""
    del path, changed
    import genai_prices

    kept = fetched.kept()
    if kept is None or kept.version != genai_prices.__version__:
        return None  # a newer library brings newer data
    version = f"{_named(genai_prices)}, fetched {kept.at:%Y-%m-%d}"
    found = parsed(kept.data)
    return None if found is None else PriceList(found, version)


def parsed(data: bytes) -> DataSnapshot | None:
    """Return a list as its authors publish it, None for what is no such list."""
    import json

    from genai_prices import types
    from genai_prices.data_snapshot import DataSnapshot

    try:
        # The library's only other way to read its data fetches them itself, past our TLS and proxy.
        found = types._providers_from_raw(json.loads(data))  # noqa: SLF001
    except (AttributeError, TypeError, ValueError, AssertionError):
        return None
    return DataSnapshot(found, from_auto_update=True)


def _when(constraint: Any, at: datetime) -> str:
    """Return when a row holds, "" for one that holds by now, or always."""
    start = getattr(constraint, "start_date", None)
    if start is not None:
        return f"from {start}" if start > at.date() else ""
    if constraint is None:
        return ""
    return f"{constraint.start_time:%H:%M} to {constraint.end_time:%H:%M} UTC"


def _named(library: Any) -> str:
    return f"genai-prices {library.__version__}"


def keep(data: bytes, at: datetime) -> PriceList | None:
    """Keep newer data for all kernels, return the list that they make.

    None for data that are no list, or have lost half of its models: then the old ones stay. Raises
    OSError or ConfigError when they cannot be written.
    """
    import genai_prices

    found, before = parsed(data), current()
    lost = found and before and len(PriceList(found, "").models()) * 2 < len(before.models())
    if found is None or lost:
        return None
    fetched.keep(Fetched(at, genai_prices.__version__, SOURCE, data))
    return current()


def tier(usage: Usage) -> str:
    """Return the service tier that was billed, in the list's words."""
    told = str((usage.extra or {}).get("tier") or "").lower()
    return TIERS.get(told, told)


def _rates(lister: ListedProvider, model: ModelInfo, at: datetime, tier: str) -> ModelPrice | None:
    """Return the rates of a tier; None when the list does not know what it costs there.

    A tier's rates are those of the provider itself, not of another that serves its models too.
    """
    context = _context(tier)
    if not context:
        return model.get_prices(at)
    own = any(model is one for one in lister.models)
    active = (v for v in model.price_variants or () if not v.constraint or v.constraint.active(at))
    known = own and any(context.items() >= variant.when.items() for variant in active)
    return model.get_prices(at, context) if known else None


def _context(tier: str) -> dict[str, str]:
    return {} if tier in PLAIN else dict.fromkeys(_TIER_WORDS, tier)


def _doubled(card: Card, usage: Usage) -> Decimal:
    """Return what is to be added for tokens that stay in OpenAI's cache for 12 hours.

    They cost twice its usual rate of a write, for which the list has no row.
    """
    kept, rate = (usage.extra or {}).get("cache_write_12h") or 0, card.rate("cache_write")
    return rate.at(usage.total_input or 0) * kept / PER["cache_write"] if rate else Decimal(0)


def _card(rates: ModelPrice) -> Card:
    named = ((_KINDS[key], rate) for key, rate in vars(rates).items() if key in _KINDS)
    return Card({kind: _rate(rate) for kind, rate in named if rate is not None})


def _rate(told: Any) -> Rate:
    if isinstance(told, Decimal):
        return Rate(told)
    return Rate(told.base, tuple((tier.start, tier.price) for tier in told.tiers))


def _unpriced(card: Card, usage: Usage) -> bool:
    """Say whether something was used that the list, which would count it as 0, has no price for."""
    if not card.counted(usage):
        return True
    extra = usage.extra or {}
    used = {name: extra.get(name) for name in ("searches", "file_searches")}
    if not card.rates.keys().isdisjoint(("input", "output")):
        used |= {"input": usage.total_input, "output": usage.output}
    return any(count and card.rate(kind) is None for kind, count in used.items())


def _counts(usage: Usage) -> Iterator[tuple[str, Any]]:
    """Yield the usage in the list's words: there, input includes what a cache was used for."""
    extra = usage.extra or {}
    yield "input_tokens", usage.total_input or 0
    yield "output_tokens", usage.output or 0
    optional = {
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "output_reasoning_tokens": usage.reasoning,
        "cache_write_1h_tokens": extra.get("cache_write_1h"),
        "output_image_tokens": extra.get("image_output"),
        "web_searches": extra.get("searches"),
        "storage_searches": extra.get("file_searches"),
        "input_audio_tokens": extra.get("audio_input"),
        "output_audio_tokens": extra.get("audio_output"),
        "audio_seconds": extra.get("seconds"),
        "input_audio_seconds": extra.get("seconds"),
        "input_characters": extra.get("characters"),
    }
    yield from ((name, count) for name, count in optional.items() if count)
