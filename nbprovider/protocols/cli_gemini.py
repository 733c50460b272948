"""Google's `gemini` in a process: headless, one JSON object a line.

Wire facts: google-gemini/gemini-cli, `packages/core/src/output/types.ts`, its exit codes and
`docs/cli/headless.md`, August 2026. It reads its prompt from standard input where that is no
terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nbprovider.catalog import Endpoint
from nbprovider.errors import BadRequest, ProviderError, Unauthorized
from nbprovider.protocols import cli, plain
from nbprovider.protocols.cli import FRAMING, State, models, parse_models
from nbprovider.protocols.options import refused
from nbprovider.types import Call, Command, Delta, Event, Finish, Report, Served, Text, Usage

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

LOGIN = "run `gemini` once and sign in"

OWN_CHOICE = "auto"
"""The model's name that leaves the choice to the program."""

EXITS: dict[int, tuple[type[ProviderError], str]] = {
    41: (Unauthorized, "The program is not logged in"),
    42: (BadRequest, "The program refuses the prompt"),
    53: (BadRequest, "The program reached its limit of turns"),
}
"""What its exit codes mean (`packages/core/src/utils/errors.ts`)."""


def build(call: Call, endpoint: Endpoint) -> Command:
    """Return the command that asks `call`; its instructions go in front of the prompt.

    Raises UsageError for an option, a tool, a schema or a medium that the program cannot carry.
    """
    provider = endpoint.provider
    cli.check(call, provider, frozenset())
    if call.schema is not None:
        raise refused("JSON schema", provider)
    argv = [provider.program.name if provider.program else "gemini"]
    argv += ["--output-format", "stream-json"]
    if call.model != OWN_CHOICE:
        argv += ["-m", call.model]
    return Command(
        tuple(argv),
        cli.stdin(call, provider, plain.instructions(call)),
        strip=provider.program.strip if provider.program else (),
    )


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error of a program that ended, by its exit code and its complaints."""
    found = _ended(status, headers, body)
    if status not in EXITS:
        return found
    kind, what = EXITS[status]
    last = (body.decode("utf-8", "replace").strip().splitlines() or [""])[-1][: cli.REPORTED]
    hint = cli.logging_in(LOGIN) if kind is Unauthorized else "Change the prompt, or try again."
    message = f'{what}: "{last}"' if last else f"{what}."
    return kind(message, hint=hint, code=f"exit {status}", detail=found.detail)


def _init(payload: Any, state: State) -> Iterator[Event]:
    yield Served(payload.get("model") or state.asked, payload.get("session_id"))


def _message(payload: Any, state: State) -> Iterator[Event]:
    """Yield the assistant's words; the prompt is repeated as the user's."""
    del state
    if payload.get("role") == "assistant" and (text := payload.get("content")):
        yield Delta(0, Text(text))


def _error(payload: Any, state: State) -> Iterator[Event]:
    """Remember an error; a warning is none."""
    if payload.get("severity") == "error":
        state.failure = _failure(payload)
    return iter(())


def _result(payload: Any, state: State) -> Iterator[Event]:
    if payload.get("stats"):
        yield Report(_usage(payload["stats"]))
    if payload.get("status") != "success":
        raise _unsuccessful(payload.get("error"), state)
    state.done = True
    yield Finish("stop", "success")


def _unsuccessful(said: Any, state: State) -> ProviderError:
    if said or state.failure is None:
        return _failure(said if isinstance(said, dict) else {"message": said})
    return state.failure


def _failure(said: Any) -> ProviderError:
    """Return the error that a line tells; its type is a class's name such as `FatalInputError`."""
    words = str(said.get("message") or "")
    if cli.LOGIN.search(f"{said.get('type') or ''} {words}"):
        return cli.told(words, LOGIN, code="authentication_error")
    return cli.told(words, LOGIN, status=cli.status(words))


def _usage(stats: Any) -> Usage:
    """Return the tokens: thoughts are in the total only, and cached ones are part of the input."""
    read, cached = cli.count(stats.get("input_tokens")), cli.count(stats.get("cached"))
    written, total = cli.count(stats.get("output_tokens")), cli.count(stats.get("total_tokens"))
    thought = 0 if total is None else max(0, total - (read or 0) - (written or 0))
    output = written if written is None else written + thought
    return Usage(cli.less(read, cached), output, cached or None, None, thought or None)


_LINES: dict[str | None, Callable[[Any, State], Iterator[Event]]] = {
    "init": _init,
    "message": _message,
    "error": _error,
    "result": _result,
}

events, whole, close, _ended = cli.contract(_LINES, LOGIN)
