"""What Anthropic's Messages say, streamed or whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.protocols.anthropic_refusal import refusal
from nbprovider.protocols.anthropic_usage import report
from nbprovider.protocols.vetting import beside
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Event,
    Finish,
    Opaque,
    Reason,
    Served,
    Text,
    Thinking,
    ToolCall,
)

REASONS: dict[str, Reason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "compaction": "pause",
    "refusal": "refused",
}


class _Block:
    """A content block between its start and its stop; `index` is the part's place in our turn."""

    __slots__ = ("index", "json", "kind", "wire")

    def __init__(self, index: int, wire: dict[str, Any]) -> None:
        self.index = index
        self.kind: str = wire.get("type") or "text"
        self.wire = {**wire}
        self.json: list[str] = []


class State:
    """What one reply needs remembered: its open blocks, by their index on the wire."""

    def __init__(self, call: Call, provider: Provider) -> None:
        del call, provider  # nothing of them changes how a reply is read
        self.done = False
        self.id: str | None = None
        self.open: dict[int, _Block] = {}
        self.used = 0
        self.called = False
        self.ended = False

    def place(self) -> int:
        """Return the next free place in the turn."""
        self.used += 1
        return self.used - 1

    def block(self, index: int, kind: str) -> _Block:
        """Return the open block; a relay may have left out its start."""
        block = self.open.get(index)
        if block is None or block.kind != kind:
            block = self.open[index] = _Block(self.place(), {"type": kind})
        return block


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one event of the stream says; unknown ones say nothing.

    Raises ProviderError for an error event.
    """
    return _EVENTS.get(payload.get("type"), _otherwise)(payload, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what a message that was not streamed says: the same as its stream would."""
    if payload.get("type") != "message" and not payload.get("content"):
        yield from events(payload, state)
        return
    yield from _served(payload, state)
    content = payload.get("content") or ()
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for index, block in enumerate(blocks):
        yield from _start({"index": index, "content_block": block}, state)
        yield from _stop({"index": index}, state)
    yield from beside(report(payload.get("usage")))
    yield from _end(payload.get("stop_reason"), state)


def close(state: State) -> Iterator[Event]:
    """Yield nothing: what is still open when the bytes end was cut off."""
    del state
    return iter(())


def _message_start(payload: Any, state: State) -> Iterator[Event]:
    message = payload.get("message") or {}
    yield from _served(message, state)
    yield from beside(report(message.get("usage")))


def _served(message: Any, state: State) -> Iterator[Event]:
    state.id = message.get("id")
    if model := message.get("model"):
        yield Served(model, state.id)


def _start(payload: Any, state: State) -> Iterator[Event]:
    wire = payload.get("content_block") or {}
    block = state.open[payload.get("index", 0)] = _Block(state.place(), wire)
    return _STARTS.get(block.kind, _hidden_start)(block, state)


def _text_start(block: _Block, state: State) -> Iterator[Event]:
    if text := block.wire.get("text"):
        yield Delta(block.index, Text(text))
    yield from beside(_citations(block.wire.get("citations") or (), state))


def _thinking_start(block: _Block, state: State) -> Iterator[Event]:
    del state
    text, signature = block.wire.get("thinking") or "", block.wire.get("signature") or None
    if text or signature:
        yield Delta(block.index, Thinking(text, signature))


def _tool_start(block: _Block, state: State) -> Iterator[Event]:
    state.called = True
    id_, name = block.wire.get("id") or "", block.wire.get("name") or ""
    caller = block.wire.get("caller")
    yield Delta(block.index, ToolCall(id_, name, "", {"caller": caller} if caller else None))


def _hidden_start(block: _Block, state: State) -> Iterator[Event]:
    """Take in a block that only Anthropic understands: it is told when it is complete."""
    if block.kind == "fallback" and (model := (block.wire.get("to") or {}).get("model")):
        yield Served(model, state.id)


def _delta(payload: Any, state: State) -> Iterator[Event]:
    delta = payload.get("delta") or {}
    return _DELTAS.get(delta.get("type"), _hidden_delta)(payload.get("index", 0), delta, state)


def _text(index: int, delta: Any, state: State) -> Iterator[Event]:
    if text := delta.get("text"):
        yield Delta(state.block(index, "text").index, Text(text))


