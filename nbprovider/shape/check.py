"""Whether a JSON value meets a JSON schema: by the keywords that describe data.

Formats are not checked, nor keywords that are rare in what models are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from nbprovider.shape.sent import Schema, resolved

_KINDS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool)
        and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
}

Problems = Iterator[str]


def problem(value: Any, schema: Schema) -> str:
    """Return the first thing that is wrong with a value, with its place; "" when all is well."""
    return next(_problems(value, schema, schema, "$"), "")


def _problems(value: Any, schema: Any, root: Schema, at: str) -> Problems:
    if schema is False:
        yield f"nothing may be at `{at}`"
    if not isinstance(schema, dict):
        return
    schema = resolved(schema, root)
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    if kinds and not any(kind in _KINDS and _KINDS[kind](value) for kind in kinds):
        yield f"expected {' or '.join(kinds)}, got {_kind(value)} at `{at}`"
        return
    yield from _chosen(value, schema, root, at)
    if isinstance(value, dict):
        yield from _fields(value, schema, root, at)
    elif isinstance(value, list):
        yield from _items(value, schema, root, at)
    elif isinstance(value, str):
        yield from _text(value, schema, at)
    elif _KINDS["number"](value):
        yield from _number(value, schema, at)


def _kind(value: Any) -> str:
    return next(kind for kind, fits in _KINDS.items() if fits(value))


def _chosen(value: Any, schema: Schema, root: Schema, at: str) -> Problems:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{value!r} is none of {schema['enum']} at `{at}`"
    if "const" in schema and value != schema["const"]:
        yield f"{value!r} is not {schema['const']!r} at `{at}`"
    for one in schema.get("allOf", ()):
        yield from _problems(value, one, root, at)
    if several := schema.get("anyOf") or schema.get("oneOf"):
        wrong = [next(_problems(value, one, root, at), "") for one in several]
        if all(wrong):
            yield wrong[0] if len(set(wrong)) == 1 else f"none of the ways is met at `{at}`"


def _fields(value: dict[str, Any], schema: Schema, root: Schema, at: str) -> Problems:
    fields = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"the field {name!r} is missing at `{at}`"
    for name, one in value.items():
        if name in fields:
            yield from _problems(one, fields[name], root, f"{at}.{name}")
        elif (others := schema.get("additionalProperties", True)) is False:
            yield f"there is no field {name!r} at `{at}`"
        else:
            yield from _problems(one, others, root, f"{at}.{name}")


def _items(value: list[Any], schema: Schema, root: Schema, at: str) -> Problems:
    yield from _size(len(value), schema, ("minItems", "maxItems"), "items", at)
    first = schema.get("prefixItems", ())
    for place, one in enumerate(value):
        wanted = first[place] if place < len(first) else schema.get("items", True)
        yield from _problems(one, wanted, root, f"{at}[{place}]")


def _text(value: str, schema: Schema, at: str) -> Problems:
    yield from _size(len(value), schema, ("minLength", "maxLength"), "characters", at)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value!r} does not match {schema['pattern']} at `{at}`"


def _size(size: int, schema: Schema, names: tuple[str, str], what: str, at: str) -> Problems:
    least, most = (schema.get(name) for name in names)
    if least is not None and size < least:
        yield f"{size} {what} where {least} are the least at `{at}`"
    if most is not None and size > most:
        yield f"{size} {what} where {most} are the most at `{at}`"


def _number(value: float, schema: Schema, at: str) -> Problems:
    limits: dict[str, Callable[[Any], bool]] = {
        "minimum": lambda limit: value >= limit,
        "maximum": lambda limit: value <= limit,
        "exclusiveMinimum": lambda limit: value > limit,
        "exclusiveMaximum": lambda limit: value < limit,
    }
    for name, holds in limits.items():
        if name in schema and not holds(schema[name]):
            yield f"{value} breaks {name} {schema[name]} at `{at}`"
