"""What a JSON schema allows."""

from __future__ import annotations

from typing import Any


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
