"""Ollama's own chat: `POST /api/chat`, one JSON object a line.

Wire facts: Ollama's API reference and `api/types.go`, August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from nbprovider.catalog import Provider
from nbprovider.errors import ProviderError
from nbprovider.protocols.contract import FramingName, Listed, Page
from nbprovider.protocols.faults import fault, opened, unreadable
from nbprovider.protocols.ollama_request import build, models
from nbprovider.types import (
    Call,
    Delta,
    Event,
    Finish,
    Reason,
    Report,
    Served,
    Text,
    Thinking,
    ToolCall,
    Usage,
)

__all__ = [
    "FRAMING",
    "State",
    "build",
    "close",
    "error",
    "events",
    "models",
    "parse_models",
    "whole",
]

FRAMING: FramingName = "ndjson"

REASONS: dict[str, Reason] = {"stop": "stop", "": "stop", "length": "length"}

THOUGHT, TEXT, FIRST_CALL = 0, 1, 2
"""The places of the parts in our turn: Ollama says neither order nor index of them."""

ADVICE: tuple[tuple[str, str | None, str], ...] = (
    (
        r"pull model manifest: file does not exist",
        "model_not_found",
        "Look its name up on ollama.com/library; a size goes behind a colon.",
    ),
    (
        r"model ['\"](?P<name>[^'\"]+)['\"] not found",
        "model_not_found",
        "Fetch it with `%provider pull {name}`.",
    ),
    (
        r"(?P<name>\S+)['\"]? does not support thinking",
        None,
        "Leave out the effort, or use a model that thinks.",
    ),
    (
        r"(?P<name>\S+)['\"]? does not support tools",
        None,
        "Ask without tools, or use a model that can use them.",
    ),
    (
        r"requires more system memory",
        None,
        "Use a smaller model, or free memory on the machine that runs Ollama.",
    ),
    (
        r"exceeds? the (maximum )?context length",
        "context_length_exceeded",
        "Begin a new chat, or give Ollama a longer context (OLLAMA_CONTEXT_LENGTH).",
    ),
)
"""Ollama's words, the code that it does not send with them, and the next step that helps."""


class State:
    """What one reply needs remembered.

    `calls` counts the tool calls of the reply, `earlier` those of the conversation before it:
    ids that we make up, where Ollama sends none, differ through the whole conversation.
    """

    def __init__(self, call: Call, provider: Provider) -> None:
        del provider  # all that speak this protocol say the same
        said = (part for message in call.messages for part in message.parts)
        self.done = False
        self.served = False
        self.earlier = sum(isinstance(part, ToolCall) for part in said)
        self.calls = 0


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one line says; raises ProviderError for a line that tells an error."""
    if payload.get("error"):
        raise refusal(None, {}, payload)
    if not state.served and (model := payload.get("model")):
        state.served = True
        yield Served(model)
    message = payload.get("message") or {}
    if thinking := message.get("thinking"):
        yield Delta(THOUGHT, Thinking(thinking))
    if text := message.get("content"):
        yield Delta(TEXT, Text(text))
    for wire in message.get("tool_calls") or ():
        yield _tool_call(wire, state)
    if payload.get("done"):
        yield from _end(payload, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what an answer that was not streamed says: it is a stream of one line."""
    return events(payload, state)


def close(state: State) -> Iterator[Event]:
    """Yield nothing: the last line says all that there is to say."""
    del state
    return iter(())


def _tool_call(wire: Any, state: State) -> Delta:
    function = wire.get("function") or {}
    number = state.calls
    state.calls += 1
    id_ = wire.get("id") or f"call_{state.earlier + number}"
    return Delta(
        FIRST_CALL + number,
        ToolCall(id_, function.get("name") or "", _arguments(function.get("arguments"))),
    )


def _arguments(given: Any) -> str:
    """Return the arguments, an object on this wire, as JSON text."""
    if isinstance(given, str):
        return given
    return msgspec.json.encode(given).decode() if given else ""


def _end(payload: Any, state: State) -> Iterator[Event]:
    usage = Usage(payload.get("prompt_eval_count"), payload.get("eval_count"))
    if usage != Usage():
        yield Report(usage)
    raw = payload.get("done_reason") or ""
    reason = REASONS.get(raw, "other")
    yield Finish("tool_calls" if state.calls and reason == "stop" else reason, raw)


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that a refused request means."""
    payload = opened(body)
    if not isinstance(payload, dict):
        return unreadable(status, headers, body)
    return refusal(status, headers, payload)


def refusal(
    status: int | None, headers: Mapping[str, str], payload: dict[str, Any]
) -> ProviderError:
    """Return the error that a decoded body, or a line of a stream, tells."""
    told = payload.get("error") or payload.get("message") or ""
    message = str(told.get("message") or "") if isinstance(told, dict) else str(told)
    code, hint = _advice(message)
    detail = msgspec.json.encode(payload).decode()[:2000]
    found = fault(status, code, message, headers=headers, detail=detail)
    if url := payload.get("signin_url"):
        hint = f"Sign in with `ollama signin`, or open {url}."
    found.hint = hint or found.hint
    return found


def _advice(message: str) -> tuple[str | None, str]:
    """Return the code and the next step for Ollama's words, where they are known."""
    for pattern, code, hint in ADVICE:
        if found := re.search(pattern, message):
            return code, hint.format(**found.groupdict())
    return None, ""


def parse_models(payload: Any) -> Page:
    """Return the models that are installed; there is one page."""
    entries = payload.get("models") or ()
    return Page(tuple(_listed(entry) for entry in entries if _name(entry)))


def _name(entry: dict[str, Any]) -> str:
    return entry.get("name") or entry.get("model") or ""


def _listed(entry: dict[str, Any]) -> Listed:
    told = entry.get("capabilities")
    size = (entry.get("details") or {}).get("parameter_size") or ""
    name = f"{_name(entry)} ({size})" if size else ""
    return Listed(_name(entry), name, can=None if told is None else tuple(told))
