"""How OpenAI is told to keep a prompt: for how long, and under which key.

Wire facts: OpenAI's API reference for Responses and Chat Completions, late 2026. Requests with the
same beginning find each other's cache by their key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.types import Cache, Call

FIELD = "prompt_cache_options"

RESPONSES: Mapping[Cache, str] = {"5m": "30m", "1h": "12h"}
CHAT: Mapping[Cache, str] = {"5m": "30m"}
"""How long to keep a prompt → the shortest time of OpenAI's that is as long."""


def caching(call: Call, spans: Mapping[Cache, str], provider: Provider) -> dict[str, Any]:
    """Return the fields that keep the prompt; none where the call does not ask for it.

    Raises UsageError for a time that no span is as long as.
    """
    wanted = call.options.cache
    if wanted is None:
        return {}
    if wanted not in spans:
        raise UsageError(
            f"{provider.name} cannot take the option 'cache' with {wanted!r} here.",
            hint=f"Use {' or '.join(map(repr, spans))}. Nothing was sent.",
        )
    return {FIELD: {"ttl": spans[wanted]}, "prompt_cache_key": _key(call)}


def _key(call: Call) -> str:
    """Return a name for what stays the same in a chat: its model, instructions and tools."""
    told = [message.text for message in call.messages if message.role == "system"]
    lasting = msgspec.json.encode([call.model, told, call.tools], order="deterministic")
    return f"nbprovider-{hashlib.sha256(lasting).hexdigest()[:32]}"
