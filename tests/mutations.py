"""Recorded replies, changed: what a server may send as well, and what none should.

A change is made to the decoded payloads of a body, which is then written in its framing again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from event_stream import event, exception
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.framing import decoder

Payloads = list[Any]

STRANGE: tuple[Any, ...] = (None, [], {}, "", "words", 0, -1, 1e300, True, [None], {"a": 1}, [[]])
"""Values of every type that JSON has, none of them what was there."""


class Body:
    """A body taken apart: `payloads` in the order in which they came, `whole` for one document."""

    def __init__(self, data: bytes, framing: FramingName, *, streamed: bool) -> None:
        self.framing: FramingName = framing if streamed else "sse"
        cutter = decoder(self.framing)
        told = [*cutter.feed(data), *cutter.close()]
        self.whole = cutter.whole
        self.marks = [one for one in told if one == b"[DONE]"]
        self.payloads: Payloads = [json.loads(one) for one in told if one != b"[DONE]"]

    def bytes(self, payloads: Payloads) -> bytes:
        """Return payloads in the framing that the body came in."""
        texts = [json.dumps(one).encode() for one in payloads]
        if self.whole:
            return b"\n".join(texts)
        if self.framing == "ndjson":
            return b"".join(text + b"\n" for text in texts)
        if self.framing == "aws":
            return b"".join(map(_frame, payloads))
        return b"".join(b"data: " + text + b"\n\n" for text in [*texts, *self.marks])


def _frame(payload: Any) -> bytes:
    """Return a payload as an AWS message; what is no object of one key becomes an odd event."""
    named = isinstance(payload, dict) and len(payload) == 1
    name, value = next(iter(payload.items())) if named else ("odd", payload)
    if name == "exception" and isinstance(value, dict):
        return exception(str(value.get("type"))[:200], value.get("body"))
    return event(name[:200], value)


def places(told: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each object or list inside a value, with each of its keys or indices."""
    if isinstance(told, dict | list):
        for key, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
            yield told, key
            yield from places(value)


def spoilt(payloads: Payloads, chance: random.Random) -> Payloads:
    """Return payloads of which one value is missing or of another type."""
    changed: Payloads = json.loads(json.dumps(payloads))
    holder, key = chance.choice(list(places(changed)))
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = chance.choice(STRANGE)
    return changed


def disordered(payloads: Payloads, chance: random.Random) -> Payloads:
    """Return payloads of which one is gone, comes twice, or comes at another time."""
    changed = list(payloads)
    one = changed.pop(chance.randrange(len(changed)))
    for _ in range(chance.randrange(3)):
        changed.insert(chance.randint(0, len(changed)), one)
    return changed


SPOILERS: tuple[Callable[[Payloads, random.Random], Payloads], ...] = (spoilt, disordered)


def spoilt_beside(payloads: Payloads, chance: random.Random) -> Payloads:
    """Return payloads in which something is wrong beside the answer, not in it."""
    changed: Payloads = json.loads(json.dumps(payloads))
    if found := list(_beside(changed)):
        holder, key = chance.choice(found)
        holder[key] = chance.choice(STRANGE)
    return changed


def _beside(told: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(told, dict | list):
        return
    for key, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
        if key in BESIDE:
            yield told, key
            yield from places(value)
        elif key not in GIVEN:
            yield from _beside(value)


BESIDE = frozenset(
    {
        "usage",
        "usageMetadata",
        "usage_metadata",
        "x_groq",
        "metrics",
        "metadata",
        "meta",
        "trace",
        "created",
        "created_at",
        "prompt_eval_count",
        "eval_count",
        "total_duration",
        "system_fingerprint",
        "service_tier",
        "object",
        "obfuscation",
        "citations",
        "search_results",
        "annotations",
        "groundingMetadata",
        "safetyRatings",
        "avgLogprobs",
        "logprobs",
        "modelVersion",
        "responseId",
        "model",
        "provider",
        "amazon-bedrock-invocationMetrics",
    }
)
"""Fields that say something about the answer: counts, sources, names."""

GIVEN = frozenset({"arguments", "args", "input", "inputs"})
"""Fields whose inside is the model's own."""


def extended(body: Body) -> Payloads:
    """Return payloads to which a server has added fields that nobody knows.

    In an event stream of AWS's the outermost name is the event's own; fields are inside it.
    """
    inside = body.framing == "aws" and not body.whole
    return [_inside(one) if inside else _more(one) for one in body.payloads]


def with_news(payloads: Payloads, chance: random.Random) -> Payloads:
    """Return payloads with an event of a new type among them, behind the first."""
    changed = list(payloads)
    changed.insert(chance.randint(1, len(changed)), {"type": "something.new", "told": {"a": [1]}})
    return changed


def _inside(payload: Any) -> Any:
    return {name: _more(value) for name, value in payload.items()}


def _more(told: Any) -> Any:
    more = {"x_unheard_of": {"a": [1, None]}, "x_null": None}
    return {**told, **more} if isinstance(told, dict) else told


def otherwise_framed(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield a body of server-sent events in other ways that the format allows."""
    crlf = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield crlf
    yield b"\xef\xbb\xbf" + data
    yield b": connected\n\n" + data.replace(b"\n\n", b"\n\n: ping\n\n", chance.randint(1, 9))
    yield b"retry: 100\n\n" + data.replace(b"data:", b"id: 7\ndata:")
    yield data.replace(b"data: ", b"data:")
    if b"\r" not in data:
        yield data.replace(b"\n", b"\r")
