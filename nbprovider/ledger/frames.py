"""DataFrames for the user: the only place where pandas is imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from msgspec.structs import astuple, replace

import nbprovider.ledger.accessor  # noqa: F401 - gives frames their .nbp
from nbprovider import config
from nbprovider.catalog import Provider, needs
from nbprovider.ledger import costs
from nbprovider.ledger.costs import EVER, Range
from nbprovider.ledger.offers import Offer, Offered, offered
from nbprovider.ledger.reconcile import QUANTITIES, Counted, Pair
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import settle

_TOTAL_INPUT = (
    "iif(coalesce(input, cache_read, cache_write) IS NULL, NULL,"
    " ifnull(input, 0) + ifnull(cache_read, 0) + ifnull(cache_write, 0))"
)

_FALLBACK = (
    "number > 1 AND EXISTS (SELECT 1 FROM attempt_rows AS earlier WHERE earlier.call_id = a.call_id"
    " AND earlier.number < a.number"
    " AND (earlier.account <> a.account OR earlier.model_asked <> a.model_asked))"
)

_ERROR = (
    "iif(error IS NULL, NULL,"
    " (SELECT word FROM words WHERE words.id = a.error_kind) || ': ' || error)"
)

_USAGE = {
    "time": ("started_at", "time"),
    "provider": ("provider", "word"),
    "model": ("model_asked", "word"),
    "chat": ("chat", "word"),
    "status": ("status", "string"),
    "input": ("input", "Int64"),
    "total_input": (_TOTAL_INPUT, "Int64"),
    "output": ("output", "Int64"),
    "cost": ("cost_nano / 1e9", "float64"),
    "cost_source": ("cost_source", "string"),
    "ttft": ("first_token_us / 1e6", "float64"),
    "duration": ("duration_us / 1e6", "float64"),
    "tokens_per_s": ("output * 1e6 / nullif(duration_us, 0)", "float64"),
    "cache_read": ("cache_read", "Int64"),
    "cache_write": ("cache_write", "Int64"),
    "reasoning": ("reasoning", "Int64"),
    "estimated": ("estimated", "bool"),
    "finish": ("finish", "word"),
    "served": ("model_served", "word"),
    "account": ("account", "word"),
    "notebook": ("notebook", "word"),
    "cell": ("cell", "word"),
    "purpose": ("purpose", "word"),
    "role": ("role", "word"),
    "attempt": ("number", "int64"),
    "fallback": (_FALLBACK, "bool"),
    "error": (_ERROR, "string"),
    "over_budget": ("over_budget", "bool"),
    "request_id": ("request_id", "string"),
    "call": ("call_id", "string"),
}
"""Column → its SQL, and its type; `word`: the number of one that is kept apart, see `compact`."""

_PERIOD_TYPES = {"hour": "time", "day": "day", "week": "day", "month": "date", "year": "date"}

_COST = dict.fromkeys(costs.SUMS, "Int64") | {"cost": "float64"}

_MODELS = {
    "provider": "string",
    "account": "string",
    "model": "string",
    "name": "string",
    "kind": "string",
    "context": "Int64",
    "max_output": "Int64",
    "input_price": "float64",
    "output_price": "float64",
    "can": "string",
    "retires": "string",
    "successor": "string",
    "registered": "bool",
}


_PROVIDERS = {
    "provider": "string",
    "name": "string",
    "kind": "string",
    "auth": "string",
    "required": "string",
    "default_model": "string",
    "models": "int64",
    "streaming": "bool",
    "services": "string",
    "key_url": "string",
}


_HEALTH = {
    "account": "string",
    "model": "string",
    "state": "string",
    "failures": "int64",
    "since": "moment",
    "opens_again": "moment",
    "last_error": "string",
    "calls": "int64",
    "error_rate": "float64",
    "p50": "float64",
    "p95": "float64",
}


_RECONCILED = {
    "day": "time",
    "model": "string",
    "side": "string",
    "differs": "string",
    "requests_ours": "Int64",
    "requests_theirs": "Int64",
    "input_ours": "Int64",
    "input_theirs": "Int64",
    "cached_ours": "Int64",
    "cached_theirs": "Int64",
    "output_ours": "Int64",
    "output_theirs": "Int64",
    "cost_ours": "float64",
    "cost_theirs": "float64",
    "cost_diff": "float64",
    "unpriced": "int64",
    "uncounted": "int64",
    "estimated": "int64",
    "model_theirs": "string",
}


def usage(ledger: Ledger, within: Range = EVER) -> pd.DataFrame:
    """Return every attempt of a range, a row each, the newest last.

    - `time`: UTC; `ttft` (to the first token), `duration`: seconds, NaN where not known
    - `input` (read anew), `total_input` (with the cache, as the footer says), `output` (with
      reasoning), `cache_read`, `cache_write`, `reasoning`: tokens, <NA> where nobody said;
      `estimated`: whether some are our own estimate
    - `cost`: USD, NaN where the price is not known; `cost_source` says who says so
    - `tokens_per_s`: output over the whole duration
    - `role`: the role or chain by whose name the model was asked, "" for none
    - `over_budget`: whether a budget was passed on purpose
    - `call`: the same for all attempts of one call, of which `attempt` is the number; `fallback`:
      whether another model or account was asked before, in vain
    """
    settle(ledger)
    columns = ", ".join(expression for expression, _ in _USAGE.values())
    query = f"SELECT {columns} FROM attempt_rows AS a WHERE {within.sql()} ORDER BY started_at, id"  # noqa: S608 - our own words
    rows = ledger.run(query)
    words = dict(ledger.run("SELECT id, word FROM words"))
    types = {name: kind for name, (_, kind) in _USAGE.items()}
    return framed(rows, types, words)


def cost(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    within: Range = EVER,
    zone: tzinfo | None = None,
) -> pd.DataFrame:
    """Return what attempts took and cost together, a row for each group; see `nbprovider.cost`."""
    settle(ledger)
    told = costs.words(by)
    rows = costs.sums(ledger, told, within, zone)
    types = {word: _PERIOD_TYPES.get(word, "string") for word in told} | _COST
    frame = framed(rows, types)
    frame["cost"] /= 1e9
    if "hour" in told:
        frame["hour"] = frame["hour"].dt.tz_convert(zone or config.zone() or "tzlocal()")
    return frame


def models(offers: Iterable[Offer]) -> pd.DataFrame:
    """Return the models that accounts offer, a row each; <NA> where nobody says.

    - `kind`: chat, embedding, tts, stt, image, …; `can`: words such as "tools, vision"
    - `context`, `max_output`: tokens; `input_price`, `output_price`: USD per million tokens
    - `retires`: the day from which it answers no more; `successor`: what to take then
    - `registered`: whether it was registered by hand
    """
    return framed([_model(model) for offer in offers for model in offered(offer)], _MODELS)


def providers(known: Iterable[Provider]) -> pd.DataFrame:
    """Return providers, a row each; <NA> where there is none.

    - `auth`: how one is known to it: "api key", "oauth", "program", "none" and so on, by commas
    - `required`: what an account must say besides a key, such as "region"
    - `models`: how many are known without asking it
    - `services`: what else it offers: "embeddings, tts"
    """
    return framed([_provider(provider) for provider in known], _PROVIDERS)


def health(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return how accounts do, a row each; moments are given in seconds since 1970."""
    return framed(rows, _HEALTH)


