"""A running call on screen: a view that listens, a painter that repaints it steadily."""

from __future__ import annotations

import threading
import time
from typing import Protocol, Self

from nbprovider.types import Event
from nbprovider.ui.ticker import Ticker
from nbprovider.view import Final, View


class Painter(Protocol):
    """Whoever can put a view on a screen."""

    def paint(self, view: View, status: str) -> None:
        """Show what has come since the last time."""

    def finish(self, final: Final) -> None:
        """Leave this in place of all that was painted."""

    def clear(self) -> None:
        """Leave nothing of what was painted."""


class Screen:
    """Listen to a call inside a `with` block; its painter paints until the block ends."""

    def __init__(self, painter: Painter, per_second: float) -> None:
        self.view = View()
        self._painter = painter
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._ticker = Ticker(self._tick, per_second)

    def saw(self, event: Event) -> None:
        """Take in one event."""
        self.view.saw(event)

    def __enter__(self) -> Self:
        self._ticker.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticker.__exit__()

    def _tick(self) -> None:
        with self._lock:
            self._painter.paint(self.view, self.view.status(time.monotonic() - self._began))

    def finish(self, final: Final) -> None:
        """Leave this in place of all that was painted."""
        self._ticker.__exit__()
        with self._lock:
            self._painter.finish(final)

    def clear(self) -> None:
        """Leave nothing of what was painted."""
        self._ticker.__exit__()
        with self._lock:
            self._painter.clear()
