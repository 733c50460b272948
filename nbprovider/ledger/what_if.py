"""What the same tokens would cost elsewhere: many rows at once, in float64.

Pandas and numpy live in `frames` and here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.catalog.model import snapshot
from nbprovider.ledger.card import PER, Card, Rate
from nbprovider.ledger.quote import Quote, quote
from nbprovider.types import Route, Usage

CAVEAT = (
    "The same number of tokens is assumed. Each maker cuts text into tokens of its own, so that"
    " the same words may be a third more or less of them elsewhere; answers differ in length, and"
    " what one provider kept in its cache another might not. Web searches and sound count where the"
    " frame has a column of them."
)

COUNTS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "cache_write_1h": "cache_write_1h",
    "searches": "searches",
}
"""Kind of rate → the column of a usage frame; a column that is not there counts as none."""

_RANKED = {
    "provider": "string",
    "model": "string",
    "cost": "float64",
    "input_price": "float64",
    "output_price": "float64",
    "context": "Int64",
    "can": "string",
    "source": "string",
}


class Candidate(Struct, frozen=True):
    """A model that might have been asked, with what is known of it and what it costs."""

    route: Route
    facts: catalog.Facts
    quote: Quote


def reprice(route: Route, used: pd.DataFrame) -> pd.DataFrame:
    """Return what the attempts of a usage frame would have cost by a route; see `nbprovider`."""
    provider = catalog.find(route.provider)
    told = quote(provider, route.model, datetime.now(UTC), route.account)
    would = _costs(told, used)
    paid = used["cost"].astype("float64")
    frame = pd.DataFrame(
        {
            **{name: used[name] for name in ("time", "model") if name in used},
            "cost": paid,
            "elsewhere": str(route.ref),
            "would_cost": would,
            "difference": would - paid,
        },
        index=used.index,
    )
    frame.attrs |= {"caveat": CAVEAT, "source": told.source, "price_list": told.version}
    return frame


def cheapest(used: pd.DataFrame, candidates: Iterable[Candidate]) -> pd.DataFrame:
    """Return the candidates in the order of what the usage would cost there; see `nbprovider`."""
    longest = _longest(used)
    rows = [_ranked(one, used) for one in candidates if _fits(one.facts, longest)]
    columns = list(zip(*rows, strict=True)) or [()] * len(_RANKED)
    typed = zip(_RANKED.items(), columns, strict=True)
    frame = pd.DataFrame({name: pd.Series(list(v), dtype=kind) for (name, kind), v in typed})
    frame = frame.dropna(subset="cost").sort_values(["cost", "provider", "model"])
    frame = frame.reset_index(drop=True)
    frame.attrs["caveat"] = CAVEAT
    return frame


def candidates(can: frozenset[str], at: datetime) -> Iterable[Candidate]:
    """Yield the chat models whose price and abilities are known, and that answer today."""
    for key, models in snapshot().models.items():
        provider = catalog.load().get(key)
        if provider is None or provider.kind not in ("cloud", "gateway"):
            continue
        for name in models:
            told, found = catalog.model(key, name), quote(provider, name, at)
            if told and found.card and _able(provider, name, told.facts, can, at):
                yield Candidate(Route(key, name, key), told.facts, found)


def as_frame(used: pd.DataFrame | Usage) -> pd.DataFrame:
    """Return a usage frame; a Usage becomes one of a single row."""
    if not isinstance(used, Usage):
        return used
    extra = used.extra or {}
    told = {kind: getattr(used, kind, extra.get(kind)) for kind in COUNTS}
    row = {column: pd.array([told[kind]], dtype="Int64") for kind, column in COUNTS.items()}
    return pd.DataFrame({**row, "cost": np.array([np.nan])})


def _able(
    provider: Provider, name: str, facts: catalog.Facts, can: frozenset[str], at: datetime
) -> bool:
    told = catalog.retirement(provider, name)
    days = [facts.retires, *([told.on or date.min] if told else [])]
    ended = any(day is not None and day <= at.date() for day in days)
    return facts.kind == "chat" and not ended and can <= set(facts.can or ())


def _longest(used: pd.DataFrame) -> int:
    """Return the tokens of the longest exchange, which a model must have room for."""
    counts = [_column(used, kind) for kind in ("input", "cache_read", "cache_write", "output")]
    sums = np.nansum(np.vstack(counts), axis=0) if len(used) else np.zeros(1)
    return int(sums.max(initial=0))


def _fits(facts: catalog.Facts, longest: int) -> bool:
    return facts.context is None or facts.context >= longest


def _ranked(one: Candidate, used: pd.DataFrame) -> tuple[Any, ...]:
    costs = _costs(one.quote, used)[~np.isnan(_column(used, "input") + _column(used, "output"))]
    read, written = (_plain(one.quote.card, kind) for kind in ("input", "output"))
    return (
        one.route.provider,
        one.route.model,
        float(costs.sum()) if len(costs) else None,
        read,
        written,
        one.facts.context,
        ", ".join(one.facts.can or ()),
        one.quote.source,
    )


def _plain(card: Card | None, kind: str) -> float | None:
    rate = card.rate(kind) if card else None
    return None if rate is None else float(rate.plain)


def _costs(told: Quote, used: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return dollars a row; NaN where tokens or the price of one of them are not known."""
    if told.card is None:
        free = told.source in ("local", "subscription")
        return np.zeros(len(used)) if free else np.full(len(used), np.nan)
    counts = {kind: _column(used, kind) for kind in COUNTS}
    known = ~np.isnan(counts["input"]) & ~np.isnan(counts["output"])
    counts = {kind: np.nan_to_num(values) for kind, values in counts.items()}
    total = counts["input"] + counts["cache_read"] + counts["cache_write"]
    counts["cache_write"] = counts["cache_write"] - counts["cache_write_1h"]
    dollars = np.zeros(len(used))
    for kind, count in counts.items():
        dollars = dollars + _part(told.card, kind, count, total)
    if (each := told.card.rates.get("requests")) is not None:
        dollars = dollars + float(each.plain) / PER["requests"]
    return np.where(known, dollars * told.part, np.nan)


def _part(card: Card, kind: str, count: Any, total: Any) -> Any:
    """Return the dollars for one kind of token; NaN where some were used without a price."""
    rate = card.rate(kind)
    if rate is None:
        return np.where(count > 0, np.nan, 0.0)
    return _rates(rate, total) * count / PER[kind]


def _rates(rate: Rate, total: Any) -> Any:
    found = np.full(total.shape, float(rate.plain))
    for start, usd in rate.steps:
        found = np.where(total > start, float(usd), found)
    return found


def _column(used: pd.DataFrame, kind: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    name = COUNTS[kind]
    if name not in used:
        return np.zeros(len(used))
    return used[name].to_numpy(dtype="float64", na_value=np.nan)
