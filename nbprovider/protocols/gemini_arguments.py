"""A function call that comes in one piece or in many.

In pieces Vertex sends it when a request asks for `streamFunctionCallArguments`: `partialArgs`
holds values at JSONPaths, such as `{"jsonPath": "$.place.name", "stringValue": "Par"}`, and
`willContinue` says that the call goes on.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import json

_STEP = re.compile(
    r"""
    \.(?P<name>[^.\[\]]+)
    | \[(?P<index>\d{1,9})\]
    | \[(?P<mark>['"])(?P<quoted>.*?)(?P=mark)\]
    """,
    re.VERBOSE,
)
_VALUES = ("stringValue", "numberValue", "boolValue")


class Growing:
    """A function call under construction; `extra` is what stands beside it in its part."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.extra: dict[str, Any] = {}
        self._tree = _Node()

    def add(self, part: dict[str, Any]) -> None:
        """Take in a part; pieces of one string are joined."""
        call = part["functionCall"]
        self.id = call.get("id") or self.id
        self.name = call.get("name") or self.name
        self.extra |= {name: value for name, value in part.items() if name != "functionCall"}
        self._tree.update(call.get("args") or {})
        for piece in call.get("partialArgs") or ():
            self._tree.put(piece["jsonPath"], _value(piece))

    def arguments(self) -> str:
        """Return the arguments as the JSON text of an object."""
        return json.encode(_settled(self._tree)).decode()


class _Node(dict[Any, Any]):
    """A place that paths lead through: an object, or an array when its keys are numbers."""

    def put(self, path: str, value: Any) -> None:
        """Set the value at a path, or add to the string that is there."""
        *way, last = _steps(path)
        node = self
        for step in way:
            node = node.place(step)
        before = node.get(last)
        joined = isinstance(before, str) and isinstance(value, str)
        node[last] = before + value if joined else value

    def place(self, step: str | int) -> _Node:
        """Return the place one step on, made anew where there is none."""
        if not isinstance(self.get(step), _Node):
            self[step] = _Node()
        found: _Node = self[step]
        return found


def _steps(path: str) -> list[str | int]:
    return [
        int(found["index"]) if found["index"] else found["name"] or found["quoted"]
        for found in _STEP.finditer(path)
    ]


def _value(piece: dict[str, Any]) -> Any:
    return next((piece[name] for name in _VALUES if name in piece), None)


def _settled(value: Any) -> Any:
    """Return the tree with its numbered places as arrays."""
    if not isinstance(value, _Node):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_settled(value[key]) for key in sorted(value)]
    return {str(key): _settled(item) for key, item in value.items()}
