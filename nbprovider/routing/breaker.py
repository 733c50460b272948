"""Circuit breakers: who failed again and again is left alone for a while.

A circuit is closed while all is well. After so many failures in a row it opens: nothing is sent.
When its pause is over it is half open: one call is let through, the probe, and all others are still
refused. What becomes of the probe closes the circuit or opens it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from nbprovider.errors import CircuitOpen, NbproviderError, Overloaded, RateLimited, Unavailable
from nbprovider.types import Answered, Event, Failed, Interrupted, Route, Sending, Started

State = Literal["closed", "open", "half open"]
Key = tuple[str, str]
"""An account's name and a model's."""

OUTAGES = (Unavailable, Overloaded, RateLimited)
"""What counts as a failure: a wrong key or a bad request says nothing of the provider's health."""


class Limit(Struct, frozen=True):
    """How many failures in a row open a circuit (0: none do), and for how many seconds."""

    failures: int = 3
    pause: float = 60.0


class Circuit:
    """One circuit; `now` is any clock that only goes forward, in seconds.

    - `failures`: outages in a row; `last_error`: the last one in words
    - `since`: when the state was entered, None for one that never changed
    """

    def __init__(self) -> None:
        self.failures = 0
        self.last_error = ""
        self.since: float | None = None
        self._pause = 0.0
        self._opened = False
        self._probe: object | None = None

    def state(self, now: float) -> State:
        """Return the state that the circuit is in."""
        if not self._opened:
            return "closed"
        return "open" if now < self.opens_again else "half open"

    @property
    def opens_again(self) -> float:
        """When the pause of an open circuit is over."""
        return (self.since or 0.0) + self._pause

    def admits(self, who: object, now: float) -> bool:
        """Say whether a call may be made; in a half-open circuit it becomes the probe."""
        state = self.state(now)
        if state == "closed" or self._probe is who:
            return True
        if state == "open" or self._probe is not None:
            return False
        self._probe = who
        return True

    def succeeded(self, who: object, now: float) -> None:
        """Take in that a call was answered.

        Of calls that began before the circuit opened nothing is learnt any more.
        """
        if self._opened and self._probe is not who:
            return
        if self._opened:
            self.since = now
        self.failures, self._opened, self._probe = 0, False, None

    def failed(self, who: object, now: float, limit: Limit, words: str) -> None:
        """Take in that a call met an outage."""
        if self._opened and self._probe is not who:
            return
        self.failures += 1
        self.last_error = words
        if self._opened or 0 < limit.failures <= self.failures:
            self._opened, self._probe = True, None
            self.since, self._pause = now, limit.pause

    def abandoned(self, who: object) -> None:
        """Take in that nothing was learnt of a call: it was interrupted, or refused elsewhere."""
        if self._probe is who:
            self._probe = None


class Health(Struct, frozen=True):
    """How an account's model is; times are in seconds of the breakers' clock, None for never."""

    account: str
    model: str
    state: State
    failures: int
    since: float | None
    opens_again: float | None
    last_error: str


class Breakers:
    """The circuits of a kernel, shared by all its calls and threads."""

    def __init__(
        self, limit: Callable[[Route], Limit], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._circuits: dict[Key, Circuit] = {}

    def admit(self, route: Route, who: object) -> None:
        """Let a call pass; raises CircuitOpen where it may not be made now."""
        with self._lock:
            circuit, now = self._circuit(route), self._clock()
            if not circuit.admits(who, now):
                raise _open(route, circuit, now)

    def answered(self, route: Route, who: object) -> None:
        """Take in that a call was answered."""
        with self._lock:
            self._circuit(route).succeeded(who, self._clock())

    def failed(self, route: Route, who: object, error: NbproviderError) -> None:
        """Take in how a call failed: an outage counts, all else teaches nothing."""
        with self._lock:
            circuit = self._circuit(route)
            if isinstance(error, OUTAGES):
                words = f"{type(error).__name__}: {error.message}"
                circuit.failed(who, self._clock(), self._limit(route), words)
            else:
                circuit.abandoned(who)

    def abandoned(self, route: Route, who: object) -> None:
        """Take in that a call was stopped from outside."""
        with self._lock:
            self._circuit(route).abandoned(who)

    def is_open(self, route: Route) -> bool:
        """Say whether a call would be refused now, a probe aside."""
        with self._lock:
            return self._circuit(route).state(self._clock()) == "open"

    def reset(self, name: str = "") -> int:
        """Close the circuits of an account, or of `account:model`, or all.

        Return how many of them were not closed; of all of them the failures are forgotten.
        """
        with self._lock:
            now = self._clock()
            own = [key for key in self._circuits if name in ("", key[0], f"{key[0]}:{key[1]}")]
            return sum(self._circuits.pop(key).state(now) != "closed" for key in own)

    def health(self) -> list[Health]:
        """Return how each account's model is that was asked in this kernel."""
        with self._lock:
            now = self._clock()
            return [_health(key, circuit, now) for key, circuit in sorted(self._circuits.items())]

    def ago(self, moment: float) -> float:
        """Return how many seconds ago a moment was; negative for one to come."""
        return self._clock() - moment

    def _circuit(self, route: Route) -> Circuit:
        return self._circuits.setdefault((route.account or route.provider, route.model), Circuit())


class Fuse:
    """One call's part in the breakers: a guard, and a listener that tells what became of it.

    An attempt that ended before anything was sent teaches nothing.
    """

    def __init__(self, breakers: Breakers) -> None:
        self._breakers = breakers
        self._route: Route | None = None
        self._sent = False

    def admit(self, route: Route) -> float:
        """Let an attempt pass at once; raises CircuitOpen."""
        self._breakers.admit(route, self)
        return 0.0

    def saw(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self._route, self._sent = event.route, False
        elif self._route is None:
            return
        elif isinstance(event, Sending):
            self._sent = True
        elif isinstance(event, Answered):
            self._breakers.answered(self._route, self)
        elif isinstance(event, Failed) and self._sent:
            self._breakers.failed(self._route, self, event.error)
        elif isinstance(event, Failed | Interrupted):
            self._breakers.abandoned(self._route, self)


def _health(key: Key, circuit: Circuit, now: float) -> Health:
    state = circuit.state(now)
    again = circuit.opens_again if state == "open" else None
    return Health(*key, state, circuit.failures, circuit.since, again, circuit.last_error)


def _open(route: Route, circuit: Circuit, now: float) -> CircuitOpen:
    name = route.account or route.provider
    wait = circuit.opens_again - now
    when = f"in {wait:.0f} s" if wait > 0 else "when the call that tries it now has ended"
    return CircuitOpen(
        f"{name} failed {circuit.failures} times in a row with {route.model}; it is left alone for"
        f" now ({circuit.last_error.rstrip('.')}).",
        hint=f"It is tried again {when}; `%provider health reset {name}` tries it at once.",
    )
