"""A key has no place on a line: refuse it, and take it out of the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbprovider.credentials import redact
from nbprovider.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@contextmanager
def guarded(shell: InteractiveShell, line: str) -> Iterator[None]:
    """Run a magic's work, unless its line holds something that looks like a key.

    Raises UsageError, with the line scrubbed from history as far as IPython allows.
    """
    if redact(line) != line:
        _scrub(shell)
        raise UsageError(
            "The line holds what looks like a key; it was not used, and was taken out of history.",
            hint="Delete it from the cell, then run `%provider key NAME`, which asks unseen.",
        )
    yield


def _scrub(shell: InteractiveShell) -> None:
    """Put the redacted line where IPython remembers the cell that is running."""
    history = shell.history_manager
    if history is None:
        return
    for kept in (history.input_hist_raw, history.input_hist_parsed):
        if kept:
            kept[-1] = redact(kept[-1])
    with history.db_input_cache_lock:
        history.db_input_cache[:] = [
            (number, redact(parsed), redact(raw)) for number, parsed, raw in history.db_input_cache
        ]
    history._i00 = redact(history._i00)  # noqa: SLF001 - what the next cell will know as _i
    for name in ("_i", "_ii", "_iii", f"_i{shell.execution_count}"):
        if isinstance(value := shell.user_ns.get(name), str):
            shell.user_ns[name] = redact(value)
