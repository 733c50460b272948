"""Replies of OpenAI's Responses, written by hand: events in, events out."""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Provider, Quirks
from nbprovider.protocols import openai_responses
from nbprovider.types import Call, Message, Text

HELLO = (Message("user", (Text("Hello?"),)),)


def someone(**quirks: Any) -> Provider:
    return Provider("someone", "Someone", "openai_responses", quirks=Quirks(**quirks))


def stream(*events: dict[str, Any], done: bool = False, **quirks: Any) -> list[Any]:
    state = openai_responses.State(Call("m", HELLO), someone(**quirks))
    said = [event for payload in events for event in openai_responses.events(payload, state)]
    state.done = done
    return said + list(openai_responses.close(state))


def whole(body: dict[str, Any], **quirks: Any) -> list[Any]:
    state = openai_responses.State(Call("m", HELLO, stream=False), someone(**quirks))
    return [*openai_responses.whole(body, state), *openai_responses.close(state)]


def response(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"object": "response", "status": status, "output": list(output), **more}


def end(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": response(*output, status=status, **more)}


def added(index: int, **item: Any) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, **item: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def delta(kind: str, words: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": index, "delta": words, **more}


def message(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": more.pop("annotations", [])}]
    return {"type": "message", "role": "assistant", "content": content, **more}
