"""Cells that were run in this kernel, by IPython's history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_OURS = re.compile(r"\s*%%?(?:chat|explain|fix|provider)\b|\s*%(?:load|reload)_ext\s+nbprovider\b")


def is_ours(source: str) -> bool:
    """Say whether a cell begins with a magic of ours: it asks, it is not what is asked about."""
    return bool(_OURS.match(source))


def inputs(shell: InteractiveShell) -> list[str]:
    """Return what was typed in all cells, by their numbers, the running one left out."""
    history = shell.history_manager
    return [str(one) for one in history.input_hist_raw[:-1]] if history is not None else []


def last_number(shell: InteractiveShell) -> int:
    """Return the number of the last cell that is none of ours, 0 where there is none."""
    found = enumerate(inputs(shell))
    return max((n for n, source in found if source.strip() and not is_ours(source)), default=0)
