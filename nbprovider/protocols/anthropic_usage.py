"""Anthropic's counts, which are ours: what came from a cache and went to one is told apart.

Later reports of a stream override earlier ones; what they leave out stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbprovider.types import Report, Usage


def report(raw: Any) -> Iterator[Report]:
    """Yield the tokens that a `usage` object counts, if it is there."""
    if not raw:
        return
    created = raw.get("cache_creation") or {}
    extra = {
        "cost": raw.get("cost"),
        "cache_write_1h": created.get("ephemeral_1h_input_tokens") or None,
        "searches": (raw.get("server_tool_use") or {}).get("web_search_requests") or None,
        "tier": "fast" if raw.get("speed") == "fast" else raw.get("service_tier"),
        "region": "us" if raw.get("inference_geo") == "us" else None,
    }
    yield Report(
        Usage(
            raw.get("input_tokens"),
            raw.get("output_tokens"),
            raw.get("cache_read_input_tokens"),
            raw.get("cache_creation_input_tokens"),
            (raw.get("output_tokens_details") or {}).get("thinking_tokens"),
            {key: value for key, value in extra.items() if value is not None} or None,
        )
    )
