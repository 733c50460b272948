"""Replay of recorded provider traffic: `../shared/traffic`, or `$NBPROVIDER_SHARED/traffic`.

A record holds the bytes of one exchange and what the provider's own SDK makes of them. `replay`
puts the bytes through a protocol, cut in any way, and gives back what was said, and the error if
there was one.
"""

from __future__ import annotations

import json
import os
import random
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.catalog import Provider, Quirks
from nbprovider.errors import NbproviderError
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Event, Message, Text, ToolCall, Turn, Usage, fold

# Read at import: each test's environment is cleaned of our own names.
SHARED = Path(os.environ.get("NBPROVIDER_SHARED") or Path(__file__).parents[2] / "shared")

Record = dict[str, Any]
Cuts = Literal["whole", "bytes", "random"]
Difference = tuple[Any, Any]


@dataclass(frozen=True)
class Outcome:
    """What a replay said: its events, and the error that ended it, if any."""

    events: tuple[Event, ...]
    error: NbproviderError | None = None

    @property
    def turn(self) -> Turn:
        return fold(self.events)

    def same_as(self, other: Outcome) -> bool:
        """Whether both said the same, event by event, and failed alike."""
        return self.events == other.events and _told(self.error) == _told(other.error)


def _told(error: NbproviderError | None) -> tuple[type, str] | None:
    return (type(error), error.message) if error else None


def records(traffic: str) -> list[Record]:
    """Return the records of a traffic file ("openai-chat"); skip the test when it is not there."""
    path = SHARED / "traffic" / f"{traffic}.jsonl"
    if not path.is_file():
        pytest.skip(f"no recorded traffic at {path}; set NBPROVIDER_SHARED to where it is")
    return _loaded(path)


@cache
def _loaded(path: Path) -> list[Record]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def body(record: Record) -> bytes:
    """Return the bytes that came over the wire."""
    text = record["response_body"] or ""
    return b64decode(text) if record["response_body_base64"] else text.encode("utf-8")


def provider(record: Record, protocol: str) -> Provider:
    """Return the record's provider from the catalog, or a plain one that speaks the protocol."""
    key = record["provider"]
    if not catalog.known(key):
        return Provider(key, key, protocol)
    found = catalog.find(key)
    if found.protocol == protocol:
        return found
    if protocol in (*found.quirks_in, *found.model_protocols.values()):
        return replace(found, protocol=protocol, quirks=found.quirks_in.get(protocol, Quirks()))
    return Provider(key, key, protocol)


def call(record: Record) -> Call:
    """Return a call that the record answers."""
    model = (record["request_json"] or {}).get("model") or "model"
    return Call(model, (Message("user", (Text("…"),)),), stream=record["streamed"])


def pieces(data: bytes, cuts: Cuts, seed: str = "") -> Iterator[bytes]:
    """Yield the bytes whole, one by one, or cut at random places that depend on the seed."""
    if cuts == "whole":
        yield data
        return
    chance = random.Random(seed)
    at = 0
    while at < len(data):
        size = 1 if cuts == "bytes" else int(chance.paretovariate(0.6))
        yield data[at : at + size]
        at += size


def replay(record: Record, protocol: str, cuts: Cuts = "whole") -> Outcome:
    """Return what a protocol makes of a record."""
    return read(record, protocol, pieces(body(record), cuts, record["id"]))


def read(record: Record, protocol: str, chunks: Iterable[bytes]) -> Outcome:
    """Return what a protocol makes of a record's reply when its bytes are these."""
    module = protocols.load(protocol)
    status = record["response_status"]
    if status >= 400:
        headers = record["response_headers"] or {}
        return Outcome((), module.error(status, headers, b"".join(chunks)))
    events: list[Event] = []
    reading = Reading(module, call(record), provider(record, protocol))
    try:
        for chunk in chunks:
            events.extend(reading.feed(chunk))
        events.extend(reading.close())
    except NbproviderError as error:
        # extend() keeps what came before the error
        return Outcome(tuple(events), error)
    return Outcome(tuple(events))


