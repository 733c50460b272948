"""What somebody does with a widget, heard while a cell runs."""

from __future__ import annotations

from typing import Any


def heard_at_once(widget: Any) -> Any:
    """Return the widget, which now tells what is done with it to the thread the front end names.

    JupyterLab has the kernel open a thread for widgets (a subshell). ipykernel 7.4 leads an answer
    back to the loop that spoke to the widget last, which may be busy with a cell; it has no other
    switch. A kernel without subshells, as ipykernel 6, hears it when the cell is done.
    """
    widget.comm._reply_subshell_for = None  # noqa: SLF001 - see above
    return widget
