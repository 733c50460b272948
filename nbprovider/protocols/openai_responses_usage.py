"""Counts of Responses in our way of counting.

`input_tokens` holds what was read from and written to a cache, `output_tokens` holds reasoning.
"""

from __future__ import annotations

from collections.abc import Iterator
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
        "file_searches": len(list(_calls(response, "file_search_call"))),
    }
    renamed = {_CHAT.get(name, name): value for name, value in told.items()}
    extra = {
        name: value for name, value in beside.items() if value or (name == "cost" and value == 0)
    }
    return as_in_chat(renamed, quirks, extra)


def _searches(response: dict[str, Any]) -> int | None:
    """Return how often the web was searched: OpenAI's `tool_usage`, xAI's details, or the calls.

    A call may also open a page that was found, which is no search.
    """
    hosted = _section(_section(response, "tool_usage"), "web_search")
    details = _section(response["usage"], "server_side_tool_usage_details")
    counted = count(hosted.get("num_requests"))
    if counted is None:
        counted = count(details.get("web_search_calls"))
    return sum(map(_is_search, _calls(response, "web_search_call"))) if counted is None else counted


def _calls(response: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the calls of a hosted tool."""
    output = response.get("output")
    items = output if isinstance(output, list) else []
    yield from (item for item in items if isinstance(item, dict) and item.get("type") == kind)


def _is_search(call: dict[str, Any]) -> bool:
    return bool(_section(call, "action").get("type", "search") == "search")


def _section(told: dict[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
