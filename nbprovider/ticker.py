"""A clock that stands beside a running call and lets its painter repaint."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

PATIENCE = 10.0
"""Seconds to wait for the last paint: a screen that takes no more holds up nobody for longer."""

_LOG = logging.getLogger(__name__)


class Ticker:
    """Call a function at a steady rate from a thread of its own, then one last function.

    Interrupts reach the main thread only: what this thread paints is never cut in half. It
    inherits the context of its maker, so that what it displays belongs to the same cell.
    """

    def __init__(self, tick: Callable[[], None], per_second: float) -> None:
        self._tick = tick
        self._pause = 1 / per_second
        # A SimpleQueue, unlike an Event, cannot be left half set by an interrupt.
        self._orders: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._ended: SimpleQueue[Exception | None] = SimpleQueue()
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._run,), name="nbprovider-ticker", daemon=True
        )

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def rest(self) -> None:
        """Tick no more; a tick that is under way may still end."""
        self._orders.put(None)

    def end(self, last: Callable[[], None]) -> None:
        """Run the last function on the ticking thread, and wait for it.

        An interrupt meanwhile is raised when the function has run. Raises what the function raised.
        """
        if not self._thread.is_alive():
            last()
            return
        self._orders.put(last)
        try:
            self._wait()
        except KeyboardInterrupt:
            self._wait()
            raise

    def _wait(self) -> None:
        # Not by Thread.join: in Python 3.11 one that was interrupted never waits again.
        try:
            error = self._ended.get(timeout=PATIENCE)
        except Empty:
            return
        if error is not None:
            raise error

    def _run(self) -> None:
        last = self._last()
        error = None
        try:
            if last is not None:
                last()
        except Exception as raised:  # noqa: BLE001 - raised where the last paint is waited for
            error = raised
        self._ended.put(error)

    def _last(self) -> Callable[[], None] | None:
        """Tick until told to rest; return what is to be done last, None when nobody says."""
        while True:
            try:
                order = self._orders.get(timeout=self._pause)
            except Empty:
                self._ticked()
            else:
                return order or self._ordered()

    def _ordered(self) -> Callable[[], None] | None:
        try:
            return self._orders.get(timeout=PATIENCE)
        except Empty:
            return None

    def _ticked(self) -> None:
        try:
            self._tick()
        except Exception:  # noqa: BLE001 - a repaint that fails is no reason to lose the answer
            _LOG.debug("a repaint failed", exc_info=True)
