"""What a key of a file may hold, in words."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect


def wanted(kind: type[msgspec.Struct], place: str) -> str:
    """Return what belongs at a place such as `quirks.rename` of a file, "" when nobody can say."""
    found: Any = inspect.type_info(kind)
    for name in place.replace("[...]", ".[").replace("[", ".[").split("."):
        found = _inside(found, name) if name else found
    return _words(found) if found is not None else ""


def _inside(found: Any, name: str) -> Any:
    """Return the type of a field, of a table's values or of a list's items; None for none."""
    for one in _choices(found):
        if isinstance(one, inspect.StructType):
            return next((field.type for field in one.fields if field.encode_name == name), None)
        if isinstance(one, inspect.DictType):
            return one.value_type
        if isinstance(one, inspect.VarTupleType | inspect.ListType):
            return one.item_type
    return None


def _choices(found: Any) -> tuple[Any, ...]:
    return tuple(found.types) if isinstance(found, inspect.UnionType) else (found,)


def _words(found: Any) -> str:
    told = (_one(one) for one in _choices(found) if not isinstance(one, inspect.NoneType))
    return " or ".join(filter(None, told))


def _one(found: Any) -> str:
    if isinstance(found, inspect.IntType | inspect.FloatType):
        name = "a whole number" if isinstance(found, inspect.IntType) else "a number"
        return f"{name}{_range(found)}"
    if isinstance(found, inspect.LiteralType):
        return f"one of {', '.join(repr(value) for value in found.values)}"
    return next((words for kind, words in _NAMES.items() if isinstance(found, kind)), "")


def _range(found: Any) -> str:
    low, above, high = found.ge, found.gt, found.le
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if above is not None:
        return f" above {above}"
    return f" of at least {low}" if low is not None else ""


_NAMES: dict[Any, str] = {
    inspect.StrType: "text in quotes",
    inspect.BoolType: "true or false",
    inspect.DateType: "a date such as 2026-11-30",
    inspect.VarTupleType: "a list in square brackets",
    inspect.ListType: "a list in square brackets",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
}
"""Type → what a file writes for it."""
