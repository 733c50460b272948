"""Arguments of a function call that come in pieces, each at its JSONPath.

Vertex sends them so when a request asks for `streamFunctionCallArguments`: `partialArgs` holds
pieces such as `{"jsonPath": "$.place.name", "stringValue": "Par", "willContinue": true}`.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import json

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<q>['\"])(?P<quoted>.*?)(?P=q)\]"
)


class Growing:
    """A function call under construction: its first piece, and the arguments so far."""

    def __init__(self, part: dict[str, Any]) -> None:
        self.part = part
        self._whole: dict[str, Any] = {}
        self._values: dict[str, Any] = {}

    def add(self, call: dict[str, Any]) -> None:
        """Take in one more piece; pieces of one string are joined."""
        self._whole |= call.get("args") or {}
        for piece in call.get("partialArgs") or ():
            path, value = piece["jsonPath"], _value(piece)
            before = self._values.get(path)
            joined = isinstance(before, str) and isinstance(value, str)
            self._values[path] = before + value if joined else value

    def arguments(self) -> str:
        """Return what has been said so far as JSON text, "" for nothing."""
        tree: dict[str | int, Any] = dict(self._whole)
        for path, value in self._values.items():
            _put(tree, path, value)
        return json.encode(_settled(tree)).decode() if tree else ""


class _Node(dict[str | int, Any]):
    """A place that paths lead through: an object, or an array when its keys are numbers."""


def _value(piece: dict[str, Any]) -> Any:
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in piece:
            return piece[name]
    return None


def _put(tree: dict[str | int, Any], path: str, value: Any) -> None:
    steps = [
        int(m["index"]) if m["index"] else m["name"] or m["quoted"] for m in _STEP.finditer(path)
    ]
    if not steps:
        return
    for step in steps[:-1]:
        if not isinstance(tree.get(step), _Node):
            tree[step] = _Node()
        tree = tree[step]
    tree[steps[-1]] = value


def _settled(value: Any) -> Any:
    """Return the tree with its numbered places as arrays."""
    if isinstance(value, _Node) and all(isinstance(key, int) for key in value):
        return [_settled(value[key]) for key in sorted(value)]
    if isinstance(value, dict):
        return {str(key): _settled(item) for key, item in value.items()}
    return value
