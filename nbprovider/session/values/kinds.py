"""What kind of thing a value is, without what is in it: enough to mend code that uses it."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

MOST = 50
"""Columns or keys that are named."""


def kind_of(value: Any) -> str:
    """Return a value's kind in words: type, size, names of columns or keys; no values of data."""
    try:
        return _kind_of(value)
    except Exception:  # noqa: BLE001 - what only looks like a table, an array
        return type(value).__name__


def _kind_of(value: Any) -> str:
    name = type(value).__name__
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        kinds = (str(kind) for kind in value.dtypes)
        named = [f"{column} ({kind})" for column, kind in zip(value.columns, kinds, strict=False)]
        return f"{name}, {len(value):,} rows, columns: {_listed(named)}"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        shape = " x ".join(map(str, value.shape)) or "one value"
        return f"{name} of {value.dtype}, {shape}"
    if isinstance(value, dict):
        keys = [repr(key) for key in value if isinstance(key, str | int)]
        return f"{name} with {len(value):,} keys" + (f": {_listed(keys)}" if keys else "")
    if isinstance(value, list | tuple | set | frozenset):
        held = sorted({type(one).__name__ for one in list(value)[:1000]})
        return f"{name} of {len(value):,} ({_listed(held)})" if held else f"{name}, empty"
    if isinstance(value, str | bytes):
        return f"{name} of {len(value):,} characters"
    if isinstance(value, type):
        return f"the class {value.__module__}.{value.__qualname__}"
    module = type(value).__module__.partition(".")[0]
    return name if module in {"builtins", "__main__"} else f"{module}.{name}"


def is_plain(value: object) -> bool:
    """Say whether a name's value is data: no module, no function, nothing of IPython's own."""
    return not isinstance(value, ModuleType | FunctionType) and not callable(value)


def _listed(words: list[str]) -> str:
    rest = len(words) - MOST
    more = f", and {rest:,} more" if rest > 0 else ""
    return ", ".join(words[:MOST]) + more
