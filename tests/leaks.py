"""What a call must not leave behind: threads, sockets, files."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/proc/self/fd")


def descriptors() -> dict[str, str]:
    """Return what is open in this process by number; nothing where the system does not tell."""
    found: dict[str, str] = {}
    for each in list(FOLDER.iterdir()) if FOLDER.exists() else []:
        with contextlib.suppress(OSError):  # the listing's own
            found[each.name] = str(each.readlink())
    return found


@contextlib.contextmanager
def no_leaks(limit: float = 5.0) -> Iterator[None]:
    """Fail when, some time after the end, more threads or open files are there than before."""
    threads, files = threading.active_count(), len(descriptors())
    yield
    until = time.monotonic() + limit
    time.sleep(0.005)
    while threading.active_count() > threads or len(descriptors()) > files:
        assert time.monotonic() < until, (threading.enumerate(), descriptors())
        gc.collect()
        time.sleep(0.01)
