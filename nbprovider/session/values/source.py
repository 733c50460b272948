"""Functions and classes as the code that made them."""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType


def of(thing: FunctionType | type) -> str:
    """Return the code of a function or class; its own words where nobody has it."""
    try:
        return inspect.getsource(thing).rstrip()
    except (OSError, TypeError):
        return str(thing)


def of_code(code: CodeType) -> str:
    """Return the lines of a function by its code object; "" where nobody has them."""
    try:
        return inspect.getsource(code).rstrip()
    except (OSError, TypeError):
        return ""
