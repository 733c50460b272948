"""A message as the store keeps it: JSON without secrets, its media apart, its words to look for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider.credentials import redact
from nbprovider.credentials.redaction import without_known
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

Change = Callable[[int, Media], Media | Text]


class Written(Struct, frozen=True):
    """A message in pieces: JSON, the words in it, and place → bytes of its media.

    A place is a number among all media of the message, those in tool results too.
    """

    json: str
    words: str
    media: dict[int, bytes]


def write(message: Message) -> Written:
    """Return the message as it is kept: known secrets and key-shaped words are taken out.

    What only a provider understands keeps its key-shaped words: a signature may look like one.
    Bytes of media are kept as they are.
    """
    clean = replace(message, parts=tuple(map(_clean, message.parts)))
    media: dict[int, bytes] = {}
    bare = _each_medium(clean, lambda place, medium: _taken(media, place, medium))
    text = msgspec.json.encode(bare, enc_hook=str).decode()
    return Written(_without_secrets(text, clean), _words(clean), media)


def read(text: str, media: Mapping[int, bytes | None]) -> Message:
    """Return the message that was kept, with its media; None for one whose bytes are lost.

    Raises msgspec.DecodeError for what is none.
    """
    bare = msgspec.json.decode(text, type=Message)
    return _each_medium(bare, lambda place, one: _given(one, media, place))


def _given(medium: Media, media: Mapping[int, bytes | None], place: int) -> Media | Text:
    if place not in media:
        return medium
    data = media[place]
    if data is None:  # a model can be sent no file without bytes, but it can be told
        return Text(f"[{medium.name or medium.kind}: lost from the store]")
    return replace(medium, data=data)


def _taken(media: dict[int, bytes], place: int, medium: Media) -> Media:
    if not medium.data:
        return medium
    media[place] = medium.data
    return replace(medium, data=None)


def _each_medium(message: Message, change: Change) -> Message:
    """Return the message with each of its media changed; a place is given in reading order."""
    places = count()

    def changed(part: Part) -> Part:
        if isinstance(part, Media):
            return change(next(places), part)
        if isinstance(part, ToolResult) and not isinstance(part.content, str):
            given = tuple(
                change(next(places), one) if isinstance(one, Media) else one for one in part.content
            )
            return replace(part, content=given)
        return part

    return replace(message, parts=tuple(map(changed, message.parts)))


def _clean(part: Part) -> Part:
    """Return the part without what looks like a key in its words."""
    match part:
        case Text(text=text):
            return replace(part, text=redact(text))
        case Thinking(text=text):
            clean = redact(text)
            return part if clean == text else Thinking(clean)  # its signature would be a lie
        case ToolCall(arguments=arguments):
            return replace(part, arguments=_clean_json(arguments))
        case ToolResult(content=content) if isinstance(content, str):
            return replace(part, content=redact(content))
        case ToolResult(content=content):
            return replace(part, content=tuple(_clean(cast("Part", one)) for one in content))
        case Citation():
            told = (redact(part.source), redact(part.text), redact(part.title))
            return Citation(*told, part.extra)
        case Media(url=url) if url and not url.startswith("data:"):
            return replace(part, url=redact(url))
        case _:
            return part


def _clean_json(text: str) -> str:
    """Return JSON text without what looks like a key; where that would end its sense, nothing."""
    clean = redact(text)
    if clean == text or not _is_json(text) or _is_json(clean):
        return clean
    return "{}"


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _without_secrets(text: str, message: Message) -> str:
    """Return a message's JSON without the secrets that we know, wherever they stand in it."""
    clean = without_known(text)
    if clean == text or _is_message(clean):
        return clean
    bare = Message(message.role, (Text(_words(message)),), message.origin)
    return msgspec.json.encode(bare).decode()


def _is_message(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=Message)
    except msgspec.DecodeError:
        return False
    return True


def _words(message: Message) -> str:
    told = "\n".join(filter(None, (word for part in message.parts for word in _of(part))))
    return without_known(told).replace("\0", " ")


def _of(part: Part) -> Iterator[str]:
    """Yield what a search finds of a part; what is not shown is not found either."""
    match part:
        case Text(text=text):
            yield text
        case ToolCall(name=name, arguments=arguments):
            yield from (name, arguments)
        case ToolResult():
            yield from (part.name, part.text)
        case Citation(source=source, title=title, text=text):
            yield from (title, text, source)
        case Media(name=name):
            yield name or ""
        case Thinking() | Opaque():
            return
