"""Which process wrote a row, and whether it still lives."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

from msgspec import Struct


class Writer(Struct, frozen=True):
    """A process: its computer, its number, and when it began (ticks; "" where not to be had).

    The beginning tells a process from a later one with the same number.
    """

    host: str
    pid: int
    born: str


def own() -> Writer:
    """Return this process."""
    return _writer(os.getpid())


def gone(writer: Writer) -> bool:
    """Say whether a process is certain to have ended.

    That of another computer is never certain, nor is one on Windows, where asking for a process
    by signal 0 would end it.
    """
    if writer == own() or writer.host != platform.node() or os.name == "nt":
        return False
    try:
        os.kill(writer.pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    state, born = _stat(writer.pid)
    return state in {"Z", "X"} or bool(born and writer.born and born != writer.born)


@cache
def _writer(pid: int) -> Writer:
    return Writer(platform.node(), pid, _stat(pid)[1])


def _stat(pid: int) -> tuple[str, str]:
    """Return a process's state and beginning, from Linux's /proc (fields 3 and 22 of `stat`)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]
