"""A word where somebody may have written a key: it is not used, and taken out of the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbprovider.credentials import Secret
from nbprovider.errors import UsageError


def stray(words: Sequence[str], usage: str) -> UsageError:
    """Return the error of words too many, each of which may be a key of any shape."""
    done = "it was taken out of history" if _scrubbed(words) else "IPython's history still has it"
    return UsageError(
        f"The line says more than it can. If that was a key, it was not used, and {done}.",
        hint=f"It is used so: {usage}. A key is asked for, unseen; delete it from the cell.",
    )


def _scrubbed(words: Sequence[str]) -> bool:
    """Redact the words like any key while the cell runs; they are nobody's secret afterwards."""
    from IPython.core.getipython import get_ipython

    from nbprovider.magics.scrub import scrub

    shell = get_ipython()
    if shell is None:
        return True
    secrets = [Secret(word) for word in words]
    done = scrub(shell)

    def forget(_: Any = None) -> None:
        shell.events.unregister("post_run_cell", forget)
        for secret in secrets:
            secret.wipe()

    shell.events.register("post_run_cell", forget)
    return done
