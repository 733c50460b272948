"""OpenAI's Chat Completions, as OpenAI and the many that took it over speak it.

Source: platform.openai.com/docs/api-reference/chat, and the deviations that recordings show.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import Overloaded, ProviderError, Unavailable
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.openai_chat_content import chunk_parts, parts
from nbprovider.protocols.openai_chat_errors import error, inside, shapeless
from nbprovider.protocols.openai_chat_inline import Inline
from nbprovider.protocols.openai_chat_models import models, parse_models
from nbprovider.protocols.openai_chat_request import build
from nbprovider.protocols.openai_chat_thinking import Details, thought
from nbprovider.protocols.openai_chat_tools import LEGACY, ToolCalls
from nbprovider.protocols.openai_chat_usage import cost, normalised
from nbprovider.protocols.vetting import NONSENSE, beside
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Event,
    Finish,
    Part,
    Reason,
    Report,
    Served,
    Text,
    Thinking,
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

FRAMING: FramingName = "sse"

REASONS: dict[str, Reason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "refused",
    "refusal": "refused",
    "safety": "refused",
    "sensitive": "refused",
}
FAILURES: dict[str, type[ProviderError]] = {
    "error": Unavailable,
    "network_error": Unavailable,
    "insufficient_system_resource": Overloaded,
}
"""Reasons to end that are no answer: OpenRouter's, Z.AI's, DeepSeek's."""


class State:
    """What one reply remembers between payloads."""

    def __init__(self, call: Call, provider: Provider) -> None:  # noqa: ARG002 - the contract's
        self.done = False
        self.quirks = provider.quirks
        self.id = ""
        self.served = False
        self.finish: Finish | None = None
        self.refused = False
        self.free = 0
        self.writing: type[Text | Thinking] | None = None
        self.at = 0
        self.thought_at: int | None = None
        self.calls = ToolCalls()
        self.details = Details()
        self.inline = Inline() if provider.quirks.inline_thinking else None
        self.sources: dict[str, Citation] = {}
        self.beside: dict[str, Any] = {}

    def new(self) -> int:
        """Return the index of a new part, which ends the words being written."""
        self.free += 1
        self.writing = None
        return self.free - 1

    def place(self, kind: type[Text | Thinking]) -> int:
        """Return the index at which words of this kind go on, or begin."""
        if self.writing is not kind:
            self.at = self.new()
            self.writing = kind
            if kind is Thinking and self.thought_at is None:
                self.thought_at = self.at
        return self.at


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one chunk says; raises ProviderError when it is an error."""
    if not state.served or "error" in payload or "x_groq" in payload:
        yield from _opened(payload, state)
    choices = payload.get("choices")
    if not choices:
        if failed := inside(payload):
            raise failed
    else:
        for choice in choices:
            if not choice.get("index"):  # only the first choice is shown
                yield from _chosen(choice, choice.get("delta"), state)
    if payload.get("usage") or "x_groq" in payload or (choices and "usage" in choices[0]):
        yield from beside(_reported(payload, state))
    if "citations" in payload or "search_results" in payload:
        _cite(payload, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what the body of a reply that was not streamed says; raises like `events`."""
    if not isinstance(payload, dict):
        raise shapeless(payload)
    yield from _opened(payload, state)
    choices = payload.get("choices")
    if not choices:
        raise inside(payload) or shapeless(payload)
    first = next((one for one in choices if not one.get("index")), choices[0])
    yield from _chosen(first, first.get("message"), state)
    yield from beside(_reported(payload, state))
    _cite(payload, state)
    if state.finish is None:
        yield _ended("", state)


def close(state: State) -> Iterator[Event]:
    """Yield what is known only at the end: nameless calls, details of thought, sources.

    `[DONE]` without a reason to finish is a stop.
    """
    if state.inline:
        yield from _placed(state.inline.rest(), state)
    for delta in state.calls.rest(state.free, state.id):
        state.new()
        yield delta
    if details := state.details.all:
        at = state.new() if state.thought_at is None else state.thought_at
        yield Delta(at, Thinking("", None, {"reasoning_details": details}))
    for source in state.sources.values():
        yield Delta(state.new(), source)
    if state.done and state.finish is None:
        yield _ended("", state)


def _opened(payload: dict[str, Any], state: State) -> Iterator[Event]:
    """Yield who answers, once; raise the error that the payload may be."""
    if failed := inside(payload):
        raise failed
    model = payload.get("model")
    if model and not state.served:
        state.served = True
        state.id = str(payload.get("id") or "")
        if tier := payload.get("service_tier"):
            state.beside["tier"] = tier
        yield Served(str(model), state.id or None)