def reconciled(pairs: Iterable[Pair]) -> pd.DataFrame:
    """Return what both sides counted, a row a day and model; see `nbprovider.reconcile`."""
    return framed([_pair(pair) for pair in pairs], _RECONCILED)


def search(frame: pd.DataFrame, words: str) -> pd.DataFrame:
    """Return the rows in which every word stands, in any of their columns, case ignored."""
    rows = frame.astype("string").fillna("").agg(" ".join, axis=1).str.lower()
    for word in words.lower().split():
        frame = frame[rows.loc[frame.index].str.contains(word, regex=False)]
    return frame.reset_index(drop=True)


def _model(model: Offered) -> tuple[Any, ...]:
    can = None if model.can is None else ", ".join(model.can)
    return astuple(replace(model, can=can))


def _provider(provider: Provider) -> tuple[Any, ...]:
    return (
        provider.key,
        provider.name,
        provider.kind,
        ", ".join(needs.ways_in(provider)),
        ", ".join(needs.required(provider)) or None,
        provider.default_model or None,
        needs.models_known(provider),
        needs.streams(provider),
        ", ".join(provider.services) or None,
        provider.key_url or None,
    )


def _pair(pair: Pair) -> tuple[Any, ...]:
    ours, theirs = pair.ours or Counted(), pair.theirs or Counted()
    day = int(datetime(pair.day.year, pair.day.month, pair.day.day, tzinfo=UTC).timestamp())
    return (
        day * 1_000_000,
        pair.model or None,
        pair.side,
        ", ".join(pair.differs()),
        *(getattr(one, name) for name in QUANTITIES[:-1] for one in (ours, theirs)),
        _usd(ours.cost),
        _usd(theirs.cost),
        _usd(pair.cost_diff()),
        ours.unpriced,
        ours.uncounted,
        ours.estimated,
        ", ".join(pair.names) or None,
    )


def _usd(nano: Decimal | None) -> float | None:
    return None if nano is None else float(nano / 1_000_000_000)


def framed(
    rows: list[tuple[Any, ...]], types: dict[str, str], words: dict[int, str] | None = None
) -> pd.DataFrame:
    """Return rows as a frame whose columns have these types."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    named = zip(types.items(), columns, strict=True)
    known = words or {}
    return pd.DataFrame({name: _column(values, kind, known) for (name, kind), values in named})


def _column(values: tuple[Any, ...], kind: str, words: dict[int, str]) -> Any:
    if kind == "word":
        return pd.Series(list(map(words.get, values)), dtype="string")
    if kind == "time":
        moments = (np.array(values, dtype="int64") // 1000).astype("datetime64[ms]")
        return pd.Series(moments).dt.tz_localize("UTC")
    if kind == "day":
        return pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[s]"))
    if kind == "date":
        return pd.Series(np.array(values, dtype="datetime64[s]"))
    if kind == "moment":
        seconds = pd.Series(values, dtype="float64").round()
        return pd.to_datetime(seconds, unit="s", utc=True).astype("datetime64[s, UTC]")
    if kind in {"float64", "int64", "bool"}:
        return np.array(values, dtype=kind)
    return pd.Series(list(values), dtype=kind)
