"""What Bedrock's Converse says, streamed or whole.

Wire facts: AWS's reference of Converse and ConverseStream, and botocore's service model. Events
come as `{"<event type>": payload}` (see `eventstream`); a padding field `p` means nothing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.protocols.bedrock_faults import exception
from nbprovider.protocols.bedrock_media import Drawn, medium
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
    Usage,
)
from nbprovider.types.parts import MediaKind

Wire = dict[str, Any]

REASONS: dict[str, Reason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "refused",
    "content_filtered": "refused",
}
"""Bedrock's reasons; those not named here (a malformed output) are "other"."""

KINDS: tuple[MediaKind, ...] = ("image", "audio", "video", "document")

SERVERS = "server_tool_use"
"""The type of a call that Bedrock itself has run; a call for us to run has none, or another."""


class State:
    """What one reply needs remembered: where its content blocks are in our turn."""

    def __init__(self, call: Call, provider: Provider) -> None:
        del call, provider  # nothing of them changes how a reply is read
        self.done = False
        self.used = 0
        self.places: dict[int, int] = {}
        self.results: dict[int, Wire] = {}
        self.hidden: dict[int, bytes] = {}
        self.drawn: dict[int, Drawn] = {}

    def place(self) -> int:
        """Return the next free place in the turn."""
        self.used += 1
        return self.used - 1

    def of(self, block: int) -> int:
        """Return the place of a block, which may begin without saying so."""
        if block not in self.places:
            self.places[block] = self.place()
        return self.places[block]


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one event of the stream says; unknown ones say nothing.

    Raises ProviderError for an exception.
    """
    for name, body in payload.items():
        if name == "exception":
            raise exception(body)
        if name in _EVENTS:
            yield from _EVENTS[name](body, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what a reply in one piece says: the same as its stream would."""
    if "output" not in payload and "stopReason" not in payload:
        yield from events(payload, state)
        return
    message = (payload.get("output") or {}).get("message") or {}
    for index, block in enumerate(message.get("content") or ()):
        for kind, content in block.items():
            if kind in _BLOCKS:
                yield from _BLOCKS[kind](index, content, state)
    yield from _metadata(payload, state)
    yield from _stopped(payload, state)


def close(state: State) -> Iterator[Event]:
    """Yield nothing: all is said in the events, and a reply without its reason was cut short."""
    del state
    return iter(())


def _start(body: Wire, state: State) -> Iterator[Event]:
    index, start = body.get("contentBlockIndex", 0), body.get("start") or {}
    if "toolUse" in start:
        yield _called(state.of(index), start["toolUse"])
    elif "image" in start:
        state.drawn[index] = Drawn(start["image"].get("format") or "")
    elif "toolResult" in start:
        state.results[index] = {**start["toolResult"], "content": []}


def _delta(body: Wire, state: State) -> Iterator[Event]:
    index = body.get("contentBlockIndex", 0)
    for kind, piece in (body.get("delta") or {}).items():
        if kind in _DELTAS:
            yield from _DELTAS[kind](index, piece, state)


def _stop(body: Wire, state: State) -> Iterator[Event]:
    index = body.get("contentBlockIndex", 0)
    if index in state.results:
        result = {"toolResult": state.results.pop(index)}
        yield Delta(state.of(index), Opaque("bedrock", result))
    if drawn := state.drawn.pop(index, None):
        yield from medium("image", drawn.format, b"".join(drawn.pieces), state.of(index))


def _text(index: int, text: str, state: State) -> Iterator[Event]:
    if text:
        yield Delta(state.of(index), Text(text))


def _tool_input(index: int, piece: Wire, state: State) -> Iterator[Event]:
    if arguments := piece.get("input"):
        yield Delta(state.of(index), ToolCall("", "", arguments))


def _tool_output(index: int, piece: list[Wire], state: State) -> Iterator[Event]:
    state.results.setdefault(index, {"content": []})["content"] += piece
    return iter(())


def _thinking(index: int, piece: Wire, state: State) -> Iterator[Event]:
    text, signature = piece.get("text") or "", piece.get("signature") or None
    if text or signature:
        yield Delta(state.of(index), Thinking(text, signature))
    if hidden := piece.get("redactedContent"):
        yield _hidden(index, hidden, state)


def _hidden(index: int, piece: str, state: State) -> Delta:
    """Return all of a hidden thought that has come: each later piece tells it anew."""
    blob = state.hidden[index] = state.hidden.get(index, b"") + b64decode(piece)
    content = {"redactedContent": b64encode(blob).decode()}
    return Delta(state.of(index), Opaque("bedrock", {"reasoningContent": content}))


def _drawing(index: int, piece: Wire, state: State) -> Iterator[Event]:
    drawn = state.drawn.setdefault(index, Drawn(""))
    drawn.pieces.append(b64decode((piece.get("source") or {}).get("bytes") or b""))
    return iter(())


