"""Keep within the rate limits that providers tell, also with many calls at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from nbprovider.errors import RateLimited
from nbprovider.protocols.rate_limits import Of, Room, rooms
from nbprovider.types import Answered, Event, Failed, Interrupted, Opened, Route, Started

Key = tuple[str, str]


class Bucket:
    """One limit of one account's model; moments are in seconds of any clock.

    `remaining` falls below 0 when calls wait for the next windows; each of those brings `limit`
    more.
    """

    def __init__(self, room: Room, now: float) -> None:
        self.remaining = room.remaining
        self.limit = max(room.limit or 1, 1)
        self._told = room.limit is not None
        self.resets_at = now + room.resets
        self.window = max(room.resets, 0.001)

    def over(self, now: float) -> bool:
        """Say whether nothing is known any more: how much the next window brings was not told."""
        return not self._told and now >= self.resets_at and self.remaining >= 0

    def take(self, amount: int, now: float) -> float:
        """Take so much, return the seconds to wait until it is there."""
        amount = min(amount, self.limit)
        if (late := now - self.resets_at) >= 0:
            windows = math.floor(late / self.window) + 1
            self.remaining = min(self.limit, self.remaining + self.limit * windows)
            self.resets_at += self.window * windows
        self.remaining -= amount
        if self.remaining >= 0:
            return 0.0
        windows = math.ceil(-self.remaining / self.limit)
        return max(0.0, self.resets_at - now + (windows - 1) * self.window)

    def give_back(self, amount: int) -> None:
        """Put back what was taken and is not used."""
        self.remaining += min(amount, self.limit)


class Allowances:
    """What the accounts of a kernel may still ask, as their last responses told."""

    def __init__(
        self,
        longest: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._longest = longest
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._buckets: dict[Key, dict[Of, Bucket]] = {}
        self._pending: dict[Key, dict[object, int]] = {}

    def admit(self, route: Route, who: object, tokens: int) -> float:
        """Take room for a call of so many tokens; return the seconds to wait for it.

        Raises RateLimited, with nothing taken, where that would take longer than is waited.
        """
        key = (route.account or route.provider, route.model)
        with self._lock:
            now, taken = self._clock(), list[tuple[Bucket, int]]()
            wait = 0.0
            for of, bucket in list(self._buckets.get(key, {}).items()):
                if bucket.over(now):
                    del self._buckets[key][of]
                    continue
                amount = tokens if of == "tokens" else 1
                taken.append((bucket, amount))
                wait = max(wait, bucket.take(amount, now))
            if wait > self._longest():
                for bucket, amount in taken:
                    bucket.give_back(amount)
                raise _too_long(route, wait)
            self._pending.setdefault(key, {})[who] = tokens
            return wait

    def told(self, route: Route, who: object, headers: dict[str, str]) -> None:
        """Take in what a response says; what others have under way is not in it yet."""
        key = (route.account or route.provider, route.model)
        with self._lock:
            pending = self._pending.get(key, {})
            pending.pop(who, None)
            now = self._clock()
            for room in _tightest(rooms(headers, self._wall())):
                bucket = Bucket(room, now)
                bucket.remaining -= sum((t if room.of == "tokens" else 1) for t in pending.values())
                self._buckets.setdefault(key, {})[room.of] = bucket

    def done(self, route: Route, who: object) -> None:
        """Take in that a call is over."""
        with self._lock:
            self._pending.get((route.account or route.provider, route.model), {}).pop(who, None)


class Share:
    """One call's part in the allowances: a guard, and a listener for what responses tell."""

    def __init__(self, allowances: Allowances, tokens: int) -> None:
        self._allowances = allowances
        self._tokens = tokens
        self._route: Route | None = None

    def admit(self, route: Route) -> float:
        """Return the seconds to wait before an attempt; raises RateLimited for too many."""
        return self._allowances.admit(route, self, self._tokens)

    def saw(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self._route = event.route
        elif self._route is None:
            return
        elif isinstance(event, Opened):
            self._allowances.told(self._route, self, dict(event.headers))
        elif isinstance(event, Failed | Answered | Interrupted):
            self._allowances.done(self._route, self)


def _tightest(told: tuple[Room, ...]) -> list[Room]:
    """Return of each kind the limit that is reached first."""
    found: dict[Of, Room] = {}
    for room in told:
        other = found.get(room.of)
        if other is None or room.remaining < other.remaining:
            found[room.of] = room
    return list(found.values())


def _too_long(route: Route, wait: float) -> RateLimited:
    return RateLimited(
        f"{route.account or route.provider} said that its limit for {route.model} is used up for"
        f" {wait:.0f} s more; nothing was sent.",
        hint="Wait, or ask another account; `longest_wait` in settings.toml is the longest wait.",
        retry_after=wait,
    )
