"""A JSON schema without references, where that can be: not every provider follows them."""

from __future__ import annotations

from typing import Any

_START = "#/$defs/"


def flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with every reference replaced by what it refers to.

    One that refers to itself, as a tree does, keeps its references, all named at its root.
    """
    named: dict[str, Any] = {}
    root = _gathered(schema, named)
    try:
        return dict(_resolved(root, named, ()))
    except RecursionError:
        name = _name(root)
        if name is None:
            return {**root, "$defs": named}
        start = named.pop(name)  # a function, to which nothing refers back
        return {**start, "$defs": named}


def _gathered(schema: Any, named: dict[str, Any]) -> Any:
    """Return the schema without definitions inside it, those put into `named`."""
    if isinstance(schema, list):
        return [_gathered(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    for name, definition in schema.get("$defs", {}).items():
        named[name] = _gathered(definition, named)
    return {key: _gathered(one, named) for key, one in schema.items() if key != "$defs"}


def _resolved(schema: Any, named: dict[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_resolved(one, named, inside) for one in schema]
    if not isinstance(schema, dict):
        return schema
    name = _name(schema)
    if name is None:
        return {key: _resolved(one, named, inside) for key, one in schema.items()}
    if name in inside:
        raise RecursionError(name)
    beside = {key: one for key, one in schema.items() if key != "$ref"}
    return {**_resolved(named[name], named, (*inside, name)), **beside}


def _name(schema: dict[str, Any]) -> str | None:
    """Return which definition a schema refers to, None where it does not."""
    told = schema.get("$ref")
    return told.removeprefix(_START) if isinstance(told, str) else None
