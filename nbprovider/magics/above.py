"""`--context`: the cells above a question, or those that were run before it.

The cells above are known where the front end says which cell is running and the notebook's file
can be read. What was run since the file was saved is taken as it was run. Elsewhere it is the
kernel's own history, and the answer's footer says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from nbprovider import config
from nbprovider.errors import UsageError
from nbprovider.magics.cells import inputs, is_ours
from nbprovider.magics.remembered import Run, remembered
from nbprovider.session.notebook_file import Cell, in_words, read
from nbprovider.session.place import place
from nbprovider.session.values import Limits
from nbprovider.session.values import in_words as value_in_words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_WHERE = re.compile(r"(above|run)(?::([1-9]\d*))?")


class Above(NamedTuple):
    """Earlier cells in words, and where they were found, for the footer."""

    words: str
    note: str


def above(shell: InteractiveShell, where: str, limits: Limits) -> Above:
    """Return the cells that `--context` names: `above:3`, `above`, `run:3`, `run`.

    Raises UsageError for another word.
    """
    found = _WHERE.fullmatch(where)
    if found is None:
        raise UsageError(
            f"--context cannot be {where!r}.",
            hint="above:3 is the 3 cells above, run:3 the 3 that were run last; without a number:"
            " all of them.",
        )
    most = int(found[2]) if found[2] else None
    cells, source = None, ""
    if found[1] == "above":
        cells, source = _in_notebook(shell, limits)
    if cells is None:
        cells, source = list(_run(shell, limits)), source or "run last in this kernel"
    told = [cell for cell in cells if cell.source.strip() and not is_ours(cell.source)]
    kept = told if most is None else told[-most:]
    if not kept:
        return Above("", f"context: no cells {source}")
    since = sum(cell.newer for cell in kept)
    source += f", {since} of them as run since" if since else ""
    count = "1 cell" if len(kept) == 1 else f"{len(kept)} cells"
    # No times, no numbers of cells: the same cells are the same question, also for a recording.
    words = in_words(replace(cell, number=None) for cell in kept)
    begin = f"{count} of my notebook before this question, the nearest last:"
    return Above(f"{begin}\n\n{words}", f"context: {count} {source}")


def _in_notebook(shell: InteractiveShell, limits: Limits) -> tuple[list[Cell] | None, str]:
    """Return the cells above in the saved notebook, None and why where they are not known."""
    path = _path(shell)
    if path is None:
        return None, "run last in this kernel, whose notebook is not known"
    try:
        cells, saved = read(path), path.stat().st_mtime
    except UsageError:
        return None, f"run last in this kernel, as {path.name} cannot be read"
    at = _position(shell, cells)
    if at is None:
        return None, f"run last in this kernel, as {path.name} was saved without this cell"
    fresh = [_as_run(shell, cell, saved, limits) for cell in cells[:at]]
    return fresh, f"above, as {path.name} was saved {_when(saved)}"


def _when(saved: float) -> str:
    """Return a time on the user's clock; the day as well where it is another one."""
    zone = config.zone()
    at, now = datetime.fromtimestamp(saved, zone), datetime.now(zone)
    return f"at {at:%H:%M}" if at.date() == now.date() else f"on {at:%Y-%m-%d} at {at:%H:%M}"


def _path(shell: InteractiveShell) -> Path | None:
    """Return the file of the running notebook; None where nobody says it, or it is gone."""
    told = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__") or ""
    path = Path(str(told))
    if path.suffix != ".ipynb":
        return None
    return next((one for one in (path, Path.cwd() / path.name) if one.is_file()), None)


def _position(shell: InteractiveShell, cells: list[Cell]) -> int | None:
    """Return where the running cell stands, by its id, else by its text where only one has it."""
    name = place().cell
    for at, cell in enumerate(cells):
        if name and cell.id == name:
            return at
    history = shell.history_manager
    text = str(history.input_hist_raw[-1]).strip() if history is not None else ""
    same = [at for at, cell in enumerate(cells) if text and cell.source.strip() == text]
    return same[0] if len(same) == 1 else None


def _as_run(shell: InteractiveShell, cell: Cell, saved: float, limits: Limits) -> Cell:
    """Return a cell as it was run last, where that was after the notebook was saved."""
    listening = remembered(shell)
    run: Run | None = listening.runs.get(cell.id) if listening and cell.id else None
    known = inputs(shell)
    if run is None or run.at <= saved or not 0 < run.number < len(known):
        return cell
    output = _output(shell, run.number, limits)
    return replace(cell, source=known[run.number], number=run.number, output=output, newer=True)


def _run(shell: InteractiveShell, limits: Limits) -> Iterator[Cell]:
    """Yield the cells that were run in this kernel, in the order of running."""
    for number, source in enumerate(inputs(shell)):
        if number:
            yield Cell(source, _output(shell, number, limits), number=number)


def _output(shell: InteractiveShell, number: int, limits: Limits) -> str:
    """Return the value that a cell ended with, in words; what it printed is not kept anywhere."""
    values = shell.user_ns.get("Out") or {}
    return value_in_words(values[number], limits) if number in values else ""
