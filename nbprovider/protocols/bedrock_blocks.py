"""The parts of a message as Converse's content blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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

LONGEST_ID = 64
LONGEST_NAME = 200

FORMATS: dict[str, dict[str, str]] = {
    "image": {
        "image/png": "png",
        "image/jpeg": "jpeg",
        "image/gif": "gif",
        "image/webp": "webp",
    },
    "document": {
        "application/pdf": "pdf",
        "text/csv": "csv",
        "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "text/html": "html",
        "text/plain": "txt",
        "text/markdown": "md",
    },
    "video": {
        "video/x-matroska": "mkv",
        "video/quicktime": "mov",
        "video/mp4": "mp4",
        "video/webm": "webm",
        "video/x-flv": "flv",
        "video/mpeg": "mpeg",
        "video/x-ms-wmv": "wmv",
        "video/3gpp": "three_gp",
    },
    "audio": {
        "audio/mpeg": "mp3",
        "audio/mp3": "mp3",
        "audio/wav": "wav",
        "audio/x-wav": "wav",
        "audio/wave": "wav",
        "audio/opus": "opus",
        "audio/aac": "aac",
        "audio/flac": "flac",
        "audio/ogg": "ogg",
        "audio/mp4": "mp4",
        "audio/x-m4a": "m4a",
        "audio/webm": "webm",
    },
}
"""Kind of medium → MIME type → Converse's word for it."""

MEDIA_FIELDS = ("citations", "context")
"""What of a document's extra becomes a field of its block."""


def blocks(message: Message, provider: Provider) -> list[Wire]:
    """Return the message's content.

    What only its own provider understands is left out when that is another one, or when it bears
    no signature. Raises UsageError, naming it, for a medium that cannot be carried.
    """
    return content.blocks(message, provider, WRITERS, _cite)


def distinct(messages: Iterable[Wire]) -> None:
    """Give documents of one name numbers: Bedrock refuses a conversation that has a name twice."""
    seen: dict[str, int] = {}
    every = (block for one in messages for block in _with_inner(one["content"]))
    for document in (block["document"] for block in every if _named(block)):
        name = document["name"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            document["name"] = f"{name} [{seen[name]}]"


def _with_inner(told: list[Wire]) -> Iterator[Wire]:
    """Yield blocks, and those that are in the results of tools."""
    for block in told:
        yield block
        yield from block.get("toolResult", {}).get("content") or ()


def _named(block: Wire) -> bool:
    return "name" in block.get("document", {})


def _cite(told: list[Wire], part: Citation) -> None:
    """Put a citation of Bedrock's own back on the text that it came with."""
    wire = part.extra or {}
    last = told[-1] if told else {}
    if "location" not in wire and "sourceContent" not in wire:
        return
    if "text" in last:
        told[-1] = {"citationsContent": {"content": [last], "citations": [wire]}}
    elif "citationsContent" in last:
        last["citationsContent"]["citations"].append(wire)


def _text(part: Text) -> Wire | None:
    """Return the text; Bedrock refuses one that is blank."""
    return {"text": part.text} if part.text.strip() else None


def _thinking(part: Thinking) -> Wire | None:
    """Return the thought as it came; without its signature it would be refused."""
    if not part.signature:
        return None
    thought = {"text": part.text, "signature": part.signature}
    return {"reasoningContent": {"reasoningText": thought}}


def _opaque(part: Opaque) -> Wire | None:
    return part.extra if part.protocol == "bedrock" else None


def _tool_call(part: ToolCall) -> Wire:
    kind = {key: value for key, value in (part.extra or {}).items() if key == "type"}
    call = {"toolUseId": _id(part.id, part.name), "name": part.name}
    return {"toolUse": {**call, "input": content.arguments(part.arguments), **kind}}


def _tool_result(part: ToolResult) -> Wire:
    given = [wire for one in part.parts if (wire := WRITERS[type(one)](one))]
    result = {"toolUseId": _id(part.id, part.name), "content": given}
    return {"toolResult": {**result, **({"status": "error"} if part.error else {})}}


def _id(given: str, name: str) -> str:
    """Return the id in the letters, and at the length, that Bedrock allows, whoever made it."""
    return re.sub(r"[^a-zA-Z0-9_.:-]", "_", given or name)[:LONGEST_ID]


def _media(part: Media) -> Wire:
    sort = FORMATS[part.kind].get(part.mime) or _otherwise(part)
    name = {"name": _name(part.name)} if part.kind == "document" else {}
    kept = {key: value for key, value in (part.extra or {}).items() if key in MEDIA_FIELDS}
    return {part.kind: {"format": sort, **name, "source": _source(part), **kept}}


def _otherwise(part: Media) -> str:
    """Return what stands in for a format that Converse has no word for: plain text."""
    if part.kind == "document" and part.mime.startswith("text/"):
        return "txt"
    known = ", ".join(sorted(set(FORMATS[part.kind].values())))
    raise UsageError(
        f"Bedrock's Converse carries no {part.kind} of the type {part.mime}.",
        hint=f"It takes {known}.",
    )


def _source(part: Media) -> Wire:
    if part.data is None and part.url and part.url.startswith("s3://"):
        return {"s3Location": {"uri": part.url}}
    return {"bytes": base64(part)}


def _name(given: str | None) -> str:
    """Return a document's name in the letters that Converse allows."""
    allowed = re.sub(r"[^a-zA-Z0-9\s()\[\]-]+", "-", given or "document")
    return re.sub(r"\s+", " ", allowed).strip()[:LONGEST_NAME] or "document"


WRITERS: dict[type[Part], Callable[[Any], Wire | None]] = {
    Text: _text,
    Thinking: _thinking,
    Opaque: _opaque,
    ToolCall: _tool_call,
    ToolResult: _tool_result,
    Media: _media,
}
