"""Counts of Chat Completions in our way of counting.

`prompt_tokens` holds cached tokens and `completion_tokens` holds reasoning, says OpenAI. xAI adds
reasoning on top, which its total shows; behind some gateways cached tokens are left out, which
shows where there are more of them than of all input.
"""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Quirks
from nbprovider.types import Usage

_READ = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
_WRITTEN = ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")
_SEARCHES = ("num_search_queries", "web_search_requests")
_TICKS_PER_USD = 10_000_000_000


def normalised(told: dict[str, Any], quirks: Quirks, extra: dict[str, Any]) -> Usage:
    """Return the usage that a `usage` object tells; `extra` is what was told beside it."""
    prompt = _section(told, "prompt_tokens_details", "prompt_token_details")
    completion = _section(told, "completion_tokens_details", "completion_token_details")
    read, written = _first(_READ, prompt, told), _first(_WRITTEN, prompt, told)
    reasoning = _first(("reasoning_tokens",), completion, told)
    return Usage(
        _input(told, read or 0, written or 0, quirks),
        _output(told, reasoning or 0, quirks),
        read,
        written,
        reasoning,
        {**extra, **_extra(told, prompt, completion)} or None,
    )


def cost(told: dict[str, Any], payload: dict[str, Any]) -> float | None:
    """Return what the provider charges in USD, None when it does not say.

    OpenRouter and others `usage.cost`, Perplexity `usage.cost.total_cost`, DeepInfra
    `usage.estimated_cost`, xAI `usage.cost_in_usd_ticks`, Venice `cost.usd` beside the usage.
    """
    charged = told.get("cost")
    if isinstance(charged, dict):
        charged = charged.get("total_cost")
    beside = payload.get("cost")
    if charged is None and isinstance(beside, dict):
        charged = beside.get("usd")
    if charged is None:
        charged = told.get("estimated_cost")
    if told.get("is_byok"):
        return _with_own_key(_amount(charged), told)
    # No ticks are no price: Azure passes xAI's field on with a nought in it.
    ticks = _amount(told.get("cost_in_usd_ticks"))
    return ticks / _TICKS_PER_USD if charged is None and ticks else _amount(charged)


def _with_own_key(fee: float | None, told: dict[str, Any]) -> float | None:
    """Return OpenRouter's fee and what the user's own key is charged elsewhere, if that is told."""
    elsewhere = _amount(_section(told, "cost_details").get("upstream_inference_cost"))
    return None if elsewhere is None else (fee or 0.0) + elsewhere


def _section(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((told[name] for name in names if isinstance(told.get(name), dict)), {})


def _first(names: tuple[str, ...], *places: dict[str, Any]) -> int | None:
    counts = (count(place.get(name)) for place in places for name in names)
    return next((n for n in counts if n is not None), None)


def count(value: Any) -> int | None:
    """Return a count of tokens, None for what is none."""
    if type(value) is int:
        return max(value, 0)
    return int(value) if type(value) is float and 0 <= value < 2**53 else None


def _amount(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e15 else None  # noqa: PLR2004


def _input(told: dict[str, Any], read: int, written: int, quirks: Quirks) -> int | None:
    prompt = count(told.get("prompt_tokens"))
    if prompt is None or quirks.input_excludes_cache or read > prompt:
        return prompt
    return max(prompt - read - written, 0)


def _output(told: dict[str, Any], reasoning: int, quirks: Quirks) -> int | None:
    output = count(told.get("completion_tokens"))
    if output is None:
        return None
    total, prompt = count(told.get("total_tokens")), count(told.get("prompt_tokens")) or 0
    if total == prompt + output + reasoning:
        return output + reasoning
    apart = quirks.output_excludes_reasoning and (total != prompt + output or reasoning > output)
    return output + reasoning if apart else output


def _extra(
    told: dict[str, Any], prompt: dict[str, Any], completion: dict[str, Any]
) -> dict[str, Any]:
    kept = _section(prompt, "cache_write_tokens_details")
    hosted = _section(told, "server_tool_use_details", "server_tool_use")
    counts = {
        "cache_write_12h": count(kept.get("ttl_12h_tokens")),
        "searches": _first(_SEARCHES, hosted, told),
        "audio_input": count(prompt.get("audio_tokens")),
        "audio_output": count(completion.get("audio_tokens")),
    }
    return {name: n for name, n in counts.items() if n}
