"""A JSON schema as providers take it: an object at its top, closed, references filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Schema = dict[str, Any]

ITEMS, VALUE = "items", "value"
"""The fields in which a list, or a lone value, is sent: most providers demand an object."""

_NOISE = frozenset({"title", "default"})
_KINDS = {"str": "string", "bool": "boolean", "int": "integer", "float": "number"}
_SUBSCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")


def instruction(schema: Schema) -> str:
    """Return what tells a model in words to keep to a schema."""
    told = msgspec.json.encode(schema).decode()
    return (
        "Answer with one JSON value that meets this JSON schema and nothing else:"
        f" no explanation, no code fence.\n{told}"
    )


def wrapped(schema: Schema) -> Schema:
    """Return the schema with an object at its top."""
    if _is_object(schema):
        return schema
    kept: Schema = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    inside = {name: value for name, value in schema.items() if name not in kept}
    name = _name(schema)
    return {
        "type": "object",
        "properties": {name: inside},
        "required": [name],
        "additionalProperties": False,
        **kept,
    }


def unwrapped(value: Any, schema: Schema) -> Any:
    """Return a value without the object that `wrapped` puts around one of this schema."""
    if not _is_object(schema) and isinstance(value, dict) and set(value) == {_name(schema)}:
        return value[_name(schema)]
    return value


def _is_object(schema: Schema) -> bool:
    told = resolved(schema, schema)
    return told.get("type") == "object" or "properties" in told


def _name(schema: Schema) -> str:
    return ITEMS if resolved(schema, schema).get("type") == "array" else VALUE


def resolved(schema: Schema, root: Schema) -> Schema:
    """Return a schema, or the one that it refers to."""
    for _ in range(20):  # no schema that means anything refers further
        ref = schema.get("$ref")
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return schema
        node: Any = root
        for place in ref[2:].split("/"):
            node = node.get(place.replace("~1", "/").replace("~0", "~"), {})
        schema = node if isinstance(node, dict) else {}
    return {}


def inlined(schema: Schema) -> Schema:
    """Return the schema without references, but for those of what holds itself."""
    made: Schema = _inlined(schema, schema, ())
    defined = {
        name: _inlined(value, schema, (f"#/$defs/{name}",))
        for name, value in schema.get("$defs", {}).items()
    }
    told = str([made, *defined.values()])
    holding = {name: value for name, value in defined.items() if f"'#/$defs/{name}'" in told}
    return {**made, "$defs": holding} if holding else made


def _inlined(node: Any, root: Schema, inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inlined(one, root, inside) for one in node]
    if not isinstance(node, dict):
        return node
    ref = node.get("$ref")
    if isinstance(ref, str) and ref not in inside:
        beside = {name: value for name, value in node.items() if name not in {"$ref", "$defs"}}
        return {**_inlined(resolved(node, root), root, (*inside, ref)), **beside}
    told = (pair for pair in node.items() if pair[0] != "$defs" and not _tells_apart(*pair))
    return {name: _inlined(value, root, inside) for name, value in told}


def _tells_apart(name: str, value: Any) -> bool:
    """Say whether a keyword names the field by which classes are told apart: nobody takes it."""
    return name == "discriminator" and isinstance(value, dict) and "propertyName" in value


def strict(node: Any) -> Any:
    """Return a schema whose objects are closed and have all their fields.

    So OpenAI holds a model to it. A field that may be left out may be null instead: see
    `without_nulls`.
    """
    if not isinstance(node, Mapping):
        return node
    made = {name: value for name, value in node.items() if name not in _NOISE}
    if "enum" in made and "type" not in made:
        made |= _kind_of(made["enum"])
    if "oneOf" in made and "anyOf" not in made:
        made["anyOf"] = made.pop("oneOf")
    for name in _SUBSCHEMAS:
        if name in made:
            made[name] = [strict(one) for one in made[name]]
    for name in ("items", "additionalProperties"):
        if name in made:
            made[name] = strict(made[name])
    if "$defs" in made:
        made["$defs"] = {name: strict(one) for name, one in made["$defs"].items()}
    if "properties" in made:
        made |= _all_fields(made)
    return made


def _all_fields(schema: Schema) -> Schema:
    required = schema.get("required", ())
    fields = {
        name: strict(one) if name in required else _or_null(strict(one))
        for name, one in schema["properties"].items()
    }
    return {
        "properties": fields,
        "required": list(fields),
        "additionalProperties": schema.get("additionalProperties", False),
    }


def _or_null(schema: Schema) -> Schema:
    if _may_be_null(schema):
        return schema
    told = {"description": schema["description"]} if "description" in schema else {}
    inside = {name: value for name, value in schema.items() if name not in told}
    return {"anyOf": [inside, {"type": "null"}], **told}


def _may_be_null(schema: Schema) -> bool:
    alone = schema.get("type") == "null" or schema == {}
    return alone or any(map(_may_be_null, schema.get("anyOf", ())))


def _kind_of(values: list[Any]) -> Schema:
    kinds = {_KINDS.get(type(value).__name__, "") for value in values}
    return {"type": kinds.pop()} if len(kinds) == 1 and "" not in kinds else {}


def without_nulls(value: Any, schema: Schema, root: Schema | None = None) -> Any:
    """Return a value without the nulls of fields that may be left out and may not be null."""
    root = schema if root is None else root
    schema = _of_value(resolved(schema, root), value, root)
    if isinstance(value, list):
        return [without_nulls(one, schema.get("items", {}), root) for one in value]
    if not isinstance(value, dict):
        return value
    fields, required = schema.get("properties", {}), schema.get("required", ())
    return {
        name: without_nulls(one, fields.get(name, {}), root)
        for name, one in value.items()
        if one is not None or name in required or _may_be_null(fields.get(name, {}))
    }


def _of_value(schema: Schema, value: Any, root: Schema) -> Schema:
    """Return, of schemas any of which may be met, the one for a list or an object."""
    wanted = {"list": "array", "dict": "object"}.get(type(value).__name__)
    several = (resolved(one, root) for one in schema.get("anyOf", ()))
    return next((one for one in several if one.get("type") == wanted), schema)


def columns(schema: Schema) -> dict[str, Any]:
    """Return the schema of each field of a list of records, {} for anything else."""
    told = resolved(schema, schema)
    items = told.get("items")
    if told.get("type") != "array" or not isinstance(items, dict):
        return {}
    fields = resolved(items, schema).get("properties", {})
    return {name: resolved(one, schema) for name, one in fields.items() if isinstance(one, dict)}
