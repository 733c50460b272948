"""Anthropic's Messages: `POST /v1/messages`, server-sent events.

Wire facts: Anthropic's reference of the Messages API, version 2023-06-01.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nbprovider.errors import ProviderError
from nbprovider.protocols.anthropic_refusal import refusal
from nbprovider.protocols.anthropic_reply import State, close, events, whole
from nbprovider.protocols.anthropic_request import build, models
from nbprovider.protocols.contract import FramingName, Listed, Page
from nbprovider.protocols.faults import opened, unreadable

__all__ = [
    "FRAMING",
    "State",
    "build",
    "close",
    "error",
    "events",
    "models",
    "parse_models",
    "whole",
]

FRAMING: FramingName = "sse"

ABILITIES = {
    "image_input": "vision",
    "pdf_input": "documents",
    "thinking": "thinking",
    "structured_outputs": "schema",
}
"""Anthropic's words for what a model can do → ours."""


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that a refused request means."""
    return refusal(status, headers, opened(body)) or unreadable(status, headers, body)


def parse_models(payload: Any) -> Page:
    """Return the models of a list, and the last one's id where more follow."""
    found = tuple(_listed(entry) for entry in payload.get("data") or () if entry.get("id"))
    return Page(found, payload.get("last_id") if payload.get("has_more") else None)


def _listed(entry: dict[str, Any]) -> Listed:
    told = entry.get("capabilities")
    return Listed(
        entry["id"],
        entry.get("display_name") or "",
        entry.get("max_input_tokens"),
        entry.get("max_tokens"),
        None if told is None else tuple(_abilities(told)),
        entry.get("retires_at"),
    )


def _abilities(told: dict[str, Any]) -> Iterator[str]:
    """Yield our words for what a model can do; every one that Anthropic lists takes tools."""
    yield "tools"
    for name, ours in ABILITIES.items():
        if (told.get(name) or {}).get("supported"):
            yield ours
