"""The clock that stands beside a call: phases, heartbeats, and the word that nothing comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from msgspec import Struct

from nbprovider.ticker import Ticker
from nbprovider.types import (
    Alive,
    Answered,
    Delta,
    Event,
    Failed,
    Heartbeat,
    Interrupted,
    Opened,
    Sending,
    Spell,
    Started,
    Thinking,
    ToolCall,
    ToolStarted,
)

TICKS = 5
"""How often a second it is looked whether a heartbeat is due."""


class Rhythm(Struct, frozen=True):
    """Seconds between heartbeats, and of silence that are said to be a stall."""

    heartbeat: float = 5.0
    warning: float = 15.0


class Pulse:
    """Listen to a call, know its phases; give a heartbeat when one is due.

    Any event is a sign of life, also `Alive`, which says nothing else. Between attempts no provider
    is waited for, nor while a tool runs, so nothing stalls.
    """

    def __init__(self, rhythm: Rhythm, clock: Callable[[], float] = time.monotonic) -> None:
        self._rhythm = rhythm
        self._clock = clock
        self._lock = threading.Lock()
        self._began = self._heard = self._beaten = clock()
        self._phase = "resolving"
        self._spells: list[Spell] = []
        self._warned = self._over = False

    def saw(self, event: Event) -> None:
        """Take in one event."""
        with self._lock:
            self._heard = self._clock()
            self._warned = False
            phase = _phase(event)
            if phase is None:
                self._over = self._over or isinstance(event, Answered | Interrupted)
                return
            self._over = False
            if phase != self._phase:
                self._enter(phase)

    def _enter(self, phase: str) -> None:
        now = self._clock()
        self._spells.append(Spell(self._phase, now - self._began))
        self._phase, self._began = phase, now

    def due(self) -> Heartbeat | None:
        """Return the heartbeat that is due now, None when none is.

        One is due every so many seconds, and once when a silence becomes a stall.
        """
        with self._lock:
            now = self._clock()
            silence = now - self._heard
            stalled = silence >= self._rhythm.warning and self._phase not in _PATIENT
            warns = stalled and not self._warned
            if self._over or not (warns or now - self._beaten >= self._rhythm.heartbeat):
                return None
            self._beaten, self._warned = now, stalled
            timeline = (*self._spells, Spell(self._phase, now - self._began))
            return Heartbeat(timeline, silence, stalled)


class Listener(Protocol):
    """Whoever wants to know what happens."""

    def saw(self, event: Event) -> None:
        """Take in one event."""


@contextmanager
def beating(pulse: Pulse, listeners: tuple[Listener, ...]) -> Iterator[None]:
    """Tell the listeners, from a thread of its own, each heartbeat that is due."""

    def tick() -> None:
        if (beat := pulse.due()) is not None:
            for listener in listeners:
                listener.saw(beat)

    ticker = Ticker(tick, TICKS)
    ticker.start()
    try:
        yield
    finally:
        ticker.end(lambda: None)


_PHASES: dict[type, str] = {
    Started: "resolving",
    Sending: "connecting",
    Opened: "waiting",
    ToolStarted: "running a tool",
}

_PATIENT = {"retrying", "running a tool"}
"""Phases in which no provider is waited for."""


def _phase(event: Event) -> str | None:
    """Return the phase that an event begins, None for one that begins none."""
    if isinstance(event, Delta):
        return "thinking" if isinstance(event.part, Thinking) else _of_part(event)
    if isinstance(event, Failed):
        return "retrying" if event.next_route else None
    return None if isinstance(event, Alive) else _PHASES.get(type(event))


def _of_part(event: Delta) -> str:
    return "calling a tool" if isinstance(event.part, ToolCall) else "streaming"
