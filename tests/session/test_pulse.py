"""The clock beside a call, driven by hand."""

from __future__ import annotations

import threading

import pytest

from nbprovider.errors import Unavailable
from nbprovider.session.pulse import Pulse, Rhythm, beating
from nbprovider.types import (
    Alive,
    Answered,
    Delta,
    Failed,
    Heartbeat,
    Opened,
    Route,
    Sending,
    Started,
    Text,
    Thinking,
    ToolCall,
)

ROUTE = Route("groq", "m", "groq")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    return Pulse(Rhythm(5.0, 15.0), clock)


def heard(pulse: Pulse, clock: Clock, *timed: tuple[float, object]) -> None:
    for at, event in timed:
        clock.now = at
        pulse.saw(event)  # type: ignore[arg-type]


def test_a_heartbeat_comes_every_five_seconds(pulse, clock):
    beats = []
    for second in range(21):
        clock.now = float(second)
        pulse.saw(Alive())
        beats += [second] if pulse.due() else []
    assert beats == [5, 10, 15, 20]


def test_the_timeline_holds_each_phase_and_how_long_it_lasted(pulse, clock):
    heard(
        pulse,
        clock,
        (0.0, Started(ROUTE, 1)),
        (0.5, Sending()),
        (1.0, Opened(200, {})),
        (3.0, Delta(0, Thinking("hm"))),
        (4.0, Delta(1, Text("a"))),
        (4.5, Delta(1, Text("b"))),
    )
    clock.now = 6.0
    beat = pulse.due()
    assert [(spell.phase, spell.seconds) for spell in beat.timeline] == [
        ("resolving", 0.5),
        ("connecting", 0.5),
        ("waiting", 2.0),
        ("thinking", 1.0),
        ("streaming", 2.0),
    ]


def test_silence_is_a_stall_after_fifteen_seconds_said_once(pulse, clock):
    heard(pulse, clock, (0.0, Started(ROUTE, 1)), (1.0, Sending()))
    stalls = []
    for tenth in range(0, 300, 5):
        clock.now = tenth / 10
        if (beat := pulse.due()) and beat.stalled:
            stalls.append(clock.now)
    assert stalls[0] == 16.0  # 15 s after the last event, not at the next fifth second


@pytest.mark.parametrize("life", [Alive(), Delta(0, Thinking("…")), Delta(0, ToolCall("1", "f"))])
def test_any_byte_is_a_sign_of_life(pulse, clock, life):
    """Keep-alive comments, reasoning and streamed arguments are no silence."""
    for second in range(0, 60, 10):
        heard(pulse, clock, (float(second), life))
        clock.now += 9
        assert not getattr(pulse.due(), "stalled", False)


def test_waiting_for_the_next_attempt_is_no_stall(pulse, clock):
    heard(pulse, clock, (0.0, Started(ROUTE, 1)), (1.0, Failed(Unavailable("x"), 30.0, ROUTE)))
    clock.now = 25.0
    assert not pulse.due().stalled


def test_after_the_end_there_is_no_heartbeat(pulse, clock):
    heard(pulse, clock, (0.0, Started(ROUTE, 1)), (1.0, Answered(ROUTE)))
    clock.now = 50.0
    assert pulse.due() is None


def test_heartbeats_reach_the_listeners_from_a_thread_that_ends_with_the_call():
    class Listener:
        def __init__(self) -> None:
            self.beats: list[Heartbeat] = []
            self.beaten = threading.Event()

        def saw(self, event) -> None:
            self.beats.append(event)
            self.beaten.set()

    listener, before = Listener(), set(threading.enumerate())
    with beating(Pulse(Rhythm(0.01, 0.02)), (listener,)):
        assert listener.beaten.wait(10)
    assert all(isinstance(beat, Heartbeat) for beat in listener.beats)
    assert set(threading.enumerate()) <= before