def _whole_medium(kind: MediaKind) -> Callable[[int, Wire, State], Iterator[Event]]:
    """Return the reader of blocks that hold a medium of a kind."""

    def read(index: int, wire: Wire, state: State) -> Iterator[Event]:
        data = b64decode((wire.get("source") or {}).get("bytes") or b"")
        yield from medium(kind, wire.get("format") or "", data, state.of(index))

    return read


def _citation(index: int, wire: Wire, state: State) -> Iterator[Event]:
    return beside(_cited(index, wire, state))


def _cited(index: int, wire: Wire, state: State) -> Iterator[Event]:
    """Yield a citation at a place of its own, behind the text of its block."""
    state.of(index)
    location: Wire = wire.get("location") or {}
    web: Wire = location.get("web") or {}
    title = wire.get("title") or ""
    quoted = "".join(one.get("text") or "" for one in wire.get("sourceContent") or ())
    source = web.get("url") or wire.get("source") or title or _document(location)
    yield Delta(state.place(), Citation(source, quoted, title or web.get("domain") or "", wire))


def _document(location: Wire) -> str:
    """Return a name for a document that has none: its number in the question."""
    told = next((one for one in location.values() if isinstance(one, dict)), {})
    return f"document {told.get('documentIndex', 0)}"


def _called(place: int, wire: Wire) -> Delta:
    extra = {"type": SERVERS} if wire.get("type") == SERVERS else None
    return Delta(place, ToolCall(wire.get("toolUseId") or "", wire.get("name") or "", "", extra))


def _whole_call(index: int, wire: Wire, state: State) -> Iterator[Event]:
    yield _called(state.of(index), wire)
    if given := wire.get("input"):
        arguments = msgspec.json.encode(given).decode()
        yield Delta(state.of(index), ToolCall("", "", arguments))


def _whole_result(index: int, wire: Wire, state: State) -> Iterator[Event]:
    yield Delta(state.of(index), Opaque("bedrock", {"toolResult": wire}))


def _whole_thought(index: int, wire: Wire, state: State) -> Iterator[Event]:
    hidden = {key: value for key, value in wire.items() if key == "redactedContent"}
    return _thinking(index, (wire.get("reasoningText") or {}) | hidden, state)


def _whole_citations(index: int, wire: Wire, state: State) -> Iterator[Event]:
    for piece in wire.get("content") or ():
        yield from _text(index, piece.get("text") or "", state)
    cited = wire.get("citations")
    for citation in cited if isinstance(cited, list) else ():
        yield from _citation(index, citation, state)


def _stopped(body: Wire, state: State) -> Iterator[Event]:
    del state
    if reason := body.get("stopReason"):
        yield Finish(REASONS.get(reason, "other"), reason)


def _metadata(body: Wire, state: State) -> Iterator[Event]:
    return beside(_accounted(body, state))


def _accounted(body: Wire, state: State) -> Iterator[Event]:
    """Yield the counts, and the model that a prompt router has chosen."""
    del state
    router = (body.get("trace") or {}).get("promptRouter") or {}
    if model := router.get("invokedModelId"):
        yield Served(model)
    if counts := body.get("usage"):
        yield Report(_usage(counts, (body.get("serviceTier") or {}).get("type")))


def _usage(counts: Wire, tier: str | None) -> Usage:
    """Return Bedrock's counts, which are ours: its input leaves out what a cache held."""
    details = counts.get("cacheDetails") or ()
    hour = sum(one.get("inputTokens") or 0 for one in details if one.get("ttl") == "1h")
    extra = {"cache_write_1h": hour or None, "tier": tier}
    return Usage(
        counts.get("inputTokens"),
        counts.get("outputTokens"),
        counts.get("cacheReadInputTokens"),
        counts.get("cacheWriteInputTokens"),
        extra={key: value for key, value in extra.items() if value is not None} or None,
    )


_Reader = Callable[[int, Any, State], Iterator[Event]]

_DELTAS: dict[str, _Reader] = {
    "text": _text,
    "toolUse": _tool_input,
    "toolResult": _tool_output,
    "reasoningContent": _thinking,
    "citation": _citation,
    "image": _drawing,
}

_BLOCKS: dict[str, _Reader] = {
    "text": _text,
    "toolUse": _whole_call,
    "toolResult": _whole_result,
    "reasoningContent": _whole_thought,
    "citationsContent": _whole_citations,
    **{kind: _whole_medium(kind) for kind in KINDS},
}

_EVENTS: dict[str, Callable[[Wire, State], Iterator[Event]]] = {
    "contentBlockStart": _start,
    "contentBlockDelta": _delta,
    "contentBlockStop": _stop,
    "messageStop": _stopped,
    "metadata": _metadata,
}
