"""Replies of Chat Completions, written by hand: chunks in, events out."""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Provider, Quirks
from nbprovider.protocols import openai_chat
from nbprovider.types import Call, Message, Text, Turn, fold

HELLO = (Message("user", (Text("Hello?"),)),)


def someone(**quirks: Any) -> Provider:
    return Provider("someone", "Someone", "openai_chat", quirks=Quirks(**quirks))


def stream(*chunks: dict[str, Any], done: bool = False, **quirks: Any) -> list[Any]:
    state = openai_chat.State(Call("m", HELLO), someone(**quirks))
    events = [event for chunk in chunks for event in openai_chat.events(chunk, state)]
    state.done = done
    return events + list(openai_chat.close(state))


def whole(body: dict[str, Any], **quirks: Any) -> list[Any]:
    state = openai_chat.State(Call("m", HELLO, stream=False), someone(**quirks))
    return [*openai_chat.whole(body, state), *openai_chat.close(state)]


def deltas(*several: dict[str, Any]) -> Turn:
    return fold(stream(*({"choices": [{"index": 0, "delta": delta}]} for delta in several)))


def end(raw: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": raw}]}


def piece(arguments: Any = "", **rest: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **{k: rest.pop(k) for k in ("name",) if k in rest}}
    return {**rest, "function": function}
