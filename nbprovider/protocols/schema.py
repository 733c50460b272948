"""What a JSON schema allows."""

from __future__ import annotations

from typing import Any

LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
"""Keywords that limit a value."""


def closed(schema: Any) -> bool:
    """Say whether every object in the schema requires all it has and allows nothing else.

    In strict mode OpenAI refuses a schema that leaves anything open.
    """
    if isinstance(schema, list):
        return all(map(closed, schema))
    if not isinstance(schema, dict):
        return True
    names = schema.get("properties")
    if schema.get("type") == "object" or isinstance(names, dict):
        required = schema.get("required") or []
        if schema.get("additionalProperties") is not False or set(names or ()) != set(required):
            return False
    return all(map(closed, schema.values()))


def worded(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its own limits in words, for who refuses the keywords.

    They go into its description, so that the model still knows of them; `minItems` of 0 or 1 stays,
    as Anthropic takes that.
    """
    limits = {name: schema[name] for name in LIMITS if name in schema}
    if limits.get("minItems") in (0, 1):
        del limits["minItems"]
    if not limits:
        return schema
    words = ", ".join(f"{name} {value}" for name, value in limits.items())
    told = " ".join(filter(None, [schema.get("description"), f"({words})"]))
    return {name: one for name, one in schema.items() if name not in limits} | {"description": told}
