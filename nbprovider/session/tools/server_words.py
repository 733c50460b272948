"""What an MCP server says, in our words: its tools, what they gave, why it failed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from nbprovider.session.tools.flat import flat
from nbprovider.session.tools.results import DONE, cut
from nbprovider.types import Media, Text, Tool, ToolResult
from nbprovider.types.parts import Given, MediaKind

_KINDS: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}


def declared(tool: Any, prefix: str = "") -> Tool:
    """Return an MCP tool as a model is told of it.

    Its name loses what no provider takes in one: dots, slashes, what is longer than 64 characters.
    """
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}{tool.name}")[:64]
    takes = flat(dict(tool.input_schema))
    takes.pop("$schema", None)
    return Tool(name, tool.description or tool.title or tool.name, takes)


def result(name: str, given: Any) -> ToolResult:
    """Return what an MCP tool gave: words, pictures and sounds, resources; or that it failed."""
    parts = tuple(part for one in given.content for part in _parts(one))
    structured = given.structured_content
    if not parts and structured is not None:
        parts = (Text(cut(msgspec.json.encode(structured).decode())),)
    return ToolResult("", name, parts or DONE, error=bool(given.is_error))


def _parts(content: Any) -> Iterator[Given]:
    match content.type:
        case "text":
            yield from _text(content.text)
        case "image" | "audio":
            data = base64.b64decode(content.data)
            yield Media(_KINDS[content.type], content.mime_type, data)
        case "resource_link":
            yield Text(f"{content.title or content.name}: {content.uri}")
        case "resource":
            yield from _resource(content.resource)
        case other:
            yield Text(f"[{other}, which cannot be told here]")


def _resource(resource: Any) -> Iterator[Given]:
    """Yield what a resource holds: its words, else a medium that models read."""
    if (text := getattr(resource, "text", None)) is not None:
        yield from _text(f"{resource.uri}:\n{text}")
        return
    mime = resource.mime_type or ""
    kind = "document" if mime == "application/pdf" else _KINDS.get(mime.partition("/")[0])
    if kind is None:
        yield Text(f"{resource.uri}: {mime or 'bytes'}, which a model cannot read")
    else:
        yield Media(kind, mime, base64.b64decode(resource.blob), name=str(resource.uri))


def _text(words: str) -> Iterator[Text]:
    if words:
        yield Text(cut(words))


def reason(error: BaseException) -> str:
    """Return why a server failed, in a line: of several errors at once, the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, FileNotFoundError):
        return "there is no such program"
    words = str(error).strip().splitlines()
    return words[0].rstrip(".") if words else type(error).__name__
