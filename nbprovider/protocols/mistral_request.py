"""A call as Mistral's chat wants it: Chat Completions with other words for some things.

Source: mistralai 3.7.0, models `ChatCompletionRequest` and `ContentChunk`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from msgspec.structs import replace

from nbprovider.catalog import Endpoint
from nbprovider.protocols.media import address, base64
from nbprovider.protocols.openai_chat_request import MEDIA, body, posted
from nbprovider.types import Call, Media, Message, Part, Request, ToolCall, ToolResult

TOOL_ID = re.compile(r"[a-zA-Z0-9]{9}", re.ASCII)
"""What an id of a tool call looks like; older models refuse any other."""


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError, naming it, for an option or a part that cannot be sent.
    """
    messages = tuple(map(_with_short_ids, call.messages))
    fields = body(replace(call, messages=messages), endpoint.provider, _MEDIA, _MEDIA)
    if effort := fields.get("reasoning_effort"):
        # Models whose thinking can be switched know on and off only.
        fields["reasoning_effort"] = "none" if effort in ("none", "minimal") else "high"
    return posted(fields, endpoint)


def _with_short_ids(message: Message) -> Message:
    return replace(message, parts=tuple(map(_short, message.parts)))


def _short(part: Part) -> Part:
    """Return a part with an id that Mistral takes; a call and its result get the same one."""
    if not isinstance(part, ToolCall | ToolResult) or TOOL_ID.fullmatch(part.id):
        return part
    return replace(part, id=hashlib.sha256(part.id.encode()).hexdigest()[:9])


def _document(media: Media) -> dict[str, Any]:
    name = {"document_name": media.name} if media.name else {}
    return {"type": "document_url", "document_url": address(media), **name}


def _audio(media: Media) -> dict[str, Any]:
    by_address = media.url if media.data is None else None
    return {"type": "input_audio", "input_audio": by_address or base64(media)}


_MEDIA = {**MEDIA, "document": _document, "audio": _audio}
