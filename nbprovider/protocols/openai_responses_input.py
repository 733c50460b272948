"""A conversation as input items of Responses.

Ids of messages and calls are not sent: nothing is stored under them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.content import result_words
from nbprovider.protocols.media import address, base64, data_url, words_of
from nbprovider.protocols.openai_chat_request import detail
from nbprovider.protocols.openai_responses_state import WIRE
from nbprovider.protocols.options import refused
from nbprovider.types import (
    Call,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

Wire = dict[str, Any]

AUDIO = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/x-wav": "wav", "audio/wave": "wav"}
THOUGHTS = {"summary": "summary_text", "content": "reasoning_text"}
"""Field of a reasoning item → the type of what is in it."""


def instructions(call: Call) -> Wire:
    """Return the `instructions`: what the system says before anybody else speaks."""
    words = [message.text for message in call.messages[: _opening(call)]]
    return {"instructions": "\n\n".join(words)} if any(words) else {}


def items(call: Call, provider: Provider) -> list[Wire]:
    """Return the conversation after its instructions.

    Raises UsageError, naming it, for a medium that cannot be carried.
    """
    custom = {
        part.id
        for message in call.messages
        for part in message.parts
        if isinstance(part, ToolCall) and _is_custom(part)
    }
    rest = call.messages[_opening(call) :]
    said = [item for message in rest for item in _items(message, custom, provider)]
    stored = (call.extra or {}).get("store") is True
    return [item for item in said if _can_be_read(item, stored=stored)]


def _can_be_read(item: Wire, *, stored: bool) -> bool:
    """Say whether an item tells all; reasoning may be named by its id where it is stored."""
    if item["type"] != "reasoning" or item.get("content") or item.get("encrypted_content"):
        return True
    return stored and "id" in item


def _opening(call: Call) -> int:
    """Return how many messages of the system come before all others; none when nobody else does.

    None either where JSON is asked for: OpenAI wants the word among the input, and looks nowhere
    else.
    """
    if call.options.json:
        return 0
    roles = [message.role for message in call.messages]
    return next((n for n, role in enumerate(roles) if role != "system"), 0)


def _items(message: Message, custom: set[str], provider: Provider) -> Iterator[Wire]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            kind = "custom_tool_call_output" if part.id in custom else "function_call_output"
            yield {"type": kind, "call_id": part.id, "output": _given(part, provider)}
    if message.role == "assistant":
        yield from _assistant(message)
        return
    content = [_content(p, provider) for p in message.parts if isinstance(p, Text | Media)]
    if content:
        role = provider.quirks.system_role if message.role == "system" else "user"
        yield {"type": "message", "role": role, "content": content}


def _given(result: ToolResult, provider: Provider) -> str | list[Wire]:
    """Return what a tool gave: words, or text, images and files in their order."""
    if not result.media:
        return result_words(result)
    failed = [Text("Error:")] if result.error else []
    parts = (part for part in result.parts if isinstance(part, Text | Media))
    return [_content(part, provider) for part in (*failed, *parts)]


def _content(part: Text | Media, provider: Provider) -> Wire:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    if (words := words_of(part)) is not None:
        return {"type": "input_text", "text": words}
    if part.kind not in MEDIA:
        raise refused(part.kind, provider)
    return MEDIA[part.kind](part)


def _image(media: Media) -> Wire:
    look = {"detail": "auto", **detail(media)}
    return {"type": "input_image", "image_url": address(media), **look}


def _audio(media: Media) -> Wire:
    sort = AUDIO.get(media.mime, media.mime.partition("/")[2])
    return {"type": "input_audio", "input_audio": {"data": base64(media), "format": sort}}


def _document(media: Media) -> Wire:
    if media.url and media.data is None:
        return {"type": "input_file", "file_url": media.url}
    name = media.name or "document.pdf"
    return {"type": "input_file", "filename": name, "file_data": data_url(media)}


MEDIA: dict[str, Callable[[Media], Wire]] = {
    "image": _image,
    "audio": _audio,
    "document": _document,
}


def _assistant(message: Message) -> list[Wire]:
    """Return what the model said, item by item.

    Thought that nothing follows is left out: OpenAI takes it only before what it led to.
    """
    ours = (part for part in message.parts if type(part) in SAID)
    said = [item for key, parts in groupby(ours, _item) for item in SAID[key[0]](parts)]
    while said and said[-1]["type"] == "reasoning":
        said.pop()
    return said


def _item(part: Part) -> tuple[type[Part], Any]:
    """Return what parts of one item have in common: words of one phase, thoughts of one id."""
    if isinstance(part, Text):
        return Text, _kept(part).get("phase")
    if isinstance(part, Thinking):
        return Thinking, _kept(part).get("id") or _kept(part).get("encrypted_content")
    return type(part), id(part)


def _kept(part: Text | Thinking | ToolCall | Media) -> Wire:
    kept = (part.extra or {}).get(WIRE)
    return kept if isinstance(kept, dict) else {}


def _words(parts: Iterator[Any]) -> Iterator[Wire]:
    texts = list(parts)
    if text := "".join(part.text for part in texts):
        phase = _kept(texts[0]).get("phase")
        also = {"phase": phase} if phase else {}
        yield {"type": "message", "role": "assistant", "content": text, **also}


def _thought(parts: Iterator[Any]) -> Iterator[Wire]:
    """Yield the reasoning of one item."""
    pieces = list(parts)
    kept = _kept(pieces[-1])
    fields: Wire = {"summary": [], "content": []}
    for piece in pieces:
        field = _kept(piece).get("field")
        if piece.text and field in THOUGHTS:
            fields[field].append({"type": THOUGHTS[field], "text": piece.text})
    if not fields["content"]:
        del fields["content"]
    rest = {name: value for name, value in kept.items() if name != "field"}
    yield {"type": "reasoning", **rest, **fields}


def _is_custom(call: ToolCall) -> bool:
    return _kept(call).get("type") == "custom_tool_call"


def _called(parts: Iterator[Any]) -> Iterator[Wire]:
    for call in parts:
        name: Wire = {"type": "function_call", "call_id": call.id, "name": call.name}
        custom = {"input": call.arguments}
        said = custom if _is_custom(call) else {"arguments": call.arguments or "{}"}
        yield {**name, **_kept(call), **said}


def _made(parts: Iterator[Any]) -> Iterator[Wire]:
    """Yield an image as the call that made it; others' images are no words of the model's."""
    for media in parts:
        if kept := _kept(media):
            yield {**kept, "result": base64(media)}


def _opaque(parts: Iterator[Any]) -> Iterator[Wire]:
    for part in parts:
        if isinstance(part, Opaque) and part.protocol == WIRE:
            yield part.extra


SAID: dict[type[Part], Callable[[Iterator[Any]], Iterator[Wire]]] = {
    Text: _words,
    Thinking: _thought,
    ToolCall: _called,
    Media: _made,
    Opaque: _opaque,
}
