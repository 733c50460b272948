"""What Cohere's chat says, event by event or all at once."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import ProviderError
from nbprovider.protocols.cohere_usage import normalised
from nbprovider.protocols.faults import fault
from nbprovider.protocols.openai_chat_errors import inside, shapeless
from nbprovider.protocols.openai_chat_tools import arguments_of
from nbprovider.protocols.vetting import beside
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Event,
    Finish,
    Opaque,
    Reason,
    Report,
    Served,
    Text,
    Thinking,
    ToolCall,
)

REASONS: dict[str, Reason] = {
    "": "stop",
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_LIMIT": "length",
    "ERROR_TOXIC": "refused",
}
FAILURES = {
    "ERROR": "The answer was broken off.",
    "TIMEOUT": "The answer took too long.",
}
"""Reasons to end that are no answer, and what is said of them where Cohere says nothing."""


class State:
    """What one reply remembers between events.

    `places` holds the index of the part at each of Cohere's own places; `plan` is what the model
    means to do with its tools.
    """

    def __init__(self, call: Call, provider: Provider) -> None:
        del provider  # all that speak this protocol say the same
        self.done = False
        self.model = call.model
        self.id = ""
        self.places: dict[tuple[str, Any], int] = {}
        self.calls: dict[int, ToolCall] = {}
        self.plan: list[str] = []
        self.free = 0

    def new(self) -> int:
        """Return the index of a new part."""
        self.free += 1
        return self.free - 1

    def place(self, kind: str, at: Any) -> int:
        """Return the index of the part of this kind that Cohere numbers `at`."""
        if (kind, at) not in self.places:
            self.places[kind, at] = self.new()
        return self.places[kind, at]


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one event of a stream says; raises ProviderError when it is an error."""
    kind = payload.get("type")
    if read := _READERS.get(kind):
        yield from read(payload, payload.get("delta") or {}, state)
    elif kind in (None, "error"):
        raise _told(payload) or shapeless(payload)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what the body of a reply that was not streamed says; raises like `events`."""
    message = payload.get("message") if isinstance(payload, dict) else None
    if not isinstance(message, dict):
        raise (_told(payload) if isinstance(payload, dict) else None) or shapeless(payload)
    yield from _started(payload, state)
    _planned(message.get("tool_plan"), state)
    for at, block in enumerate(_listed(message.get("content"))):
        yield from _block(block, at, state)
    for at, call in enumerate(_listed(message.get("tool_calls"))):
        yield from _called(call, at, state)
    yield from beside(_cited(message.get("citations"), state))
    yield from _ended(payload, state)


def close(state: State) -> Iterator[Event]:
    """Yield nothing: the last event says all that there is to say."""
    del state
    return iter(())


def _told(payload: dict[str, Any]) -> ProviderError | None:
    """Return the error that a payload without a type is, None when it is none."""
    if isinstance(payload.get("message"), str):
        return fault(None, payload.get("error_type"), payload["message"], detail=repr(payload))
    return inside(payload)


def _started(payload: dict[str, Any], state: State) -> Iterator[Event]:
    """Yield who answers: Cohere does not say, so it is the model that was asked."""
    state.id = str(payload.get("id") or "")
    yield Served(state.model, state.id or None)


def _message(delta: dict[str, Any], name: str) -> Any:
    return (delta.get("message") or {}).get(name)


def _listed(told: Any) -> list[Any]:
    """Return what is one thing in a stream and a list in a whole reply, as a list."""
    if isinstance(told, str):
        return [{"text": told}] if told else []
    return [told] if isinstance(told, dict) else list(told or ())


def _content(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    for block in _listed(_message(delta, "content")):
        yield from _block(block, payload.get("index"), state)


def _block(block: dict[str, Any], at: Any, state: State) -> Iterator[Event]:
    if thought := block.get("thinking"):
        yield Delta(state.place("thinking", at), Thinking(thought))
    if text := block.get("text"):
        yield Delta(state.place("text", at), Text(text))


def _plan(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    del payload
    _planned(_message(delta, "tool_plan"), state)
    return iter(())


def _planned(words: Any, state: State) -> None:
    if words:
        state.place("plan", 0)
        state.plan.append(str(words))


def _calls(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    for call in _listed(_message(delta, "tool_calls")):
        yield from _called(call, payload.get("index"), state)


def _called(call: dict[str, Any], at: Any, state: State) -> Iterator[Event]:
    """Yield a call, or a piece of the arguments of one that has begun."""
    function = call.get("function") or {}
    place = state.place("call", at)
    piece = arguments_of(function)
    if known := state.calls.get(place):
        if piece:
            yield Delta(place, ToolCall(known.id, known.name, piece))
        return
    made_up = f"call_{zlib.crc32(state.id.encode()):08x}_{len(state.calls)}"
    begun = ToolCall(call.get("id") or made_up, function.get("name") or "", piece)
    state.calls[place] = begun
    yield Delta(place, begun)


def _citations(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    del payload
    yield from beside(_cited(_message(delta, "citations"), state))


def _cited(told: Any, state: State) -> Iterator[Event]:
    """Yield each source with each statement that rests on it."""
    for citation in _listed(told):
        for source in citation.get("sources") or ():
            said = source.get("tool_output") or source.get("document")
            said = said if isinstance(said, dict) else {}
            place = said.get("url") or said.get("id") or source.get("id") or ""
            title = said.get("title") or ""
            part = Citation(str(place), str(citation.get("text") or ""), str(title))
            yield Delta(state.new(), part)


def _end(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    del payload
    yield from _ended(delta, state)


def _ended(told: dict[str, Any], state: State) -> Iterator[Event]:
    """Yield the plan, the counts and the reason to end; raise where that is a failure.

    The plan is neither answer nor thought; it is kept because Cohere wants it back.
    """
    if state.plan:
        plan = Opaque("cohere", {"tool_plan": "".join(state.plan)})
        yield Delta(state.place("plan", 0), plan)
    if usage := told.get("usage"):
        yield from beside(_counted(usage))
    raw = str(told.get("finish_reason") or "")
    failure = told.get("error") or FAILURES.get(raw.upper())
    if failure:
        raise fault(None, told.get("error_type") or raw, str(failure), detail=repr(told))
    reason = REASONS.get(raw.upper(), "other")
    yield Finish("tool_calls" if state.calls and reason == "stop" else reason, raw)


def _counted(usage: dict[str, Any]) -> Iterator[Event]:
    yield Report(normalised(usage))


def _start(payload: dict[str, Any], delta: dict[str, Any], state: State) -> Iterator[Event]:
    del delta
    yield from _started(payload, state)


_READERS: dict[str | None, Callable[[dict[str, Any], dict[str, Any], State], Iterator[Event]]] = {
    "message-start": _start,
    "content-start": _content,
    "content-delta": _content,
    "tool-plan-delta": _plan,
    "tool-call-start": _calls,
    "tool-call-delta": _calls,
    "citation-start": _citations,
    "message-end": _end,
}
"""Event → its reader; of the others (ends of blocks, `debug`) nothing is to be said."""
