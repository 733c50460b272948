"""The parts of a message as Anthropic's content blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.protocols import content
from nbprovider.protocols.content import Wire
from nbprovider.protocols.media import base64
from nbprovider.types import (
    Citation,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})

CALL_FIELDS = ("caller", "cache_control")
"""What of a tool call's extra Anthropic takes back."""

TEXT_FIELDS = ("cache_control",)
RESULT_FIELDS = ("cache_control",)
MEDIA_FIELDS = ("cache_control", "citations", "context")
"""What of a text's, a result's or a medium's extra becomes a field of its block."""


def blocks(message: Message, provider: Provider) -> list[Wire]:
    """Return the message's content.

    What only its own provider understands is left out when that is another one, or when it bears
    no signature. Raises UsageError, naming it, for a medium that cannot be carried.
    """
    return content.blocks(message, provider, WRITERS, _cite)


def _cite(told: list[Wire], part: Citation) -> None:
    """Put a citation of Anthropic's own back on the text that it came with."""
    wire = part.extra or {}
    text = next((block for block in reversed(told) if block["type"] == "text"), None)
    if text is not None and str(wire.get("type")).endswith("_location"):
        text.setdefault("citations", []).append(wire)


def _text(part: Text) -> Wire | None:
    """Return the text; Anthropic refuses one that is blank."""
    if not part.text.strip():
        return None
    return {"type": "text", "text": part.text, **_kept(part, TEXT_FIELDS)}


def _kept(part: Text | Media | ToolCall | ToolResult, names: tuple[str, ...]) -> Wire:
    return {key: value for key, value in (part.extra or {}).items() if key in names}


def _thinking(part: Thinking) -> Wire | None:
    """Return the thought as it came; without its signature it would be refused."""
    if not part.signature:
        return None
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _opaque(part: Opaque) -> Wire | None:
    return part.extra if part.protocol == "anthropic" else None


def _tool_call(part: ToolCall) -> Wire:
    name = {"id": _id(part.id, part.name), "name": part.name}
    kept = _kept(part, CALL_FIELDS)
    return {"type": "tool_use", **name, "input": content.arguments(part.arguments), **kept}


def _tool_result(part: ToolResult) -> Wire:
    result = {"type": "tool_result", "tool_use_id": _id(part.id, part.name)}
    error = {"is_error": True} if part.error else {}
    return {**result, "content": _given(part), **error, **_kept(part, RESULT_FIELDS)}


def _given(part: ToolResult) -> str | list[Wire]:
    """Return what a tool gave: words, or blocks of text, images, documents and search results."""
    if isinstance(part.content, str):
        return part.content
    return [wire for one in part.content if (wire := WRITERS[type(one)](one))]


def _id(given: str, name: str) -> str:
    """Return the id in the letters that Anthropic allows, whoever made it."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", given or name)


def _media(part: Media) -> Wire:
    if part.kind == "image" and (part.data is None or part.mime in IMAGES):
        return {"type": "image", "source": _source(part), **_kept(part, MEDIA_FIELDS)}
    if part.kind == "document":
        title = {"title": part.name} if part.name else {}
        kept = _kept(part, MEDIA_FIELDS)
        return {"type": "document", "source": _document(part), **title, **kept}
    raise UsageError(
        f"Anthropic's protocol carries no {part.kind} of the type {part.mime}.",
        hint="It takes JPEG, PNG, GIF and WebP images, PDF and plain text.",
    )


def _source(part: Media) -> Wire:
    if part.data is None and part.url:
        return {"type": "url", "url": part.url}
    return {"type": "base64", "media_type": part.mime, "data": base64(part)}


def _document(part: Media) -> Wire:
    if part.mime == "application/pdf":
        return _source(part)
    if part.mime.startswith("text/") and part.data is not None:
        words = part.data.decode("utf-8", "replace")
        return {"type": "text", "media_type": "text/plain", "data": words}
    raise UsageError(
        f"Anthropic's protocol carries no document of the type {part.mime}.",
        hint="Give it as a PDF, or as plain text with its bytes.",
    )


WRITERS: dict[type[Part], Callable[[Any], Wire | None]] = {
    Text: _text,
    Thinking: _thinking,
    Opaque: _opaque,
    ToolCall: _tool_call,
    ToolResult: _tool_result,
    Media: _media,
}
