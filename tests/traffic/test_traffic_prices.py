"""What recorded replies cost, to the nano-dollar: ours against sums made without our code."""

from __future__ import annotations

import tomllib
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import pytest

import raw_usage
from nbprovider import catalog
from nbprovider.ledger import corrections, price
from nbprovider.protocols.transcription import DIALECTS
from nbprovider.session.jobs import measured
from nbprovider.types import Served, Usage
from raw_usage import Used
from recorded import Record, body, records, replay
from vectors import outcome

pytestmark = pytest.mark.traffic

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

PROTOCOLS = {
    "openai-chat": "openai_chat",
    "mistral": "mistral",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic",
    "gemini": "gemini",
    "bedrock-converse": "bedrock",
    "cohere-v2": "cohere",
    "embeddings": "",
    "openai-audio": "",
}
"""Traffic file → the protocol that reads it, "" for a service."""

UNPRICED = ("local", "embedded", "subscription")
"""Kinds of providers that charge nothing by the token."""

PLAIN = {"", "auto", "default", "on_demand", "standard"}

EXPLAINED = {
    "openai-chat": {
        "8162baf777486908": "its error comes in one piece with the count, and is heard first",
    },
    "gemini": {
        "7fc74d02188e6c98": "no blank line parts its events, so that nobody reads a stream in it",
    },
}
"""Records whose sums differ, and why they may."""


def ours(traffic: str, record: Record, used: Used) -> tuple[int | None, str]:
    model, usage = heard(traffic, record)
    cost = price(catalog.find(record["provider"]), model, usage, NOON, used.asked)
    return cost.nano, cost.source


def heard(traffic: str, record: Record) -> tuple[str, Usage]:
    """Return the model that answered and what it counted, as our own code reads them."""
    if traffic == "embeddings":
        vectors = outcome(record)
        return vectors.model, vectors.usage
    if traffic == "openai-audio":
        found = DIALECTS["openai"].parse(record["response_headers"] or {}, body(record))
        return found.model, measured(found) | found.usage
    said = replay(record, PROTOCOLS[traffic])
    served = [event.model for event in said.events if isinstance(event, Served)]
    return served[-1] if served else "", said.turn.usage


def theirs(record: Record, used: Used) -> tuple[int | None, str]:
    """Return the sum by what the reply charges, else by the price list's rows."""
    if used.charged is not None:
        return raw_usage.rounded(used.charged), "provider"
    provider = catalog.find(record["provider"])
    for name in (used.model.removeprefix("models/"), used.asked):
        found = listed(provider.prices, priced_as(provider.key, name)) if name else None
        rates = found and tiered(*found, used.tier.lower())
        if found:
            nano = None if rates is None else raw_usage.nano(used, rates, dearer(used))
            return nano, "unknown" if nano is None else "list"
        if name and (row := our_row(provider.key, name)):
            return by_row(used, row), "list"
    return None, "unknown"


def listed(prices: str, model: str) -> tuple[Any, Any] | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider_model(model, None, prices, None)
    except LookupError:
        return None


def priced_as(provider: str, name: str) -> str:
    """Return the name that our corrections, read here as they stand, put in a name's place."""
    row = corrected("alias", provider, name)
    return row["price_as"] if row else name


def our_row(provider: str, name: str) -> dict[str, Any] | None:
    """Return the rates that our corrections have for a model that the list lacks."""
    return corrected("gap", provider, name)


def corrected(table: str, provider: str, name: str) -> dict[str, Any] | None:
    told = tomllib.loads(corrections.FILE.read_text(encoding="utf-8"), parse_float=Decimal)[table]
    rows = [row for row in told if row["provider"] == provider]
    return next((r for r in rows if any(fnmatchcase(name, m) for m in r["models"])), None)


def by_row(used: Used, row: dict[str, Any]) -> int:
    read = used.counts["input"] * row["input"] + used.counts.get("output", 0) * row["output"]
    cached = used.counts.get("cached", 0) * row.get("cache_read", row["input"])
    return raw_usage.rounded((Decimal(read) + cached) / 1_000_000)


def tiered(provider: Any, model: Any, tier: str) -> Any:
    """Return a model's rates in a tier, None where the list has none for it."""
    rates = copy(raw_usage.active(model, NOON))
    if tier.lower() in PLAIN:
        return rates
    told = [v for v in model.price_variants or () if list(v.when.values()) == [tier]]
    told = [v for v in told if v.constraint is None or v.constraint.active(NOON)]
    if not told or not any(model is one for one in provider.models):
        return None
    for key, rate in vars(told[0].prices).items():
        if rate is not None:
            setattr(rates, key, rate)
    return rates


def dearer(used: Used) -> Decimal:
    return Decimal("1.1") if used.region == "us" else Decimal(1)


def exchanges(traffic: str) -> list[tuple[Record, Used]]:
    """Return the replies with usage of a traffic file, of providers that have prices."""
    found = []
    for record in records(traffic):
        key = record["provider"]
        priced = catalog.known(key) and catalog.find(key).kind not in UNPRICED
        if priced and record["response_status"] < 300:
            used = raw_usage.of(traffic, record, body(record))
            if used is not None:
                found.append((record, used))
    return found


LEAST = {
    "openai-chat": 500,
    "mistral": 90,
    "openai-responses": 280,
    "anthropic-messages": 200,
    "gemini": 230,
    "bedrock-converse": 70,
    "cohere-v2": 40,
    "embeddings": 20,
    "openai-audio": 3,
}
"""How many exchanges of each kind must have a price: a reader that finds none proves nothing."""


@pytest.mark.parametrize("traffic", PROTOCOLS)
def test_every_exchange_costs_what_an_independent_sum_says(traffic):
    """Row 10 of the rivals, and Row 12 of the rivals: streamed and not, to the nano-dollar."""
    priced, wrong = 0, {}
    for record, used in exchanges(traffic):
        wanted, found = theirs(record, used), ours(traffic, record, used)
        priced += wanted[0] is not None
        if wanted != found:
            wrong[record["id"]] = (record["provider"], used, "ours", found, "theirs", wanted)
    unexplained = {id_: why for id_, why in wrong.items() if id_ not in EXPLAINED.get(traffic, {})}
    assert not unexplained, (
        f"{len(unexplained)} of {priced} differ: {list(unexplained.items())[:3]}"
    )
    assert wrong.keys() == EXPLAINED.get(traffic, {}).keys(), "explained, but they agree"
    assert priced >= LEAST[traffic]
