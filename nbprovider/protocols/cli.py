"""What the protocols of vendors' command-line programs share.

Such a program runs the model itself, with its own login, and tells what happens by one JSON object
a line. It takes one text: a conversation is written down for it. Its tools are its own, so ours are
refused, as are media.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import BadRequest, ProgramFailed, ProviderError, Unauthorized, UsageError
from nbprovider.protocols import plain
from nbprovider.protocols.content import chosen
from nbprovider.protocols.contract import FramingName, Page
from nbprovider.protocols.faults import fault, opened, unreadable
from nbprovider.protocols.options import refused
from nbprovider.types import Call, Event, Request

FRAMING: FramingName = "program"

REPORTED = 300
"""Characters of a program's own words that an error quotes."""


class State:
    """What one reply needs remembered, whatever the program.

    - `words`: lines that are no JSON, the last ones
    - `failure`: what the program said went wrong, as long as it has not given up
    - `used`: places taken in the turn; `spoken`: whether words were said
    """

    def __init__(self, call: Call, provider: Provider) -> None:
        self.done = False
        self.asked = call.model
        self.provider = provider
        self.words = ""
        self.failure: ProviderError | None = None
        self.used = 0
        self.spoken = False

    def heard(self, words: str) -> None:
        """Take in a line that is no JSON: a warning, or why the program gives up."""
        self.words = f"{self.words}\n{words}".strip()[-2000:]

    def place(self) -> int:
        """Return the next free place in the turn."""
        self.used += 1
        return self.used - 1


Line = Callable[[Any, Any], Iterator[Event]]
Events = Callable[[Any, Any], Iterator[Event]]
Close = Callable[[Any], Iterator[Event]]
Failure = Callable[[int, Mapping[str, str], bytes], ProviderError]


def line_by_line(payload: Any, state: State, lines: Mapping[Any, Line]) -> Iterator[Event]:
    """Yield what one line says, by the program's table of its kinds of lines.

    A line that is no JSON is kept for the error that it may explain; an unknown kind says nothing.
    """
    if isinstance(payload, str):
        state.heard(payload)
        return iter(())
    line = lines.get(payload.get("type"))
    return line(payload, state) if line else iter(())


def check(call: Call, provider: Provider, options: frozenset[str]) -> None:
    """Raise UsageError, naming it, for the first thing that the program cannot be asked for."""
    chosen(call)
    if call.tools:
        raise refused("tools", provider)
    if call.extra:
        raise refused(f"extra field {next(iter(call.extra))!r}", provider)
    for name in call.options.given():
        if name not in options:
            raise refused(f"option {name!r}", provider)


def stdin(call: Call, provider: Provider, system: str = "") -> bytes:
    """Return what the program reads: the conversation, with `system` at its beginning.

    Raises UsageError for media, and when there is nothing to answer.
    """
    return plain.prompt(call, provider, system).encode("utf-8", "replace")


LOGIN = re.compile(
    r"not logged in|log ?in\b|logged out|sign in|auth method|authenticat|unauthorized|api key",
    re.IGNORECASE,
)
"""Words of a program that has no login, or one that has ended."""

FLAG = re.compile(r"unknown (option|argument)|unexpected argument|unrecognized", re.IGNORECASE)
"""Words of a program that does not know what it was started with: it is too old or too new."""


def ended(code: int, words: str, login: str) -> ProviderError:
    """Return the error of a program that gave up, by its exit code and its own words.

    `login` is the command that logs in.
    """
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("at ")]  # a stack of calls
    if line := _matching(LOGIN, lines):
        return Unauthorized(f'The program is not logged in: "{line}"', hint=logging_in(login))
    if line := _matching(FLAG, lines):
        return BadRequest(
            f'The program does not know how it was asked: "{line}"',
            hint="Bring it up to date, then try again.",
            detail=words,
        )
    how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
    last = f': "{lines[-1][:REPORTED]}"' if lines else ", without a word."
    return ProgramFailed(
        f"The program ended {how}, before its answer did{last}",
        hint=f"Try it in a terminal: is it up to date, and logged in? To log in: {login}.",
        exit_code=code,
        detail=words,
    )


def _matching(pattern: re.Pattern[str], lines: list[str]) -> str:
    return next((line[:REPORTED] for line in lines if pattern.search(line)), "")


def logging_in(login: str) -> str:
    """Return the next step of somebody who is not logged in."""
    return f"Log in, in a terminal: {login}."


def told(words: str, login: str, *, status: int | None = None, code: str = "") -> ProviderError:
    """Return the error that a program tells; one of a missing login names how to log in."""
    error = fault(status, code or None, words)
    if type(error) is Unauthorized:
        error.hint = logging_in(login)
    return error


def failure(status: int, headers: Mapping[str, str], body: bytes, login: str) -> ProviderError:
    """Return the error of a program that ended: `status` is its exit code, `body` its complaints.

    A number from 400 on is no exit code: it is read as an HTTP status.
    """
    if status < 400:  # noqa: PLR2004 - HTTP's own border
        return ended(status, body.decode("utf-8", "replace").strip(), login)
    payload = opened(body)
    said = payload.get("error") if isinstance(payload, dict) else None
    if said is None:
        return unreadable(status, headers, body)
    words = said.get("message") if isinstance(said, dict) else said
    return fault(status, None, str(words or ""), headers=headers)


def contract(lines: Mapping[Any, Line], login: str) -> tuple[Events, Events, Close, Failure]:
    """Return a program's `events`, `whole`, `close` and `error`.

    `lines` is the table of its kinds of lines, `login` how to log in to it. What is not streamed is
    its only line. `close` raises what the program said went wrong, if its turn never ended.
    """

    def events(payload: Any, state: State) -> Iterator[Event]:
        return line_by_line(payload, state, lines)

    def close(state: State) -> Iterator[Event]:
        return iter(()) if state.done else left(state, login)

    def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return failure(status, headers, body, login)

    return events, events, close, error


def left(state: State, login: str) -> Iterator[Any]:
    """Raise what went wrong in a reply that has no end; say nothing where nothing is known."""
    if state.failure is not None:
        raise state.failure
    if LOGIN.search(state.words):
        raise ended(0, state.words, login)
    return iter(())


def count(value: Any) -> int | None:
    """Return a number of tokens, None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def less(whole: int | None, part: int | None) -> int | None:
    """Return what is left of a count without its part."""
    return whole if whole is None or part is None else max(0, whole - part)


def status(words: str) -> int | None:
    """Return the HTTP status that a program's words quote, None when they quote none."""
    found = re.search(r"\b(?:status(?: code)?|HTTP|code)\W{0,4}([45]\d\d)\b", words, re.IGNORECASE)
    return int(found[1]) if found else None


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Raise UsageError: such a program lists no models."""
    del after
    raise UsageError(
        f"{endpoint.provider.name} lists no models.",
        hint=f"Name one that your plan has: `{endpoint.provider.key}:MODEL`.",
    )


def parse_models(payload: Any) -> Page:
    """Return nothing: there is no list."""
    del payload
    return Page(())
