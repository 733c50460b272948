"""Anthropic's `claude` in a process: Claude Code's print mode, one JSON object a line.

Wire facts: `claude --help` and the line types of claude-agent-sdk 0.2.186 (Claude Code 2.1.329).
Its words come twice: token by token in `stream_event`, which wraps Anthropic's own events, and
whole in `assistant`, which is read only where no token came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import ProviderError, RateLimited
from nbprovider.protocols import anthropic_reply, cli, plain
from nbprovider.protocols.cli import FRAMING, models, parse_models
from nbprovider.protocols.options import refused
from nbprovider.types import (
    Call,
    Command,
    Delta,
    Effort,
    Event,
    Finish,
    Report,
    Served,
    Text,
    Thinking,
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

LOGIN = "`claude auth login`"

OPTIONS = frozenset({"effort"})

LEVELS: dict[Effort, str] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}
"""How hard to think; `none` cannot be said."""

FLAGS = (
    *("-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"),
    *("--tools", "", "--strict-mcp-config", "--no-session-persistence"),
)
"""Print mode that streams, without tools, servers and traces on disk."""

LONGEST_ARGUMENT = 100_000
"""Bytes of instructions that a command line can hold (Linux: 128 KiB an argument)."""

PLAN = frozenset({"", "none", "oauth"})
"""What `apiKeySource` says when the login is a plan's, not a key's."""

CODES = {"authentication_failed": "authentication_error"}
"""The program's word for an error → the code that the API gives it."""


class State(cli.State):
    """What one reply needs remembered.

    - `said`: how far Anthropic's own events were read
    - `streamed`: whether words came token by token
    - `metered`: whether a key pays by the token, and no plan
    """

    def __init__(self, call: Call, provider: Provider) -> None:
        super().__init__(call, provider)
        self.said = anthropic_reply.State(call, provider)
        self.schema = call.schema is not None
        self.streamed = False
        self.metered = False
        self.reason = ""
        self.resets: float | None = None


def build(call: Call, endpoint: Endpoint) -> Command:
    """Return the command that asks `call`.

    Raises UsageError for an option, a tool or a medium that the program cannot carry.
    """
    provider = endpoint.provider
    cli.check(call, provider, OPTIONS)
    system = plain.instructions(call)
    short = len(system.encode("utf-8", "replace")) < LONGEST_ARGUMENT
    argv = [provider.program.name if provider.program else "claude", *FLAGS, "--model", call.model]
    argv += ["--system-prompt", system if short else ""]
    if call.options.effort is not None:
        argv += ["--effort", _level(call.options.effort, provider)]
    if call.schema is not None:
        argv += ["--json-schema", msgspec.json.encode(call.schema).decode()]
    return Command(
        tuple(argv),
        cli.stdin(call, provider, "" if short else system),
        strip=provider.program.strip if provider.program else (),
    )


def _level(effort: Effort, provider: Provider) -> str:
    if effort not in LEVELS:
        raise refused(f"option 'effort' as {effort!r}", provider)
    return LEVELS[effort]


def _system(payload: Any, state: State) -> Iterator[Event]:
    if payload.get("subtype") == "init":
        state.metered = str(payload.get("apiKeySource") or "").lower() not in PLAN
        if model := payload.get("model"):
            yield Served(model, payload.get("session_id"))


