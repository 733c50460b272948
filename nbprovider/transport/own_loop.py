"""Run a user's coroutine from sync code, on the loop that it belongs to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any


def wait_for(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return the coroutine's result, run on the kernel's own loop where one is running.

    A running loop cannot be waited on without `nest_asyncio2`, which the kernel uses as well.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    import nest_asyncio2

    nest_asyncio2.apply(loop)
    task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    except BaseException:
        _ended(loop, task)  # an interrupt leaves it running on the kernel's loop otherwise
        raise


def _ended(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        loop.run_until_complete(task)
