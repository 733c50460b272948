"""What response headers say of rate limits: how much is left, and when it is more again.

The names differ. OpenAI, Groq, xAI, Azure and many others: `x-ratelimit-remaining-requests`,
`-limit-`, `-reset-` ("6m0s", "26ms"; at Azure milliseconds without a unit). Anthropic:
`anthropic-ratelimit-requests-remaining` and a moment in RFC 3339. Mistral and Hugging Face name the
window and give no reset: `x-ratelimit-remaining-req-minute`. Together and others:
`x-ratelimit-remaining`, `ratelimit-remaining`, the reset in seconds or as a Unix time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

Of = Literal["requests", "tokens"]

WINDOWS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "month": 30 * 86400.0}
"""Words for a window → its seconds."""

UNIX = 1e9
"""A reset from here on is a Unix time in seconds; a thousand times more, in milliseconds."""


class Room(Struct, frozen=True):
    """How much of a limit is left.

    `limit` is None where it is not told; `resets` is in seconds from now.
    """

    of: Of
    remaining: int
    limit: int | None
    resets: float


def rooms(headers: Mapping[str, str], now: float) -> tuple[Room, ...]:
    """Return what headers (lower-case names) say of limits; `now` is Unix time in seconds."""
    found = (room for name in headers if (room := _room(name, headers, now)))
    return tuple(found)


def until_free(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until all that is used up is there again, None when nothing is."""
    waits = [room.resets for room in rooms(headers, now) if room.remaining <= 0]
    return max(waits, default=None)


_NAME = re.compile(
    r"x-ratelimit-remaining(?:-requests|-tokens)?"
    r"|anthropic-ratelimit-(?:requests|tokens|input-tokens|output-tokens)-remaining"
    r"|(?:x-)?ratelimit-remaining-(?:req|requests|tokens)-(?:\d+-)?[a-z]+"
    r"|ratelimit-remaining"
)


def _room(name: str, headers: Mapping[str, str], now: float) -> Room | None:
    if "ratelimit" not in name or not _NAME.fullmatch(name):
        return None
    remaining, limit = _count(headers[name]), _count(_sibling(name, "limit", headers))
    resets = _resets(name, headers, now)
    if remaining is None or resets is None:
        return None
    of: Of = "tokens" if "token" in name else "requests"
    return Room(of, remaining, limit or None, resets)


def _sibling(name: str, what: str, headers: Mapping[str, str]) -> str:
    return headers.get(name.replace("remaining", what), "")


def _resets(name: str, headers: Mapping[str, str], now: float) -> float | None:
    told = _sibling(name, "reset", headers)
    if told:
        by_ms = bool(_sibling(name, "renewalperiod", headers))
        return _seconds(told, now) / (1000 if by_ms else 1)
    return next(_named_windows(name), None)


def _named_windows(name: str) -> Iterator[float]:
    matched = re.search(r"-(?:(\d+)-)?(\w+)$", name)
    if matched and matched[2] in WINDOWS:
        yield WINDOWS[matched[2]] * int(matched[1] or 1)


def _seconds(text: str, now: float) -> float:
    """Return the seconds from now that a reset means: "6m0s", "26ms", "7", a moment."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        number = float(text)
        moment = number / 1000 if number >= UNIX * 1000 else number
        return max(0.0, moment - now) if moment >= UNIX else number
    spans = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)", text)
    if spans and "".join(n + unit for n, unit in spans) == text:
        return sum(float(n) * _UNITS[unit] for n, unit in spans)
    try:
        moment = datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
    return max(0.0, moment - now)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _count(text: str) -> int | None:
    matched = re.fullmatch(r"\s*(\d{1,18})(?:\.0*)?\s*", text, re.ASCII)
    return int(matched[1]) if matched else None
