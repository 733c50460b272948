"""Errors in words: the user's own code in full, of libraries where it was left and where it ended.

Secrets are taken out, and so are the folders of this machine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from traceback import FrameSummary, StackSummary, TracebackException
from typing import Any

from nbprovider.credentials import redact
from nbprovider.session.cutting import cut

LONGEST = 10_000
"""Characters of an error that are told: some hold a whole web page."""

_LIBRARY = re.compile(
    r"[\\/](?:lib[\\/]python3[.\d]*[\\/])?(?:site-packages|dist-packages)[\\/]"
    r"|[\\/]lib[\\/]python3[.\d]*[\\/]"
)
"""What the path of a library's file has, before the part that matters."""

_COMPILED = (".pyx", ".pxi", ".pxd")
"""Endings of what was compiled by Cython: its paths do not say where it is."""

_CELL = re.compile(r"[\\/]ipykernel_\d+[\\/]|^<ipython-input-|^<stdin>$")

MOST = 30
"""Frames that are told, half of them from each end: a recursion has a thousand."""

_MACHINERY = ("IPython", "ipykernel", "nbprovider", "asyncio", "concurrent")
"""Libraries that stand between the kernel and the user's code."""


def told(error: BaseException) -> str:
    """Return an error's traceback, with those that it came from, without secrets."""
    whole = TracebackException.from_exception(error)
    _shorten(whole)
    return cut(redact("".join(whole.format()).rstrip()), LONGEST)


def is_cell(path: str) -> bool:
    """Say whether a frame's file is a cell."""
    return bool(_CELL.search(path))


def is_library(path: str) -> bool:
    """Say whether a frame's file is a library's, the standard one among them."""
    return bool(_LIBRARY.search(path)) or path.startswith("<frozen") or path.endswith(_COMPILED)


def place(path: str) -> str:
    """Return what a file is called in a traceback: `cell In[5]`, `pandas/core/frame.py`."""
    if is_cell(path):
        number = _numbers().get(path)
        return f"cell In[{number}]" if number else "cell"
    return _LIBRARY.split(path)[-1].replace("\\", "/")


def _numbers() -> dict[str, Any]:
    """Return the numbers of cells by the files that tracebacks know them by.

    IPython is not imported: where it runs, it is there.
    """
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(getattr(shell, "compile", None), "_filename_map", {})


class _Frames(StackSummary):
    """Frames of which those that nobody needs are counted in place of shown."""

    def format(self, **_: object) -> list[str]:
        """Return the frames as lines."""
        return list(_formatted(self))


def _shorten(error: TracebackException) -> None:
    """Shorten the frames of an error, and of all that it came from."""
    error.stack = _Frames(_named(_without_machinery(error.stack)))
    if getattr(error, "filename", None):  # a SyntaxError's
        error.filename = place(error.filename)
    inner = getattr(error, "exceptions", None) or ()
    for one in (error.__cause__, error.__context__, *inner):
        if one is not None:
            _shorten(one)


def _without_machinery(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """Return the frames from the user's first one on."""
    kept = list(frames)
    while len(kept) > 1 and place(kept[0].filename).startswith(_MACHINERY):
        kept.pop(0)
    return kept


def _named(frames: Iterable[FrameSummary]) -> Iterator[FrameSummary]:
    for frame in frames:
        yield FrameSummary(
            place(frame.filename) if is_cell(frame.filename) else frame.filename,
            frame.lineno,
            frame.name,
            lookup_line=False,
            line=frame.line,
        )


def _formatted(frames: list[FrameSummary]) -> Iterator[str]:
    if len(frames) <= MOST:
        yield from _by_runs(frames)
        return
    yield from _by_runs(frames[: MOST // 2])
    yield f"  … {len(frames) - MOST:,} frames …\n"
    yield from _by_runs(frames[-MOST // 2 :])


def _by_runs(frames: list[FrameSummary]) -> Iterator[str]:
    """Yield the frames, those in libraries that follow each other in short."""
    run: list[FrameSummary] = []
    for frame in frames:
        if is_library(frame.filename):
            run.append(frame)
            continue
        yield from _of_libraries(run)
        run = []
        yield _line(frame)
    yield from _of_libraries(run)


def _of_libraries(run: list[FrameSummary]) -> Iterator[str]:
    """Yield the first and the last of frames in libraries, and how many are between."""
    if len(run) <= 3:  # noqa: PLR2004 - a line that counts takes as much room as what it stands for
        yield from map(_line, run)
        return
    yield _line(run[0])
    yield f"  … {len(run) - 2} frames in libraries …\n"
    yield _line(run[-1])


def _line(frame: FrameSummary) -> str:
    shown = f'  File "{place(frame.filename)}", line {frame.lineno}, in {frame.name}\n'
    return f"{shown}    {frame.line.strip()}\n" if frame.line else shown