def _streamed(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one of Anthropic's own events says; the end of a message is not the reply's."""
    if payload.get("parent_tool_use_id"):
        return
    try:
        for event in anthropic_reply.events(payload.get("event") or {}, state.said):
            yield from _kept(event, state)
            state.streamed = state.streamed or type(event) is Delta
    except ProviderError as error:  # the program tries again by itself before it gives up
        state.failure = error


def _assistant(payload: Any, state: State) -> Iterator[Event]:
    message = payload.get("message") or {}
    if code := payload.get("error"):
        state.failure = _failure(str(code), _words(message), None, state)
    elif not state.streamed and not payload.get("parent_tool_use_id"):
        for event in anthropic_reply.whole({**message, "type": "message"}, state.said):
            yield from _kept(event, state)


def _kept(event: Event, state: State) -> Iterator[Event]:
    """Yield an event of a message as one of the reply."""
    if isinstance(event, Finish):
        state.reason = event.raw
    elif not isinstance(event, Delta):
        yield event
    elif isinstance(event.part, Thinking) or (isinstance(event.part, Text) and not state.schema):
        state.spoken = state.spoken or isinstance(event.part, Text)
        yield event


def _limit(payload: Any, state: State) -> Iterator[Event]:
    """Remember that the plan's limit is reached, and until when."""
    info = payload.get("rate_limit_info") or {}
    if info.get("status") == "rejected":
        state.resets = info.get("resetsAt") or info.get("resets_at") or 0
        kind = info.get("rateLimitType") or info.get("rate_limit_type") or ""
        words = f"the plan's {str(kind).replace('_', ' ')} limit is reached"
        state.failure = _failure("rate_limit", words, None, state)
    return iter(())


def _result(payload: Any, state: State) -> Iterator[Event]:
    """Yield the count and the end; raises the error that the result is."""
    if usage := payload.get("usage"):
        yield Report(_usage(usage, payload.get("total_cost_usd"), state))
    subtype = str(payload.get("subtype") or "")
    if payload.get("is_error") or subtype != "success":
        raise _unsuccessful(payload, subtype, state)
    if state.schema and (answer := payload.get("structured_output")) is not None:
        yield Delta(state.said.place(), Text(msgspec.json.encode(answer).decode()))
    elif not state.spoken and (text := payload.get("result")):
        yield Delta(state.said.place(), Text(str(text)))
    state.done = True
    raw = payload.get("stop_reason") or state.reason
    plain = not raw or state.schema
    yield Finish("stop" if plain else anthropic_reply.REASONS.get(raw, "other"), raw or subtype)


def _usage(usage: Any, dollars: Any, state: State) -> Usage:
    """Return the tokens; what they cost is charged to a key, and only worth that on a plan.

    The program reckons dollars by list prices, whoever pays.
    """
    name = "cost" if state.metered else "list_cost"
    extra = {} if dollars is None else {name: dollars}
    return Usage(
        cli.count(usage.get("input_tokens")),
        cli.count(usage.get("output_tokens")),
        cli.count(usage.get("cache_read_input_tokens")),
        cli.count(usage.get("cache_creation_input_tokens")),
        extra=extra or None,
    )


def _unsuccessful(payload: Any, subtype: str, state: State) -> ProviderError:
    """Return the error of a result: by the API's status where there is one, else by words."""
    said = payload.get("result") or "; ".join(map(str, payload.get("errors") or ()))
    words = str(said or subtype.replace("_", " ") or "it does not say why")
    status = cli.count(payload.get("api_error_status"))
    if status is None and state.failure is not None:
        return state.failure
    return _failure("" if status else "unknown", words, status, state)


def _failure(code: str, words: str, status: int | None, state: State) -> ProviderError:
    if code == "unknown" and cli.LOGIN.search(words):
        code = "authentication_failed"
    found = cli.told(words, LOGIN, status=status, code=CODES.get(code, code))
    if isinstance(found, RateLimited) and state.resets:
        found.retry_after = max(0.0, float(state.resets) - time.time())
        when = time.strftime("%d %b %H:%M", time.localtime(float(state.resets)))
        found.hint = f"The plan answers again from {when} on; until then use another model."
    return found


def _words(message: Any) -> str:
    content = message.get("content") or ()
    if isinstance(content, str):
        return content
    return " ".join(str(block.get("text") or "") for block in content).strip()


_LINES: dict[str | None, Callable[[Any, State], Iterator[Event]]] = {
    "system": _system,
    "stream_event": _streamed,
    "assistant": _assistant,
    "rate_limit_event": _limit,
    "result": _result,
}

events, whole, close, error = cli.contract(_LINES, LOGIN)
