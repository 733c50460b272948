"""A key has no place on a line: refuse it, and take it out of the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbprovider.credentials import Secret, redact
from nbprovider.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class KeyOnLine(UsageError):
    """A word stands where somebody may have written a key; `word` is that."""

    def __init__(self, word: str, usage: str) -> None:
        super().__init__(
            "The line says more than it can; if that was a key, it was not used, and was taken out"
            " of history.",
            hint=f"It is used so: {usage}. A key is asked for, unseen; delete it from the cell.",
        )
        self.word = Secret(word)


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
    try:
        yield
    except KeyOnLine as error:  # until it is wiped, the word is redacted like any key
        _scrub(shell)
        error.word.wipe()
        raise UsageError(error.message, hint=error.hint) from None


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
