"""When a refused call is tried again: every form in which it is said, and what is too long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from asked import Way, asynchronous, both, failure, sync
from faulty import MODEL
from loopback import Peer, answering
from nbprovider.errors import RateLimited

SPENT = {"x-ratelimit-limit-requests": "9", "x-ratelimit-remaining-requests": "0"}
ANTHROPIC = "anthropic-ratelimit-requests-"


def date(seconds: float) -> str:
    """Return the HTTP date that is so many seconds away."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def moment(seconds: float) -> str:
    """Return a moment in RFC 3339."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


WAITS = {
    "seconds": lambda: {"retry-after": "0.3"},
    "milliseconds": lambda: {"retry-after-ms": "300"},
    "milliseconds before seconds": lambda: {"retry-after-ms": "300", "retry-after": "50"},
    "a span until the reset": lambda: {**SPENT, "x-ratelimit-reset-requests": "300ms"},
    "the reset's moment": lambda: {
        f"{ANTHROPIC}limit": "9",
        f"{ANTHROPIC}remaining": "0",
        f"{ANTHROPIC}reset": moment(0.4),
    },
}
"""Forms of a wait of 0.3 s or a little more."""

AT_ONCE = {
    "zero": lambda: {"retry-after": "0"},
    "a date that has passed": lambda: {"retry-after": date(-3600)},
    "words": lambda: {"retry-after": "in a while"},
    "a negative number": lambda: {"retry-after": "-5"},
    "nothing": dict,
    "no number": lambda: {"retry-after": "NaN", "retry-after-ms": "inf"},
}

TOO_LONG = {
    "an hour": lambda: {"retry-after": "3600"},
    "a date in an hour": lambda: {"retry-after": date(3600)},
    "a date in a thousand years": lambda: {"retry-after": "Fri, 31 Dec 3026 23:59:59 GMT"},
    "an hour in milliseconds": lambda: {"retry-after-ms": "3600000"},
    "a reset in an hour": lambda: {**SPENT, "x-ratelimit-reset-requests": "1h0m0s"},
}


def named(forms):
    return pytest.mark.parametrize("headers", forms.values(), ids=forms)


@pytest.fixture
def refusing(world):
    """Give a way to have `far` refuse the first of two requests; it returns when they came."""
    world.settle(tries=2)
    world.speak("openai_chat")

    def begin(headers):
        seen: list[float] = []

        def script(peer: Peer) -> None:
            seen.append(time.monotonic())
            if len(seen) == 1:
                peer.whole(429, {"error": {"message": "slow down"}}, **headers())
            else:
                answering("at ", "last")(peer)

        world.far.script = script
        return seen

    return begin


@named(WAITS)
@both
def test_a_wait_that_is_asked_for_is_kept(world, refusing, headers, way: Way):
    seen = refusing(headers)
    assert way(f"far:{MODEL}").text == "at last"
    assert seen[1] - seen[0] >= 0.29
    assert [row["status"] for row in world.rows()] == ["failed", "ok"]


@named(AT_ONCE)
def test_what_asks_for_no_wait_or_makes_no_sense_is_tried_at_once(world, refusing, headers):
    refusing(headers)
    assert sync(f"far:{MODEL}").text == "at last"
    first, second = world.rows()
    assert (first["status"], first["cost_source"]) == ("failed", "unbilled")
    assert (second["status"], second["provider"]) == ("ok", "far")


@named(TOO_LONG)
@both
def test_a_wait_that_is_too_long_hands_the_call_on(world, refusing, headers, way: Way):
    seen = refusing(headers)
    assert way("pair").text == "from near"
    assert len(seen) == 1
    assert [row["provider"] for row in world.rows()] == ["far", "near"]


@named(TOO_LONG)
def test_a_wait_that_is_too_long_is_told_where_nobody_else_is(refusing, headers):
    refusing(headers)
    error = failure(asynchronous)
    assert type(error) is RateLimited
    assert error.retry_after > 3000
