"""The answers of several models to one question, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

TYPES = {
    "model": "string",
    "text": "string",
    "status": "string",
    "cost": "float64",
    "ttft": "float64",
    "duration": "float64",
    "tokens_per_s": "float64",
    "input": "Int64",
    "output": "Int64",
    "cost_source": "string",
    "finish": "string",
    "served": "string",
    "error": "string",
}
"""Column → its type; the words and units are those of the usage table."""


def compared(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return the answers, a row a model, in the order in which they were named."""
    from nbprovider.ledger import frames

    return frames.framed(rows, TYPES)
