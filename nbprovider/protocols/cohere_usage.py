"""Cohere's counts in our way of counting.

`usage.tokens` counts the prompt as the model read it, cached tokens (`cached_tokens`) included,
and all that it wrote, reasoning included. `usage.billed_units` counts what is paid for, which is
less: the frame that Cohere puts around a prompt is free.
"""

from __future__ import annotations

from typing import Any

from nbprovider.protocols.openai_chat_usage import count
from nbprovider.types import Usage


def normalised(told: dict[str, Any]) -> Usage:
    """Return the usage that a `usage` object tells, in it what is billed under `extra`."""
    tokens, billed = told.get("tokens") or {}, told.get("billed_units") or {}
    read = count(told.get("cached_tokens"))
    paid = {
        "billed_input": count(billed.get("input_tokens")),
        "billed_output": count(billed.get("output_tokens")),
    }
    return Usage(
        _fresh(_either(tokens, billed, "input_tokens"), read or 0),
        _either(tokens, billed, "output_tokens"),
        read,
        None,
        count(tokens.get("reasoning_tokens")),
        {name: n for name, n in paid.items() if n is not None} or None,
    )


def _either(tokens: dict[str, Any], billed: dict[str, Any], name: str) -> int | None:
    told = count(tokens.get(name))
    return count(billed.get(name)) if told is None else told


def _fresh(total: int | None, read: int) -> int | None:
    return total if total is None or read > total else total - read
