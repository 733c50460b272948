"""Wait less long for what may still come behind the end of an answer.

The HTTP library takes a response's limit of silence when its reading begins, and keeps it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2


@contextmanager
def hurried(response: httpx2.Response, seconds: float) -> Iterator[None]:
    """Have this thread's reads from a response's connection wait no longer than so many seconds."""
    stream = response.extensions["network_stream"]
    plain, here = stream.read, threading.get_ident()

    def read(most: int, timeout: float | None = None) -> bytes:
        # The connection may be another thread's again, by the time that this one is told.
        if threading.get_ident() == here:
            timeout = seconds if timeout is None else min(timeout, seconds)
        told: bytes = plain(most, timeout)
        return told

    stream.read = read
    try:
        yield
    finally:
        del stream.read
