"""A clock that stands beside a running call and lets its painter repaint."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Self


class Ticker:
    """Call a function at a steady rate from a thread of its own, until stopped.

    The thread inherits the context of its maker: what it displays belongs to the same cell.
    """

    def __init__(self, tick: Callable[[], None], per_second: float) -> None:
        self._tick = tick
        self._pause = 1 / per_second
        self._stopped = threading.Event()
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._run,), name="nbprovider-ticker", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopped.wait(self._pause):
            self._tick()
