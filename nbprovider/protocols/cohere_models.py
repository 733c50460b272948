"""Cohere's list of models."""

from __future__ import annotations

from typing import Any

from nbprovider.errors import Unavailable
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.openai_chat_usage import count

_CAN = {
    "chat": "chat",
    "embed": "embedding",
    "embed_image": "embedding",
    "rerank": "rerank",
    "classify": "classification",
    "tools": "tools",
    "vision": "vision",
    "reasoning": "thinking",
}
"""Endpoints and features → our words."""


def parse_models(payload: Any) -> Page:
    """Return the models of one page; raises Unavailable for what is no such list."""
    listed = payload.get("models") if isinstance(payload, dict) else None
    if not isinstance(listed, list):
        raise Unavailable(
            "The server's list of models has an unknown shape.",
            hint="Check the account's base URL.",
            detail=repr(payload)[:300],
        )
    found = (_listed(item) for item in listed if isinstance(item, dict) and item.get("name"))
    return Page(tuple(found), payload.get("next_page_token") or None)


def _listed(item: dict[str, Any]) -> Listed:
    endpoints, features = item.get("endpoints"), item.get("features")
    words = [*(endpoints or ()), *(features or ())]
    told = endpoints is not None or features is not None
    return Listed(
        item["name"],
        context=count(item.get("context_length")) or None,
        can=tuple(sorted({_CAN[word] for word in words if word in _CAN})) if told else None,
        retires="deprecated" if item.get("is_deprecated") else None,
    )
