"""What the cells of a session did: the last error that was not ours, and which cell ran when.

It listens from loading on, so it imports nothing.
"""

from __future__ import annotations

import linecache
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from nbprovider.magics.cells import is_ours

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

EVENT = "post_run_cell"

NO_ERRORS = (KeyboardInterrupt, SystemExit)
"""What ends a cell without that anything is wrong in it."""


class Failure(NamedTuple):
    """An error, the cell that raised it, and the cell's number where it has one."""

    error: BaseException
    source: str
    number: int | None


class Run(NamedTuple):
    """When a cell was run last: its number, and seconds since 1970."""

    number: int
    at: float


class Remembered:
    """Listen to a shell's cells; `runs` are by the ids that the front end gives its cells."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.runs: dict[str, Run] = {}

    def saw(self, result: Any) -> None:
        """Take in that a cell has ended."""
        info, number = result.info, result.execution_count
        if number is not None and (name := _cell_id(info)):
            self.runs[name] = Run(number, time.time())
        error = result.error_before_exec or result.error_in_exec
        source = str(getattr(info, "raw_cell", None) or "")
        if error is not None and is_theirs(error, source):
            self.failure = Failure(error, source, number)


def install(shell: InteractiveShell) -> None:
    """Listen to a shell's cells from now on, once."""
    if remembered(shell) is None:
        shell.events.register(EVENT, Remembered().saw)


def remembered(shell: InteractiveShell) -> Remembered | None:
    """Return who listens to a shell's cells; a module that was loaded anew finds the old one."""
    listening = (getattr(call, "__self__", None) for call in shell.events.callbacks[EVENT])
    return next((one for one in listening if type(one).__qualname__ == "Remembered"), None)


def last_failure(shell: InteractiveShell) -> Failure | None:
    """Return the last error of the user's code; one from before we listened too."""
    found = remembered(shell)
    if found is not None and found.failure is not None:
        return found.failure
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException) or not is_theirs(error):
        return None
    return Failure(error, _source(error), None)


def is_theirs(error: BaseException, source: str = "") -> bool:
    """Say whether an error comes from the user's code: no interrupt, no mistake in a line of ours.

    An error of ours in a cell of Python is theirs.
    """
    ours = any(kind.__module__ == "nbprovider.errors" for kind in type(error).__mro__)
    return not (ours and (not source or is_ours(source))) and not isinstance(error, NO_ERRORS)


def _cell_id(info: Any) -> str:
    name = str(getattr(info, "cell_id", None) or "")
    return name.rpartition("#")[2] if name.startswith("vscode-notebook-cell:") else name


def _source(error: BaseException) -> str:
    """Return the cell that raised an error, as tracebacks know it; "" where nobody does."""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        entry = linecache.cache.get(name)
        if entry is not None and len(entry) > 2 and entry[1] is None:  # noqa: PLR2004 - a cell's
            return "".join(linecache.getlines(name))
        trace = trace.tb_next
    return ""


def names(shell: InteractiveShell) -> dict[str, Any]:
    """Return the notebook's variables, with the last error as `Err` unless that is one of them."""
    failure = last_failure(shell)
    return {**({"Err": failure.error} if failure else {}), **shell.user_ns}
