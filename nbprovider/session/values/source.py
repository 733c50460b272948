"""Functions and classes as the code that made them."""

from __future__ import annotations

import inspect
from types import FunctionType


def of(thing: FunctionType | type) -> str:
    """Return the code of a function or class; its own words where nobody has it."""
    try:
        return inspect.getsource(thing).rstrip()
    except (OSError, TypeError):
        return str(thing)
