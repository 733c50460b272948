"""`%explain`: what a cell does, what an error means, what a value is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nbprovider.errors import UsageError
from nbprovider.magics import aside, case
from nbprovider.magics.cells import inputs, last_number
from nbprovider.magics.line_words import first_word
from nbprovider.magics.remembered import last_failure, names
from nbprovider.session.interpolate import expressions, value
from nbprovider.session.values import Piece, parts_of
from nbprovider.types import Text
from nbprovider.view.formats import fenced

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

CODE = """Explain this cell of my notebook: what it is for, then what it does step by step where \
that is not plain, then what to mind. Be brief; do not repeat the code."""

ERROR = """A cell of my notebook failed. Explain what the error means, why it came up here, and \
how to find out more. Do not write the whole cell anew."""

VALUE = "Explain what this value of my notebook is, and what to mind about it. Be brief."

_CELL = re.compile(r"(?:In\[)?(\d+)\]?")


class Target(NamedTuple):
    """What is to be explained: its name, what is asked of it, and what of it is sent."""

    name: str
    task: str
    parts: tuple[Piece, ...]


def explain(shell: InteractiveShell, line: str, cell: str | None = None) -> None:
    """Ask what a cell, an error or a value is; with `%%explain`, the code below the line.

    Raises UsageError for what is not there.
    """
    options, rest = aside.parsed(line)
    if cell is not None:
        target, wishes = _code("The cell", cell), rest
    else:
        word, wishes = first_word(rest)
        target = _target(shell, word)
    words = "\n\n".join(filter(None, [target.task, wishes]))
    question = aside.scrubbed([Text(f"{words}\n\n"), *target.parts])
    aside.ask(shell, options, question, f"{target.name} is sent")


def _target(shell: InteractiveShell, word: str) -> Target:
    """Return what a word means: `error`, a cell by its number, any expression; "" the last cell."""
    last = last_number(shell)
    failure = last_failure(shell)
    if word == "error" or (not word and failure is not None and failure.number == last):
        if failure is None:
            raise UsageError("No cell has failed in this kernel.", hint="As: %explain 3")
        return Target(case.title(failure), ERROR, (Text(case.told(failure, shell.user_ns)),))
    if not word or (named := _CELL.fullmatch(word)):
        number = int(named[1]) if word and named else last
        return _code(f"Cell In[{number}]", _input(shell, number))
    source = next((source for _, _, source in expressions(word)), word)
    return Target(f"The value of {source}", VALUE, parts_of(value(source, names(shell))))


def _code(name: str, source: str) -> Target:
    if not source.strip():
        raise UsageError("There is no code to explain.", hint="As: %explain 3, for In[3].")
    return Target(name, CODE, (Text(fenced(source.rstrip(), "python")),))


def _input(shell: InteractiveShell, number: int) -> str:
    """Return a cell as it was written; raises UsageError for one that was never run here."""
    known = inputs(shell)
    if not 0 < number < len(known):
        last = len(known) - 1
        raise UsageError(
            f"There is no cell In[{number}] in this kernel.",
            hint=f"The last one was In[{last}]." if last > 0 else "Run one first.",
        )
    return known[number]
