"""Content of a chat completion: plain words, or chunks of several types.

Chunks are Mistral's (text, thinking, references, images) and those of gateways that pass other
vendors' content on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from nbprovider.protocols.media import from_url
from nbprovider.types import Citation, Media, Part, Text, Thinking


def parts(content: Any) -> Iterator[Part]:
    """Yield the parts that a delta's or a message's content holds."""
    if isinstance(content, dict):  # Cloudflare, asked for JSON, puts the value itself here
        content = msgspec.json.encode(content).decode()
    if isinstance(content, str):
        yield Text(content)
        return
    for chunk in content:
        yield from chunk_parts({"text": chunk} if isinstance(chunk, str) else chunk)


def chunk_parts(chunk: dict[str, Any]) -> Iterator[Part]:
    """Yield what one chunk holds: what it has says more than what type it says it is."""
    for name, read in _READERS.items():
        if told := chunk.get(name):
            yield from read(told, chunk)


def _thinking(told: Any, chunk: dict[str, Any]) -> Iterator[Part]:
    """Yield thoughts: words, or a list of chunks, among which may be what they rest on."""
    signature = chunk.get("signature") or None
    if isinstance(told, str):
        yield Thinking(told, signature)
        return
    inner = [part for one in told for part in chunk_parts(one)]
    words = "".join(part.text for part in inner if isinstance(part, Text))
    if words or signature:
        yield Thinking(words, signature)
    yield from (part for part in inner if isinstance(part, Citation))


def _text(told: Any, chunk: dict[str, Any]) -> Iterator[Part]:
    del chunk
    yield Text(str(told))


def _image(told: Any, chunk: dict[str, Any]) -> Iterator[Part]:
    del chunk
    media: Media | None = from_url(told, "image")
    if media:
        yield media


def _references(told: Any, chunk: dict[str, Any]) -> Iterator[Part]:
    """Yield the sources by the ids that the caller gave them in a tool's result."""
    del chunk
    yield from (Citation(str(id_)) for id_ in told)


def _tool_reference(told: Any, chunk: dict[str, Any]) -> Iterator[Part]:
    """Yield the page that a tool of Mistral's own found."""
    title, text = chunk.get("title") or "", chunk.get("description") or ""
    yield Citation(str(chunk.get("url") or title or told), str(text), str(title))


_READERS: dict[str, Callable[[Any, dict[str, Any]], Iterator[Part]]] = {
    "thinking": _thinking,
    "text": _text,
    "image_url": _image,
    "reference_ids": _references,
    "tool": _tool_reference,
}
