"""Output items of Responses: pieces as they stream, and each item's final form.

The final form says what no piece had said, and what the provider wants back with the item.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from nbprovider.protocols.openai_responses_state import CALLS, WIRE, Item, Place, State
from nbprovider.protocols.vetting import NONSENSE
from nbprovider.types import Delta, Extra, Media, Opaque, Part, Text, Thinking, ToolCall

Wire = dict[str, Any]
Settle = Callable[[Wire, Item, State], Iterator[Delta]]


class Spoken(Struct, frozen=True):
    """What an event says a piece of: a kind of item, a field of it, and where its number is.

    `words` is the event's field that holds the piece, or, when `whole`, all of it.
    """

    kind: str
    field: str
    number: str
    words: str = "delta"
    whole: bool = False


def _spoken(event: str, kind: str, field: str, number: str, words: str) -> dict[str, Spoken]:
    return {
        f"{event}.delta": Spoken(kind, field, number),
        f"{event}.done": Spoken(kind, field, number, words, whole=True),
    }


SPOKEN = {
    **_spoken("response.output_text", "message", "content", "content_index", "text"),
    **_spoken("response.refusal", "message", "content", "content_index", "refusal"),
    **_spoken("response.audio.transcript", "message", "transcript", "content_index", "transcript"),
    **_spoken("response.reasoning_summary_text", "reasoning", "summary", "summary_index", "text"),
    **_spoken("response.reasoning_summary", "reasoning", "summary", "summary_index", "text"),
    **_spoken("response.reasoning_text", "reasoning", "content", "content_index", "text"),
    **_spoken("response.reasoning", "reasoning", "content", "content_index", "text"),
    **_spoken("response.function_call_arguments", "function_call", "arguments", "", "arguments"),
    **_spoken("response.custom_tool_call_input", "custom_tool_call", "input", "", "input"),
}
"""Type of event → what it says a piece of."""

CALL_KEPT = ("namespace", "caller")
"""What of a function call besides its name and arguments goes back to the provider."""

THOUGHT_DROPPED = ("type", "status", "summary", "content")


def heard(payload: Wire, state: State) -> Iterator[Delta]:
    """Yield the piece of an item that an event tells; nothing for events that tell none."""
    spoken = SPOKEN.get(payload["type"])
    if spoken is None:
        return
    told = payload.get(spoken.words)
    words = told.get("text") if isinstance(told, dict) else told
    if not words:
        return
    item = state.item(payload, spoken.kind)
    if item.kind in CALLS and not item.name:
        return  # its final form has all of it, and the name
    place = (spoken.field, payload.get(spoken.number) or 0)
    state.refused = state.refused or payload["type"].startswith("response.refusal")
    yield from _said(str(words), item, place, state, whole=spoken.whole)


def settled(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    """Yield what an item's final form adds to what was heard of it."""
    if item.settled and item.pieces:
        return
    item.settled = True
    item.id = str(told.get("call_id") or told.get("id") or item.id)
    item.name = str(told.get("name") or item.name)
    yield from SETTLE.get(item.kind, _opaque)(told, item, state)


def _said(words: str, item: Item, place: Place, state: State, *, whole: bool) -> Iterator[Delta]:
    """Yield words of a piece: a few more of them, or the rest of all."""
    if whole and not words:
        return
    piece = item.piece(place, state)
    if whole:
        words = piece.rest(words)
    else:
        piece.words.append(words)
    if words:
        yield Delta(piece.at, MAKE[item.kind](words, item))


def _parts(told: Wire, field: str) -> list[Wire]:
    """Return the parts of a field that say something."""
    value = told.get(field)
    listed = [value] if isinstance(value, str) else value or ()
    parts = (part if isinstance(part, dict) else {"text": part} for part in listed)
    return [part for part in parts if _words(part)]


def _words(part: Wire) -> str:
    return str(part.get("text") or part.get("refusal") or "")


def _message(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    parts = _parts(told, "content")
    for number, part in enumerate(parts):
        state.refused = state.refused or bool(part.get("refusal"))
        yield from _said(_words(part), item, item.nth("content", number), state, whole=True)
        with suppress(*NONSENSE):
            for annotation in part.get("annotations") or ():
                state.cite(annotation)
    if phase := told.get("phase"):
        yield from _kept({"phase": phase}, item, Text)


def _reasoning(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    for field in ("summary", "content"):
        for number, part in enumerate(_parts(told, field)):
            words, place = _words(part), item.nth(field, number)
            # Some servers tell one text in both fields, or stream it in the other one.
            if place in item.pieces or words not in item.said():
                yield from _said(words, item, place, state, whole=True)
    kept = {
        name: value
        for name, value in told.items()
        if name not in THOUGHT_DROPPED and value is not None
    }
    if not item.pieces and kept.get("encrypted_content"):
        # There is nothing to read, but what is sealed goes back.
        item.piece(("summary", 0), state)
    yield from _kept(kept, item, Thinking)


def _kept(kept: Extra, item: Item, part: type[Text | Thinking]) -> Iterator[Delta]:
    """Yield what goes back with each piece of an item, and which field the piece is of."""
    for (field, _), piece in item.pieces.items():
        where = {"field": field} if part is Thinking else {}
        yield Delta(piece.at, part("", extra={WIRE: {**kept, **where}}))


def _call(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    field = "input" if item.kind == "custom_tool_call" else "arguments"
    kept = {name: told[name] for name in CALL_KEPT if told.get(name)}
    if item.kind != "function_call":
        kept["type"] = item.kind
    arguments = told.get(field)
    if arguments is not None and not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    is_new = (field, 0) not in item.pieces
    piece = item.piece((field, 0), state)
    rest = piece.rest(arguments or "")
    extra = {WIRE: kept} if kept else None
    if is_new or rest or extra:
        yield Delta(piece.at, ToolCall(item.id, item.name, rest, extra))


def _image(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    data = told.get("result")
    if not isinstance(data, str) or not data:
        yield from _opaque(told, item, state)
        return
    piece = item.piece(("result", 0), state)
    rest = {name: value for name, value in told.items() if name != "result"}
    mime = f"image/{told.get('output_format') or 'png'}"
    yield Delta(piece.at, Media("image", mime, b64decode(data), extra={WIRE: rest}))


def _opaque(told: Wire, item: Item, state: State) -> Iterator[Delta]:
    """Yield an item that only the provider understands: a hosted tool's call or its result."""
    yield Delta(item.piece(("", 0), state).at, Opaque(WIRE, told))


SETTLE: dict[str, Settle] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _call,
    "image_generation_call": _image,
}
"""Kind of item → how its final form is said; other kinds are the provider's own affair."""

MAKE: dict[str, Callable[[str, Item], Part]] = {
    "message": lambda words, _: Text(words),
    "reasoning": lambda words, _: Thinking(words),
    "function_call": lambda words, item: ToolCall(item.id, item.name, words),
    "custom_tool_call": lambda words, item: ToolCall(item.id, item.name, words),
}
