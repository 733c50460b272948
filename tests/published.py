"""Price data as genai-prices' authors publish it, made from what the library came with."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Wire = dict[str, Any]


def published(change: Callable[[list[Wire]], object] = lambda _: None) -> bytes:
    """Return the data of the library as JSON: its models by name alone, their first prices."""
    from genai_prices.data import providers

    told = [
        {
            "id": provider.id,
            "name": provider.name,
            "api_pattern": provider.api_pattern,
            "models": [_model(model) for model in provider.models],
        }
        for provider in providers
    ]
    change(told)
    return json.dumps(told).encode()


def model(told: list[Wire], provider: str, name: str) -> Wire:
    models = next(one["models"] for one in told if one["id"] == provider)
    return next(one for one in models if one["id"] == name)


def _model(model: Any) -> Wire:
    first = model.prices[0].prices if isinstance(model.prices, list) else model.prices
    rates = {key: _rate(rate) for key, rate in vars(first).items() if rate is not None}
    return {"id": model.id, "match": {"equals": model.id}, "prices": rates}


def _rate(rate: Any) -> Any:
    if isinstance(rate, Decimal):
        return float(rate)
    tiers = [{"start": tier.start, "price": float(tier.price)} for tier in rate.tiers]
    return {"base": float(rate.base), "tiers": tiers}
