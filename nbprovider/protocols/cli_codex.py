"""OpenAI's `codex` in a process: `codex exec --json`, one JSON object a line.

Wire facts: `codex exec --help` of 0.163 and the types of openai-codex-sdk 0.1.11. It tells whole
messages, no tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from nbprovider.catalog import Endpoint
from nbprovider.errors import ProviderError
from nbprovider.protocols import cli, plain
from nbprovider.protocols.cli import FRAMING, State, models, parse_models
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

LOGIN = "`codex login`"

OWN_CHOICE = "default"
"""The model's name that leaves the choice to the program."""

OPTIONS = frozenset({"effort"})

LEVELS: dict[Effort, str] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "xhigh",
}

FLAGS = (
    *("exec", "--json", "--ephemeral", "--skip-git-repo-check", "--sandbox", "read-only"),
    "--ignore-rules",
)
"""No session on disk, no repository needed, nothing written."""

SCHEMA = "schema.json"

QUOTA = ("usage limit", "quota", "out of credits")
"""Words of a plan that is used up."""


def build(call: Call, endpoint: Endpoint) -> Command:
    """Return the command that asks `call`; its instructions go in front of the prompt.

    Raises UsageError for an option, a tool or a medium that the program cannot carry.
    """
    provider = endpoint.provider
    cli.check(call, provider, OPTIONS)
    argv = [provider.program.name if provider.program else "codex", *FLAGS]
    if call.model != OWN_CHOICE:
        argv += ["-m", call.model]
    if call.options.effort is not None:
        argv += ["-c", f'model_reasoning_effort="{LEVELS[call.options.effort]}"']
    files = {} if call.schema is None else {SCHEMA: msgspec.json.encode(call.schema)}
    argv += ["--output-schema", SCHEMA] if files else []
    return Command(
        (*argv, "-"),
        cli.stdin(call, provider, plain.instructions(call)),
        files,
        strip=provider.program.strip if provider.program else (),
    )


def _thread(payload: Any, state: State) -> Iterator[Event]:
    """Yield the model that was asked: the program does not say which one answers."""
    model = "" if state.asked == OWN_CHOICE else state.asked
    yield Served(model, payload.get("thread_id"))


def _item(payload: Any, state: State) -> Iterator[Event]:
    item = payload.get("item") or {}
    made = _PARTS.get(item.get("type"))
    if made is not None and (text := item.get("text")):
        apart = "\n\n" if state.spoken and made is Text else ""
        state.spoken = state.spoken or made is Text
        yield Delta(state.place(), made(apart + text))


def _completed(payload: Any, state: State) -> Iterator[Event]:
    usage = payload.get("usage") or {}
    cached = cli.count(usage.get("cached_input_tokens"))
    yield Report(
        Usage(
            cli.less(cli.count(usage.get("input_tokens")), cached),
            cli.count(usage.get("output_tokens")),
            cached or None,
            None,
            cli.count(usage.get("reasoning_output_tokens")) or None,
        )
    )
    state.done = True
    yield Finish("stop", "turn.completed")


def _failed(payload: Any, state: State) -> Iterator[Event]:
    said = payload.get("error")
    words = said.get("message") if isinstance(said, dict) else said
    raise state.failure if not words and state.failure else _failure(str(words or ""))


def _error(payload: Any, state: State) -> Iterator[Event]:
    """Remember an error: the program may still be trying again."""
    state.failure = _failure(str(payload.get("message") or ""))
    return iter(())


def _failure(words: str) -> ProviderError:
    lower = words.lower()
    if any(phrase in lower for phrase in QUOTA):
        return cli.told(words, LOGIN, code="usage_limit_reached")
    status = cli.status(words)
    if status is None and cli.LOGIN.search(words):
        return cli.told(words, LOGIN, code="authentication_error")
    return cli.told(words, LOGIN, status=status)


_PARTS: dict[str | None, type[Text | Thinking]] = {"agent_message": Text, "reasoning": Thinking}

_LINES: dict[str | None, Callable[[Any, State], Iterator[Event]]] = {
    "thread.started": _thread,
    "item.completed": _item,
    "turn.completed": _completed,
    "turn.failed": _failed,
    "error": _error,
}

events, whole, close, error = cli.contract(_LINES, LOGIN)
