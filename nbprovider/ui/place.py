"""Where a question is asked, as far as the front end tells."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from nbprovider.session import Place

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def place(shell: InteractiveShell) -> Place:
    """Return the notebook's name and the cell's id, "" where the front end does not tell.

    Jupyter's server names the notebook in JPY_SESSION_NAME; JupyterLab and Notebook 7 send the
    cell's id with each execution.
    """
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (parent.get("metadata") or {}).get("cellId", "")
    return Place(PurePath(os.environ.get("JPY_SESSION_NAME", "")).name, str(cell))