def _chosen(choice: dict[str, Any], said: dict[str, Any] | None, state: State) -> Iterator[Event]:
    """Yield what a choice adds, and its end."""
    if said is None:
        said = choice.get("message") or choice.get("delta") or {}
    content = said.get("content")
    alone = len(said) == 1 or (len(said) == 2 and "role" in said)  # noqa: PLR2004
    sure = state.inline is None or state.inline.over
    if alone and sure and type(content) is str and content and state.writing is Text:
        # Nearly every chunk is a word of the answer and nothing else.
        yield Delta(state.at, Text(content))
    else:
        yield from _said(said, state)
    raw = choice.get("finish_reason")
    if raw:
        if raw in FAILURES:
            raise _failed(raw)
        yield _ended(str(raw), state)


def _said(said: dict[str, Any], state: State) -> Iterator[Event]:
    """Yield the thoughts, the words and the calls of a delta or a message."""
    if words := thought(said):
        yield Delta(state.place(Thinking), Thinking(words))
    if details := said.get("reasoning_details"):
        state.details.take(details)
    if content := said.get("content"):
        yield from _content(parts(content), state)
    if refusal := said.get("refusal"):
        state.refused = True
        yield Delta(state.place(Text), Text(str(refusal)))
    for piece in said.get("tool_calls") or ():
        yield from _called(piece, state)
    if legacy := said.get("function_call"):
        yield from _called({"index": LEGACY, "function": legacy}, state)
    for image in said.get("images") or ():
        yield from _content(chunk_parts(image), state)
    with suppress(*NONSENSE):
        for note in said.get("annotations") or ():
            _note(note.get("url_citation") or {}, state)


def _called(piece: dict[str, Any], state: State) -> Iterator[Event]:
    for delta in state.calls.take(piece, state.free, state.id):
        if delta.index == state.free:
            state.new()
        yield delta


def _content(told: Iterator[Part], state: State) -> Iterator[Event]:
    for part in told:
        if isinstance(part, Text) and state.inline:
            yield from _placed(state.inline.take(part.text), state)
        elif isinstance(part, Text | Thinking):
            yield Delta(state.place(type(part)), part)
        elif isinstance(part, Citation):
            state.sources.setdefault(part.source, part)
        else:
            yield Delta(state.new(), part)


def _placed(told: Iterator[Text | Thinking], state: State) -> Iterator[Event]:
    for part in told:
        yield Delta(state.place(type(part)), part)


def _ended(raw: str, state: State) -> Finish:
    reason: Reason = REASONS.get(raw.lower(), "other") if raw else "stop"
    if reason == "stop" and state.calls:
        reason = "tool_calls"
    if reason == "stop" and state.refused:
        reason = "refused"
    state.finish = Finish(reason, raw)
    return state.finish


def _failed(raw: str) -> ProviderError:
    return FAILURES[raw](
        f"The provider broke the answer off ({raw}).",
        hint="Try again, or use another model or provider.",
        code=raw,
    )


def _reported(payload: dict[str, Any], state: State) -> Iterator[Event]:
    """Yield the counts, wherever the payload hides them; later ones override."""
    if tier := payload.get("service_tier"):
        state.beside["tier"] = tier
    told = payload.get("usage") or _hidden(payload)
    if not isinstance(told, dict):
        return
    if (charged := cost(told, payload)) is not None:
        state.beside["cost"] = charged
    yield Report(normalised(told, state.quirks, state.beside))


def _hidden(payload: dict[str, Any]) -> Any:
    """Return Groq's `x_groq.usage`, or Moonshot's `choices[0].usage`."""
    groq = payload.get("x_groq")
    if groq and groq.get("usage"):
        return groq["usage"]
    choices = payload.get("choices")
    return choices[0].get("usage") if choices else None


def _cite(payload: dict[str, Any], state: State) -> None:
    """Remember the sources: Perplexity's `search_results` and `citations`, in every chunk anew."""
    with suppress(*NONSENSE):
        for result in payload.get("search_results") or ():
            _note(result, state)
    with suppress(*NONSENSE):
        for source in payload.get("citations") or ():
            _note({"url": source} if isinstance(source, str) else source, state)


def _note(told: dict[str, Any], state: State) -> None:
    url = told.get("url")
    if url and url not in state.sources:
        text, title = told.get("content") or told.get("snippet"), told.get("title")
        state.sources[url] = Citation(str(url), str(text or ""), str(title or ""))
