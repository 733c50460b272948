"""A key has no place in a cell of ours: refuse it, and take it out of the history."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from nbprovider.credentials import redact
from nbprovider.credentials.edge import EDGE
from nbprovider.credentials.redaction import holds_key
from nbprovider.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Guarded:
    """Run a magic's work, unless its line or its cell holds something that looks like a key.

    Raises UsageError then, with the cell scrubbed from history as far as IPython allows. Whatever
    is raised leaves without frames whose variables hold a key.
    """

    def __init__(self, shell: InteractiveShell, line: str, cell: str = "") -> None:
        self._shell = shell
        self._line = line
        self._cell = cell

    def __enter__(self) -> None:
        """Look at the line, by its words too; at the text below it for what is surely a key."""
        where = "line" if redact(self._line) != self._line else "cell" * holds_key(self._cell)
        if where:
            raise _refusal(self._shell, where)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let an error go on as the edge lets it."""
        EDGE.__exit__(kind, error, trace)


def _refusal(shell: InteractiveShell, where: str) -> UsageError:
    from nbprovider.magics.scrub import scrub

    done = "it was taken out of history" if scrub(shell) else "IPython's history still has it"
    return UsageError(
        f"The {where} holds what looks like a key; nothing was done with it, and {done}.",
        hint="Delete it from the cell, which is saved with it, and run `%provider key NAME`, which"
        " asks unseen. `%provider scan` looks for others.",
    )
