"""What builders of requests share: a message's blocks, a call's arguments, what a tool gave."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.media import words_of
from nbprovider.types import Call, Citation, Media, Message, Part, Text, ToolResult

Wire = dict[str, Any]
Writers = Mapping[type[Any], Callable[[Any], Wire | None]]
"""Kind of part → what writes it; None where it is left out."""


def blocks(
    message: Message,
    provider: Provider,
    writers: Writers,
    cite: Callable[[list[Wire], Citation], None],
) -> list[Wire]:
    """Return a message's content, block by block; `cite` puts a citation on what is there.

    What only its own provider understands is left out when that is another one.
    """
    own = message.origin in ("", provider.key)
    content: list[Wire] = []
    for part in (message if own else message.portable()).parts:
        if isinstance(part, Citation):
            cite(content, part)
        elif wire := writers[type(part)](part):
            content.append(wire)
    return content


def turns(
    messages: Iterable[Message],
    written: Callable[[Message], list[Wire]],
    ordered: Callable[[list[Wire], str], list[Wire]],
) -> Iterator[Wire]:
    """Yield the turns of a conversation without its instructions, each with its role and content.

    Neighbours of one role are one turn; `ordered` puts its blocks in order.
    """
    said = (message for message in messages if message.role != "system")
    told = ((_role(message), written(message)) for message in said)
    for role, neighbours in groupby((one for one in told if one[1]), key=itemgetter(0)):
        content = [block for _, some in neighbours for block in some]
        yield {"role": role, "content": ordered(content, role)}


def _role(message: Message) -> str:
    return "assistant" if message.role == "assistant" else "user"


def chosen(call: Call) -> str:
    """Return the call's choice of tools.

    Raises UsageError for a tool that it does not have, and for one demanded where there are none.
    """
    choice, names = call.tool_choice, [tool.name for tool in call.tools]
    if choice not in {"auto", "none", "required", *names}:
        told = ", ".join(names) or "none"
        raise UsageError(f"tool_choice names the tool {choice!r}, but the tools are: {told}.")
    if choice == "required" and not names:
        raise UsageError("tool_choice is 'required', but the call has no tools.")
    return choice


def arguments(text: str) -> Wire:
    """Return arguments as an object; what another model wrote that is none is sent as its text."""
    try:
        value = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        value = None
    return value if isinstance(value, dict) else {"arguments": text}


def result_words(result: ToolResult, carried: Container[str] = ()) -> str:
    """Return what a tool gave as words, files of text included.

    That it failed is said in front, for protocols that have no other place for it. Media of the
    kinds that are `carried` are not spoken of.
    """
    said = "\n".join(filter(None, (_said(part, carried) for part in result.parts)))
    marked = not result.error or said.lower().startswith("error")
    return said if marked else f"Error: {said}"


def _said(part: Part, carried: Container[str]) -> str:
    if isinstance(part, Text):
        return part.text
    if not isinstance(part, Media):
        return ""
    if (words := words_of(part)) is not None:
        return words
    return "" if part.kind in carried else f"[{_title(part)}: in the next message]"


def _title(media: Media) -> str:
    return f"{media.kind} {media.name}" if media.name else media.kind


def handed_over(messages: Iterable[Message], carried: Container[str] = ()) -> Iterator[Message]:
    """Yield a conversation in which no tool's result holds media of other kinds than `carried`.

    They follow as a message of the user's, behind the results that stand together.
    """
    waiting: list[Part] = []
    for message in messages:
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        if waiting and not results:
            yield Message("user", tuple(waiting))
            waiting = []
        yield message
        for result in results:
            if media := [one for one in result.media if _is_left(one, carried)]:
                waiting += [Text(f"What the tool {result.name or result.id} gave:"), *media]
    if waiting:
        yield Message("user", tuple(waiting))


def _is_left(media: Media, carried: Container[str]) -> bool:
    return media.kind not in carried and words_of(media) is None


def every_medium(messages: Iterable[Message]) -> Iterator[Media]:
    """Yield the media of a conversation, those that tools gave included."""
    for message in messages:
        for part in message.parts:
            if isinstance(part, Media):
                yield part
            elif isinstance(part, ToolResult):
                yield from part.media
