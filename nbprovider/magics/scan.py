"""`%provider scan`: keys that stand where they should not, and what to do about each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbprovider.credentials.scanning import Finding, in_text, scan
from nbprovider.errors import UsageError
from nbprovider.view import Note, Table

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

SESSION = "this session"


def run(*words: str) -> Table | Note:
    """Return the keys in a notebook, or in this session and all notebooks of this folder."""
    files = [Path(" ".join(words))] if words else list(_notebooks())
    found = [] if words else list(_in_session())
    unread = []
    for file in files:
        try:
            found += scan(file)
        except UsageError:
            if words:
                raise
            unread.append(f"{file} could not be read.")
    looked = _looked(files, session=not words)
    if not found:
        return Note(" ".join([f"No key was found in {looked}.", *unread]))
    rows = tuple((_where(f), _part(f), f.what, _step(f)) for f in found)
    return Table(
        ("where", "line", "what", "next"),
        rows,
        title=f"Keys in {looked}",
        note=" ".join([_ADVICE, *unread]),
    )


_ADVICE = (
    "Whoever has the file has the key: make a new one, end the old one, and delete it from the"
    " cell, its output, and the file's history (git)."
    " `%provider key NAME` takes the new one unseen."
)


def _looked(files: list[Path], *, session: bool) -> str:
    if not session:
        return str(files[0])
    return f"{SESSION} and {len(files)} notebook{'s'[: len(files) != 1]} of this folder"


def _where(found: Finding) -> str:
    return f"{found.file}, cell {found.cell}" if found.cell else found.file


def _part(found: Finding) -> str:
    return f"{found.part}, line {found.line}"


def _step(found: Finding) -> str:
    return f"renew it: {found.renew}" if found.renew else "renew it where it comes from"


def _notebooks() -> Iterator[Path]:
    """Yield the notebook that is running, if it is known, then those of the working folder."""
    named = os.environ.get("JPY_SESSION_NAME", "")
    current = Path(named)
    if named and current.is_file():
        yield current
    for pattern in ("*.ipynb", ".ipynb_checkpoints/*.ipynb"):
        for path in sorted(Path().glob(pattern)):
            if not (named and current.is_file() and path.samefile(current)):
                yield path


def _in_session() -> Iterator[Finding]:
    """Yield what stands in the cells that were run here, and in what they showed."""
    from IPython.core.getipython import get_ipython

    shell: InteractiveShell | None = get_ipython()
    history = shell.history_manager if shell else None
    if history is None:
        return
    for number, text in enumerate(history.input_hist_raw):
        yield from in_text(text, SESSION, number, "input")
