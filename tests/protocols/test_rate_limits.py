"""What response headers say of rate limits."""

from __future__ import annotations

import json

import pytest

from nbprovider.protocols.faults import waiting
from nbprovider.protocols.rate_limits import Room, rooms, until_free
from recorded import SHARED

NOW = 1_700_000_000.0
"""2023-11-14T22:13:20Z"""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {
                "x-ratelimit-limit-requests": "10000",
                "x-ratelimit-remaining-requests": "9999",
                "x-ratelimit-reset-requests": "6ms",
            },
            Room("requests", 9999, 10000, 0.006),
        ),
        (
            {
                "x-ratelimit-limit-tokens": "30000",
                "x-ratelimit-remaining-tokens": "12",
                "x-ratelimit-reset-tokens": "1m30.5s",
            },
            Room("tokens", 12, 30000, 90.5),
        ),
        (
            {
                "anthropic-ratelimit-requests-limit": "4000",
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2023-11-14T22:13:50Z",
            },
            Room("requests", 0, 4000, 30.0),
        ),
        (
            {
                "anthropic-ratelimit-input-tokens-limit": "100",
                "anthropic-ratelimit-input-tokens-remaining": "7",
                "anthropic-ratelimit-input-tokens-reset": "2023-11-14T22:13:20Z",
            },
            Room("tokens", 7, 100, 0.0),
        ),
        (
            {
                "x-ratelimit-limit-tokens": "120000",
                "x-ratelimit-remaining-tokens": "119986",
                "x-ratelimit-renewalperiod-tokens": "60",
                "x-ratelimit-reset-tokens": "7",
            },
            Room("tokens", 119986, 120000, 0.007),
        ),
        (
            {"x-ratelimit-limit-req-minute": "100", "x-ratelimit-remaining-req-minute": "99"},
            Room("requests", 99, 100, 60.0),
        ),
        (
            {"x-ratelimit-remaining-req-10-second": "57"},
            Room("requests", 57, None, 10.0),
        ),
        (
            {
                "x-ratelimit-limit": "2",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1",
            },
            Room("requests", 0, 2, 1.0),
        ),
        (
            {"x-ratelimit-remaining": "5", "x-ratelimit-reset": "1700000012"},
            Room("requests", 5, None, 12.0),
        ),
        (
            {"x-ratelimit-remaining": "5", "x-ratelimit-reset": "1700000012000"},
            Room("requests", 5, None, 12.0),
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-limit": "9", "ratelimit-reset": "20"},
            Room("requests", 3, 9, 20.0),
        ),
    ],
)
def test_each_providers_headers_are_read(headers, expected):
    assert rooms(headers, NOW) == (expected,)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-remaining-requests": "many", "x-ratelimit-reset-requests": "1s"},
        {"x-ratelimit-remaining-requests": "5"},
        {"x-ratelimit-remaining-input-images": "5", "x-ratelimit-reset-input-images": "1s"},
        {"x-ratelimit-remaining-audio-seconds-minute": "7191"},
        {"x-ratelimit-key": "gpt", "content-type": "text/html"},
    ],
)
def test_what_makes_no_sense_or_is_no_limit_of_ours_is_passed_over(headers):
    assert rooms(headers, NOW) == ()


def test_a_reset_that_makes_no_sense_is_no_wait():
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}
    assert rooms(headers, NOW) == (Room("requests", 0, None, 0.0),)


def test_of_limits_that_are_used_up_the_longest_counts():
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "8s",
    }
    assert until_free(headers, NOW) == 8.0
    assert until_free({**headers, "x-ratelimit-remaining-tokens": "5"}, NOW) == 2.0
    assert until_free({}, NOW) is None


def test_a_refusal_without_retry_after_waits_for_the_reset():
    """`retry-after` is believed first."""
    reset = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "4s"}
    assert waiting(reset) == 4.0
    assert waiting({**reset, "retry-after": "9"}) == 9.0


def test_recorded_headers_are_read(recorded_headers):
    """Every recorded response that tells a rest and a reset of requests or tokens is understood."""
    understood = 0
    for headers in recorded_headers:
        told = [
            name for name in headers if name.endswith(("remaining-requests", "remaining-tokens"))
        ]
        resets = [name for name in told if headers.get(name.replace("remaining", "reset"))]
        assert len(rooms(headers, NOW)) >= len(resets)
        understood += len(resets)
    assert understood > 100


@pytest.fixture
def recorded_headers():
    if not (SHARED / "traffic").exists():
        pytest.skip(f"no recorded traffic below {SHARED}; set NBPROVIDER_SHARED to where it is")
    files = (SHARED / "traffic").glob("*.jsonl")
    lines = (line for path in files for line in path.read_text().splitlines())
    found = (json.loads(line).get("response_headers") or {} for line in lines)
    lowered = [{k.lower(): str(v) for k, v in headers.items()} for headers in found]
    assert lowered
    return [headers for headers in lowered if any("ratelimit" in name for name in headers)]
