"""Fields with their types, such as `{"name": str, "tags": ["str"]}`, as a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.shape import short
from nbprovider.shape.record import Field, record

_KEYWORDS = frozenset(
    {"type", "properties", "items", "$ref", "$defs", "enum", "const", "anyOf", "oneOf", "allOf"}
)


def are(given: Mapping[Any, Any]) -> bool:
    """Say whether a mapping is of fields, and no JSON schema."""
    if any(_is_type(value) for value in given.values()):
        return True
    return not _KEYWORDS & set(given)


def _is_type(value: Any) -> bool:
    return not isinstance(value, str | int | float | bool | list | tuple | Mapping | None)


def kind(given: Mapping[Any, Any]) -> Any:
    """Return a type with these fields; the value is a dictionary.

    Raises UsageError for a field whose type describes no data.
    """
    for name in given:
        if not isinstance(name, str):
            raise UsageError(
                f"A field's name cannot be {name!r}.", hint="As: {'name': str, 'age': int}"
            )
    return record({name: Field(_type(name, value)) for name, value in given.items()})


def _type(name: str, value: Any) -> Any:
    match value:
        case str():
            return short.type_of(value)
        case [one]:
            return list[_type(name, one)]  # type: ignore[misc]
        case Mapping() if value:
            return kind(value)
        case list() | tuple() | Mapping() | int() | float() | bool() | None:
            raise UsageError(
                f"The type of {name} cannot be {value!r}.",
                hint="As: {'name': str, 'tags': [str]}; a JSON schema has a `type`.",
            )
        case _:
            return value
