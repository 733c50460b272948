"""Where a question is asked: the notebook and the cell, as far as the front end tells."""

from __future__ import annotations

import os
import sys
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from msgspec import Struct

VS_CODE = "vscode-notebook-cell:"
"""How VS Code's cell ids begin: with the notebook's path, which is not kept."""


class Place(Struct, frozen=True):
    """Where a question is asked: the notebook's name and the cell's id, "" where nobody tells."""

    notebook: str = ""
    cell: str = ""


def place() -> Place:
    """Return the notebook and the cell that are running here.

    Jupyter's server names the notebook in JPY_SESSION_NAME, VS Code in the kernel's variable
    `__vsc_ipynb_file__`. JupyterLab, Notebook 7 and VS Code send the cell's id as `cellId` in the
    metadata of each execution. IPython is not imported: where it runs, it is there.
    """
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return Place(_notebook(shell), _cell(shell))


def runs() -> int:
    """Return a number that every run of a cell has another one of, 0 outside of a notebook."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    count = getattr(shell, "execution_count", 0)
    return count if isinstance(count, int) else 0


def _notebook(shell: Any) -> str:
    names = getattr(shell, "user_ns", {})
    path = os.environ.get("JPY_SESSION_NAME", "") or str(names.get("__vsc_ipynb_file__", ""))
    return (PureWindowsPath if "\\" in path else PurePosixPath)(path).name


def _cell(shell: Any) -> str:
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = str((parent.get("metadata") or {}).get("cellId") or "")
    return cell.rpartition("#")[2] if cell.startswith(VS_CODE) else cell
