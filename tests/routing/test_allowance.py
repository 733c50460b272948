"""Rate limits that providers tell are kept, also by many calls at once; driven by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.errors import RateLimited, Unavailable
from nbprovider.routing.allowance import Allowances, Share
from nbprovider.types import Answered, Failed, Interrupted, Opened, Route, Started

ROUTE = Route("groq", "m", "work")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowances(clock: Clock) -> Allowances:
    return Allowances(lambda: 30.0, clock, lambda: 0.0)


def headers(remaining: int, limit: int = 5, reset: str = "10s", of: str = "requests") -> dict:
    return {
        f"x-ratelimit-remaining-{of}": str(remaining),
        f"x-ratelimit-limit-{of}": str(limit),
        f"x-ratelimit-reset-{of}": reset,
    }


def call(allowances: Allowances, tokens: int = 10, route: Route = ROUTE) -> tuple[Share, float]:
    share = Share(allowances, tokens)
    share.saw(Started(route, 1))
    return share, share.admit(route)


def told(allowances: Allowances, **said) -> None:
    share, _ = call(allowances)
    share.saw(Opened(200, headers(**said)))
    share.saw(Answered(ROUTE))


def waits(allowances: Allowances, count: int, tokens: int = 10) -> list[float]:
    return [call(allowances, tokens)[1] for _ in range(count)]


def test_before_anything_is_told_nothing_waits(allowances):
    assert waits(allowances, 50) == [0.0] * 50


def test_calls_beyond_what_is_left_wait_for_the_reset(allowances):
    told(allowances, remaining=2)
    assert waits(allowances, 4) == [0.0, 0.0, 10.0, 10.0]


def test_more_than_a_windows_worth_is_spread_over_the_next_windows(allowances):
    """Else all that wait would come at once, and be refused."""
    told(allowances, remaining=0, limit=3)
    assert waits(allowances, 7) == [10.0] * 3 + [20.0] * 3 + [30.0]


def test_a_wait_that_is_too_long_is_an_error_that_another_route_may_heal(allowances):
    told(allowances, remaining=0, limit=1, reset="31s")
    with pytest.raises(RateLimited, match="31 s more; nothing was sent") as raised:
        call(allowances)
    assert raised.value.may_fall_back
    assert raised.value.retry_after == 31.0


def test_who_was_refused_takes_nothing(allowances, clock):
    told(allowances, remaining=0, limit=1, reset="29s")
    assert waits(allowances, 1) == [29.0]
    for _ in range(3):
        with pytest.raises(RateLimited):
            call(allowances)
    clock.now = 30.0
    assert waits(allowances, 1) == [28.0]


def test_time_brings_room_again(allowances, clock):
    told(allowances, remaining=0)
    clock.now = 10.0
    assert waits(allowances, 6) == [0.0] * 5 + [10.0]


def test_tokens_are_limited_too(allowances):
    told(allowances, remaining=25, limit=100, of="tokens")
    assert waits(allowances, 3, tokens=10) == [0.0, 0.0, 10.0]


def test_a_call_that_is_larger_than_the_limit_is_the_providers_to_refuse(allowances):
    told(allowances, remaining=100, limit=100, of="tokens")
    assert waits(allowances, 1, tokens=5000) == [0.0]


def test_each_account_and_model_has_its_own_limits(allowances):
    told(allowances, remaining=0)
    assert call(allowances, route=Route("groq", "m", "home"))[1] == 0.0
    assert call(allowances, route=Route("groq", "other", "work"))[1] == 0.0


def test_what_others_have_under_way_is_not_in_a_response_yet(allowances):
    first, _ = call(allowances)
    waits(allowances, 2)
    first.saw(Opened(200, headers(remaining=3)))
    assert waits(allowances, 2) == [0.0, 10.0]


@pytest.mark.parametrize("end", [Failed(Unavailable("x")), Interrupted(), Answered(ROUTE)])
def test_a_call_that_is_over_is_not_under_way(allowances, end):
    gone, _ = call(allowances)
    gone.saw(end)
    told(allowances, remaining=1)
    assert waits(allowances, 2) == [0.0, 10.0]


@given(
    limit=st.integers(1, 8),
    remaining=st.integers(0, 8),
    arrivals=st.lists(st.floats(0, 3), max_size=40),
)
def test_in_no_window_more_calls_go_out_than_are_allowed(limit, remaining, arrivals):
    clock = Clock()
    allowances = Allowances(lambda: 1e9, clock, lambda: 0.0)
    remaining = min(remaining, limit)
    told(allowances, remaining=remaining, limit=limit, reset="10s")
    starts = []
    for pause in arrivals:
        clock.now += pause
        starts.append(round(clock.now + call(allowances)[1], 6))
    before = [start for start in starts if start < 10.0]
    assert len(before) <= remaining
    for window in range(1, 20):
        inside = [s for s in starts if 10.0 * window <= s < 10.0 * (window + 1)]
        assert len(inside) <= limit
