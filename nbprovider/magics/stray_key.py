"""A word where somebody may have written a key: it is not used, and taken out of the history."""

from __future__ import annotations

from typing import Any

from nbprovider.credentials import Secret
from nbprovider.errors import UsageError


def stray(word: str, usage: str) -> UsageError:
    """Return the error of a word too many, which may be a key of any shape."""
    done = "it was taken out of history" if _scrubbed(word) else "IPython's history still has it"
    return UsageError(
        f"The line says more than it can. If that was a key, it was not used, and {done}.",
        hint=f"It is used so: {usage}. A key is asked for, unseen; delete it from the cell.",
    )


def _scrubbed(word: str) -> bool:
    """Redact the word like any key while the cell runs; it is nobody's secret afterwards."""
    from IPython.core.getipython import get_ipython

    from nbprovider.magics.scrub import scrub

    shell = get_ipython()
    if shell is None:
        return True
    secret = Secret(word)
    done = scrub(shell)

    def forget(_: Any = None) -> None:
        shell.events.unregister("post_run_cell", forget)  # type: ignore[no-untyped-call]
        secret.wipe()

    shell.events.register("post_run_cell", forget)  # type: ignore[no-untyped-call]
    return done
