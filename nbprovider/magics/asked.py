"""From a `%%chat` line to the session's words: variables, files, fields of the provider's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.magics import schema, tools
from nbprovider.magics.options import Line
from nbprovider.session import Words

SAME = (
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "effort",
    "cache",
    "tool_choice",
    "approve",
    "max_steps",
    "window",
)
"""Options of the line that are words of the session as they are."""


def words(line: Line, names: Mapping[str, Any]) -> Words:
    """Return the session's words for a line; `names` are the notebook's variables.

    Raises UsageError for a variable that there is not, or that is not what it should be.
    """
    found: dict[str, Any] = {name: line.given[name] for name in SAME if name in line.given}
    if line.get("whole"):
        found["whole"] = True
    if (most := line.get("max_cost")) is not None:
        found["max_cost"] = most
    if line.get("over_budget"):
        found["over_budget"] = True
    if line.get("no_fallback"):
        found["fallback"] = False
    if name := line.get("schema"):
        found["schema"] = schema.named(name, names)
    if line.get("tools"):
        found["tools"] = tools.named(line.get("tools"), names)
    if fields := line.get("extra"):
        found["extra"] = extra(fields)
    return found  # type: ignore[return-value]


def extra(fields: list[str]) -> dict[str, Any]:
    """Return fields such as `options.num_ctx=8192` as a tree; values are JSON, else words.

    Raises UsageError for one without a name or a value.
    """
    tree: dict[str, Any] = {}
    for field in fields:
        path, equals, value = field.partition("=")
        if not equals or not all(path.split(".")):
            raise UsageError(
                f"-x needs NAME=VALUE, not {field!r}.", hint="As: -x options.num_ctx=8192"
            )
        *above, last = path.split(".")
        node = tree
        for name in above:
            node = node.setdefault(name, {})
        node[last] = _value(value)
    return tree


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
