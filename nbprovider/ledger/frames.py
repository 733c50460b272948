"""DataFrames for the user: the only place where pandas is imported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from nbprovider.catalog import Provider
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import settle
from nbprovider.protocols.contract import Listed

_USAGE = {
    "time": ("started_at", "time"),
    "provider": ("provider", "string"),
    "account": ("account", "string"),
    "model": ("model_asked", "string"),
    "served": ("model_served", "string"),
    "chat": ("chat", "string"),
    "notebook": ("notebook", "string"),
    "cell": ("cell", "string"),
    "purpose": ("purpose", "string"),
    "status": ("status", "string"),
    "finish": ("finish", "string"),
    "input": ("input", "Int64"),
    "output": ("output", "Int64"),
    "cache_read": ("cache_read", "Int64"),
    "cache_write": ("cache_write", "Int64"),
    "reasoning": ("reasoning", "Int64"),
    "estimated": ("estimated", "bool"),
    "cost": ("cost_nano / 1e9", "float64"),
    "cost_source": ("cost_source", "string"),
    "ttft": ("first_token_us / 1e6", "float64"),
    "duration": ("duration_us / 1e6", "float64"),
    "tokens_per_s": ("output * 1e6 / nullif(duration_us, 0)", "float64"),
    "attempt": ("number", "int64"),
    "error": ("error_kind || ': ' || error", "string"),
    "request_id": ("request_id", "string"),
    "call": ("call_id", "string"),
}
"""Column → its SQL, and its type."""

_MODELS = {
    "provider": "string",
    "account": "string",
    "model": "string",
    "name": "string",
    "chat": "bool",
    "context": "Int64",
    "max_output": "Int64",
    "can": "string",
    "retires": "string",
    "successor": "string",
}


def usage(ledger: Ledger) -> pd.DataFrame:
    """Return every attempt, a row each, the newest last.

    - `time`: UTC; `ttft` (to the first token), `duration`: seconds, NaN where not known
    - `input` (without cache), `output` (with reasoning), `cache_read`, `cache_write`, `reasoning`:
      tokens, <NA> where nobody said; `estimated`: whether some are our own estimate
    - `cost`: USD, NaN where the price is not known; `cost_source` says who says so
    - `tokens_per_s`: output over the whole duration
    - `call`: the same for all attempts of one call, of which `attempt` is the number
    """
    settle(ledger)
    columns = ", ".join(expression for expression, _ in _USAGE.values())
    query = f"SELECT {columns} FROM attempts ORDER BY started_at, id"  # noqa: S608 - our own words
    types = {name: kind for name, (_, kind) in _USAGE.items()}
    return _frame(ledger.run(query), types)


def models(provider: Provider, account: str, listed: Iterable[Listed]) -> pd.DataFrame:
    """Return the models that an account offers, a row each; <NA> where its list does not say.

    `chat` says whether the model is for conversations, as far as its name tells.
    `context` and `max_output` are tokens; `can` holds words such as "tools, vision".
    """
    rows = [
        (
            provider.key,
            account,
            model.id,
            model.name or None,
            provider.models.chats(model.id),
            model.context,
            model.max_output,
            None if model.can is None else ", ".join(model.can),
            model.retires,
            model.successor,
        )
        for model in listed
    ]
    return _frame(rows, _MODELS)


def _frame(rows: list[tuple[Any, ...]], types: dict[str, str]) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    named = zip(types.items(), columns, strict=True)
    return pd.DataFrame({name: _column(values, kind) for (name, kind), values in named})


def _column(values: tuple[Any, ...], kind: str) -> Any:
    if kind == "time":
        moments = np.array(values, dtype="int64").astype("datetime64[us]")
        return pd.Series(moments).dt.tz_localize("UTC")
    if kind in {"float64", "int64", "bool"}:
        return np.array(values, dtype=kind)
    return pd.Series(list(values), dtype=kind)
