"""`%fix`: the last error explained, and the corrected cell put below; it is never run by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbprovider.credentials import redact
from nbprovider.credentials.redaction import MARK
from nbprovider.errors import UsageError
from nbprovider.magics import aside, case
from nbprovider.magics.remembered import Failure, last_failure
from nbprovider.types import Text
from nbprovider.view import Note

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer

TASK = """A cell of my notebook failed. Say in a few sentences what is wrong. Then give the whole \
corrected cell in one fenced code block, nothing left out; what is right stays as it is."""

TAKEN_OUT = "A key was taken out of the cell before it was sent: the one below has a mark instead."

_BLOCK = re.compile(
    r"^(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE
)
_PYTHON = {"", "python", "py", "python3", "ipython"}


def fix(shell: InteractiveShell, line: str) -> None:
    """Ask what is wrong with the cell that failed last; put the corrected one below.

    Words on the line are wishes for it. Raises UsageError where nothing has failed.
    """
    options, wishes = aside.parsed(line)
    failure = last_failure(shell)
    if failure is None:
        raise UsageError(
            "No cell has failed in this kernel.",
            hint="`%explain` explains a cell, `%%chat` answers any question.",
        )
    told = case.told(failure, shell.user_ns)
    question = Text("\n\n".join(filter(None, [TASK, redact(wishes), told])))
    answer = aside.ask(shell, options, [question], f"{case.title(failure)} is sent")
    if answer is not None:
        _put_below(shell, failure, answer)


def corrected(text: str) -> str:
    """Return the corrected cell that an answer holds, its last block of Python; "" for none."""
    blocks = [body for _, name, body in _BLOCK.findall(text) if name.lower() in _PYTHON]
    return str(blocks[-1]).rstrip("\n") if blocks else ""


def _put_below(shell: InteractiveShell, failure: Failure, answer: Answer) -> None:
    from IPython.display import display

    cell = "" if answer.finish == "length" else corrected(answer.text)
    if why := _nothing(cell, failure, answer):
        display(Note(f"No cell was put below: {why}."))  # type: ignore[no-untyped-call]
        return
    shell.set_next_input(cell, replace=False)
    if MARK in cell:
        display(Note(TAKEN_OUT))  # type: ignore[no-untyped-call]


def _nothing(cell: str, failure: Failure, answer: Answer) -> str:
    """Return why there is nothing to put below, "" where there is."""
    if answer.finish == "length":
        return "the answer was cut off at the token limit, `--max-tokens` allows more"
    if not cell:
        return "the answer holds no code"
    return "the code is the same" if cell.strip() == failure.source.strip() else ""
