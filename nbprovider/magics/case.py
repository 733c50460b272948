"""What `%fix` and `%explain` tell a model of an error: no more than is needed, no secrets."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from nbprovider.credentials import redact
from nbprovider.magics.remembered import Failure
from nbprovider.session.values import tracebacks
from nbprovider.session.values.kinds import is_plain, kind_of
from nbprovider.session.values.source import of_code
from nbprovider.view.formats import fenced

NAMES = 20
"""Names of a cell whose kinds are told."""

_NAME = re.compile(r"(?<![\w.])[A-Za-z]\w*")
_LEFT_OUT = ("In", "Out", "get_ipython", "exit", "quit")


def told(failure: Failure, names: Mapping[str, Any]) -> str:
    """Return a failed cell, its error, the functions that it went through, the kinds of its names.

    `names` are the notebook's variables: their values are not told. Secrets are taken out.
    """
    blocks = []
    if failure.source.strip():
        blocks.append(f"The cell:\n\n{fenced(failure.source.rstrip(), 'python')}")
    blocks.append(f"The error:\n\n{fenced(tracebacks.told(failure.error), 'text')}")
    if functions := "\n\n".join(_functions(failure)):
        blocks.append(f"Functions of other cells that it went through:\n\n{functions}")
    if kinds := "\n".join(_kinds(failure, names)):
        blocks.append(f"The names in it:\n\n{kinds}")
    return redact("\n\n".join(blocks))


def title(failure: Failure) -> str:
    """Return which error it is, in a few words."""
    where = f" in cell In[{failure.number}]" if failure.number else ""
    return f"{type(failure.error).__name__}{where}"


def _functions(failure: Failure) -> Iterator[str]:
    """Yield the code of the user's functions that an error went through, if not in the cell."""
    for code in dict.fromkeys(_codes(failure.error)):
        source = of_code(code)
        if source and source not in failure.source:
            yield fenced(source, "python")


def _codes(error: BaseException) -> Iterator[CodeType]:
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if tracebacks.is_cell(code.co_filename) and code.co_name != "<module>":
            yield code
        trace = trace.tb_next


def _kinds(failure: Failure, names: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the names of the cell are; those of the function that failed come first."""
    known = {**names, **_locals(failure.error)}
    words = dict.fromkeys(_NAME.findall(_failing(failure.error) + "\n" + failure.source))
    found = [name for name in words if name in known and name not in _LEFT_OUT]
    data = [name for name in found if is_plain(known[name])]
    for name in data[:NAMES]:
        yield f"- `{name}`: {kind_of(known[name])}"


def _failing(error: BaseException) -> str:
    """Return the lines of the user's own code that failed."""
    return "\n".join(line for line, _ in _own(error))


def _locals(error: BaseException) -> dict[str, Any]:
    """Return the variables of the innermost of the user's functions that failed."""
    return next((values for _, values in reversed(list(_own(error)))), {})


def _own(error: BaseException) -> Iterator[tuple[str, dict[str, Any]]]:
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if tracebacks.is_cell(frame.f_code.co_filename):
            line = linecache.getline(frame.f_code.co_filename, trace.tb_lineno)
            yield line, dict(frame.f_locals)
        trace = trace.tb_next