def _thinking(index: int, delta: Any, state: State) -> Iterator[Event]:
    if text := delta.get("thinking"):
        yield Delta(state.block(index, "thinking").index, Thinking(text))


def _signature(index: int, delta: Any, state: State) -> Iterator[Event]:
    if signature := delta.get("signature"):
        yield Delta(state.block(index, "thinking").index, Thinking("", signature))


def _json(index: int, delta: Any, state: State) -> Iterator[Event]:
    block, piece = state.open.get(index), delta.get("partial_json")
    if block is None or not piece:
        return
    block.json.append(piece)
    if block.kind == "tool_use":
        yield Delta(block.index, ToolCall("", "", piece))


def _citation(index: int, delta: Any, state: State) -> Iterator[Event]:
    del index
    yield from beside(_citations([delta.get("citation")], state))


def _hidden_delta(index: int, delta: Any, state: State) -> Iterator[Event]:
    """Add what the delta brings to the block that only Anthropic understands."""
    block = state.open.get(index)
    if block is not None and block.kind not in _STARTS:
        for key, value in delta.items():
            if key != "type" and isinstance(value, str):
                block.wire[key] = (block.wire.get(key) or "") + value
    return iter(())


def _citations(told: Iterable[Any], state: State) -> Iterator[Event]:
    yield from (_cited(citation, state) for citation in told if citation)


def _cited(citation: dict[str, Any], state: State) -> Delta:
    """Return a citation at a place of its own, behind the text that it belongs to."""
    title = citation.get("title") or citation.get("document_title") or ""
    document = title or f"document {citation.get('document_index', 0)}"
    source = citation.get("url") or citation.get("source") or document
    return Delta(state.place(), Citation(source, citation.get("cited_text") or "", title, citation))


def _stop(payload: Any, state: State) -> Iterator[Event]:
    block = state.open.pop(payload.get("index", 0), None)
    return iter(()) if block is None else _shut(block)


def _shut(block: _Block) -> Iterator[Event]:
    """Yield what could not be told before the block was complete."""
    if block.kind == "tool_use":
        given = block.wire.get("input")
        if given and not block.json:
            yield Delta(block.index, ToolCall("", "", msgspec.json.encode(given).decode()))
    elif block.kind not in _STARTS:
        yield Delta(block.index, Opaque("anthropic", _completed(block)))


def _completed(block: _Block) -> dict[str, Any]:
    """Return the block with its streamed input; a half-written one is no input."""
    try:
        return {**block.wire, "input": msgspec.json.decode("".join(block.json))}
    except msgspec.DecodeError:
        return block.wire


def _message_delta(payload: Any, state: State) -> Iterator[Event]:
    yield from beside(report(payload.get("usage")))
    if reason := (payload.get("delta") or {}).get("stop_reason"):
        yield from _end(reason, state)


def _message_stop(payload: Any, state: State) -> Iterator[Event]:
    del payload
    return iter(()) if state.ended else _end(None, state)


def _end(reason: str | None, state: State) -> Iterator[Event]:
    """Yield the reply's end; where a relay names no reason, the reply itself tells it."""
    for index in sorted(state.open):
        yield from _shut(state.open.pop(index))
    state.ended = True
    likely: Reason = "tool_calls" if state.called else "stop"
    yield Finish(REASONS.get(reason, "other"), reason) if reason else Finish(likely)


_STARTS: dict[str, Callable[[_Block, State], Iterator[Event]]] = {
    "text": _text_start,
    "thinking": _thinking_start,
    "tool_use": _tool_start,
}
"""The blocks that everybody understands; all others are Opaque."""

_DELTAS: dict[str | None, Callable[[int, Any, State], Iterator[Event]]] = {
    "text_delta": _text,
    "thinking_delta": _thinking,
    "signature_delta": _signature,
    "input_json_delta": _json,
    "citations_delta": _citation,
}

_EVENTS: dict[str | None, Callable[[Any, State], Iterator[Event]]] = {
    "message_start": _message_start,
    "content_block_start": _start,
    "content_block_delta": _delta,
    "content_block_stop": _stop,
    "message_delta": _message_delta,
    "message_stop": _message_stop,
}


def _otherwise(payload: Any, state: State) -> Iterator[Event]:
    """Say nothing of an event that is new or empty (ping); raise for one that is an error."""
    del state
    if (error := refusal(None, {}, payload)) is not None:
        raise error
    return iter(())
