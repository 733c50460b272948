"""One event loop in a thread of its own, for what must not hold up whoever asks."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def background(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the background loop; to cancel the future closes its connections."""
    return asyncio.run_coroutine_threadsafe(work, _loop(os.getpid()))


@cache
def _loop(_pid: int) -> asyncio.AbstractEventLoop:
    """Return this process's background loop; a fork begins its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="nbprovider-loop", daemon=True).start()
    return loop