SENSE: dict[str, frozenset[str]] = {
    "AuthenticationError": frozenset({"Unauthorized"}),
    "PermissionDeniedError": frozenset({"Forbidden", "Unauthorized", "QuotaExhausted"}),
    "NotFoundError": frozenset({"UnknownModel", "BadRequest"}),
    "RateLimitError": frozenset({"RateLimited", "QuotaExhausted", "Overloaded"}),
    "InternalServerError": frozenset({"Unavailable", "Overloaded", "BadRequest", "ContextTooLong"}),
    "BadRequestError": frozenset(
        {"BadRequest", "ContextTooLong", "ContentRefused", "UnknownModel", "Unauthorized"}
    ),
}
"""An SDK's class of error → ours that mean it; a class that is not here says nothing."""


def differences(
    record: Record, outcome: Outcome, usage: Callable[[Record], Usage | None]
) -> dict[str, Difference]:
    """Return what differs from the record's expectation: name → (ours, expected).

    `usage` says what the record's usage is in our counting, None where nothing is expected of it.
    """
    expected = record["expected"]
    if expected is None:
        return {}
    pairs = dict(failures(record, outcome))
    if record["response_status"] < 400:
        pairs |= _said(outcome.turn, expected)
        if (wanted := usage(record)) is not None:
            pairs["usage"] = (_counted(outcome.turn.usage), _counted(wanted))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def failures(record: Record, outcome: Outcome) -> Iterator[tuple[str, Difference]]:
    """Yield what is told of a failure, name → (ours, expected)."""
    error, expected = outcome.error, record["expected"].get("error")
    yield "failed", (error is not None, bool(expected))
    if error is None or not expected or record["response_status"] < 400:
        return
    yield "status", (getattr(error, "status", None), record["response_status"])
    told = expected.get("provider_message")
    yield "message", (not told or _start(told) in error.message, True)
    meant = SENSE.get(str(expected.get("sdk_class")).rpartition(".")[2])
    ours = type(error).__name__
    yield "class", (ours, ours if meant is None or ours in meant else sorted(meant))


def _start(message: str) -> str:
    return " ".join(message.split())[:100]


def _said(turn: Turn, expected: dict[str, Any]) -> dict[str, Difference]:
    text = (expected.get("text") or "") + (expected.get("refusal") or "")
    wanted = expected.get("tool_calls") or []
    calls = [_called(call) for call in turn.tool_calls]
    return {
        "text": (turn.text, text),
        "reasoning": (turn.thinking, expected.get("reasoning") or ""),
        "tool_calls": (
            [_known(ours, theirs) for ours, theirs in zip(calls, wanted, strict=False)]
            + calls[len(wanted) :],
            [(one.get("id"), one["name"], _arguments(one)) for one in wanted],
        ),
        "finish": (turn.raw_finish, expected.get("finish_reason") or ""),
    }


def _called(call: ToolCall) -> tuple[str, str, Any]:
    return call.id, call.name, _parsed(call.arguments)


def _known(ours: tuple[str, str, Any], theirs: dict[str, Any]) -> tuple[str | None, str, Any]:
    """Return our call, with the id that was made up left out where none was sent."""
    sent = theirs.get("id")
    return (ours[0] if sent not in (None, "", "null") else sent, *ours[1:])


def _arguments(call: dict[str, Any]) -> Any:
    parsed = call.get("arguments")
    return parsed if parsed is not None else _parsed(call.get("arguments_text") or "")


def _parsed(text: str) -> Any:
    """Return the arguments; no text means none."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _counted(usage: Usage) -> dict[str, int | None]:
    """Return the counts; no count, where a provider leaves it out, is nought."""
    names = ("input", "output", "cache_read", "cache_write", "reasoning")
    return {name: getattr(usage, name) or 0 for name in names}


def settle(found: dict[str, Any], explained: dict[str, str]) -> None:
    """Fail for a difference that is not explained, and for an explanation of none."""
    unexplained = {id_: diff for id_, diff in found.items() if id_ not in explained}
    stale = sorted(set(explained) - set(found))
    assert not unexplained, f"{len(unexplained)} records differ: {str(unexplained)[:3000]}"
    assert not stale, f"explained, but they agree now: {stale}"
