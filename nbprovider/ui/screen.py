"""A running call on screen: a view that listens, a painter that repaints it steadily."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol, Self

from msgspec.structs import replace

from nbprovider.ticker import Ticker
from nbprovider.types import Event, Heartbeat, Part, Text
from nbprovider.view import Final, Shown, View


class Painter(Protocol):
    """Whoever can put a call on a screen; all its methods are called by one thread."""

    def paint(self, shown: list[Shown], status: str) -> None:
        """Show what has come since the last time."""

    def finish(self, final: Final) -> None:
        """Leave this in place of all that was painted."""

    def leave(self, shown: list[Shown]) -> None:
        """Leave what was said by a call that failed, and nothing of what was waited for."""


class Screen:
    """Listen to a call inside a `with` block, then end with `finish` or `leave`.

    `growing` makes words that are on their way ready to be seen. The view belongs to two threads:
    the call's, which tells it, and the painting one.
    """

    def __init__(
        self,
        painter: Painter,
        per_second: float,
        hidden: tuple[type[Part], ...] = (),
        growing: Callable[[str], str] = str,
    ) -> None:
        self._growing = growing
        self.view = View(hidden)
        self._painter = painter
        self._lock = threading.Lock()
        self._began = self._heard = time.monotonic()
        self._ticker = Ticker(self._tick, per_second)

    def saw(self, event: Event) -> None:
        """Take in one event."""
        with self._lock:
            if not isinstance(event, Heartbeat):
                self._heard = time.monotonic()
            self.view.saw(event)

    def start(self) -> None:
        """Begin to paint; who begins so ends with `finish` or `leave`, on any thread."""
        self._ticker.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticker.rest()

    def _tick(self) -> None:
        with self._lock:
            now = time.monotonic()
            shown = self._seen(self.view.shown())
            status = self.view.status(now - self._began, now - self._heard)
        self._painter.paint(shown, status)

    def _seen(self, shown: Iterable[Shown]) -> list[Shown]:
        """Return what is shown as it is to be seen: of some forms the words are source."""
        return [Text(self._growing(one.text)) if type(one) is Text else one for one in shown]

    def finish(self, final: Final) -> None:
        """Leave this in place of all that was painted."""
        seen = replace(final, shown=tuple(self._seen(final.shown)))
        self._ticker.end(lambda: self._painter.finish(seen))

    def leave(self) -> None:
        """Leave what was said by a call that failed."""
        self._ticker.end(lambda: self._painter.leave(self._seen(self.view.shown())))
