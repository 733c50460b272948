"""Counts of Responses in our way of counting.

`input_tokens` holds what was read from and written to a cache, `output_tokens` holds reasoning.
"""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Quirks
from nbprovider.protocols.openai_chat_usage import cost, count
from nbprovider.protocols.openai_chat_usage import normalised as as_in_chat
from nbprovider.types import Usage

_CHAT = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}


def normalised(response: dict[str, Any], quirks: Quirks) -> Usage:
    """Return the usage that a final response tells, with its tier, cost and web searches."""
    told = response["usage"]
    beside = {
        "tier": response.get("service_tier"),
        "cost": cost(told, response),
        "searches": _searches(response),
    }
    renamed = {_CHAT.get(name, name): value for name, value in told.items()}
    extra = {name: value for name, value in beside.items() if value not in (None, 0, "")}
    return as_in_chat(renamed, quirks, extra)


def _searches(response: dict[str, Any]) -> int | None:
    """Return how often the web was searched: OpenAI's `tool_usage`, xAI's details."""
    hosted = _section(_section(response, "tool_usage"), "web_search")
    details = _section(response["usage"], "server_side_tool_usage_details")
    return count(hosted.get("num_requests")) or count(details.get("web_search_calls"))


def _section(told: dict[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
