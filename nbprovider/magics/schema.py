"""What `--schema` names: a variable, a type such as `list[City]`, fields, or a JSON schema."""

from __future__ import annotations

import ast
import builtins
import json
import typing
from collections.abc import Mapping
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.shape import Shape, shape
from nbprovider.spelling import did_you_mean

_SIMPLE = (
    ast.Expression,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.List,
    ast.Tuple,
    ast.Constant,
    ast.BinOp,
    ast.BitOr,
    ast.Load,
)
"""What an expression may be made of that names a type: nothing that could do anything."""


def named(text: str, names: Mapping[str, Any]) -> Shape | None:
    """Return the shape that the word of a line means; `names` are the notebook's variables.

    Raises UsageError for what is not there, and for what describes no data.
    """
    if (schema := _json(text)) is not None:
        return shape(schema)
    expression = _expression(text)
    if expression is None:
        return shape(text)
    for node in ast.walk(expression):
        if isinstance(node, ast.Name) and not _known(node.id, names):
            raise _missing(node.id, names)
    code = compile(expression, "--schema", "eval")
    known = {**vars(typing), **vars(builtins), **names}
    try:
        value = eval(code, known)  # noqa: S307 - names, brackets and bars only
    except Exception as error:  # noqa: BLE001 - whatever brackets on the user's class raise
        raise UsageError(
            f"--schema {text} means nothing: {error}.",
            hint="As: --schema City, --schema list[City], --schema 'name:str, age:int'",
        ) from None
    return shape(value)


def _json(text: str) -> Any:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _expression(text: str) -> ast.Expression | None:
    """Return the expression that names a type, None for what is none."""
    try:
        found = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None
    return found if all(isinstance(node, _SIMPLE) for node in ast.walk(found)) else None


def _known(name: str, names: Mapping[str, Any]) -> bool:
    return name in names or hasattr(builtins, name) or hasattr(typing, name)


def _missing(name: str, names: Mapping[str, Any]) -> UsageError:
    meant = did_you_mean(name, [known for known in names if not known.startswith("_")])
    return UsageError(
        f"There is no {name!r} in this notebook.",
        hint=meant or "Define it first, or give fields with types: --schema 'name:str, age:int'.",
    )


def candidates() -> list[str]:
    """Return the names of the notebook's own classes that hold data, and of JSON schemas."""
    from IPython import get_ipython

    shell = get_ipython()
    names: Mapping[str, Any] = shell.user_ns if shell else {}
    return [name for name, value in names.items() if not name.startswith("_") and _is_data(value)]


def _is_data(value: Any) -> bool:
    if isinstance(value, dict):
        return not {"type", "properties"}.isdisjoint(value)
    return isinstance(value, type) and any(hasattr(value, mark) for mark in _MARKS)


_MARKS = (
    "__dataclass_fields__",
    "__required_keys__",
    "__struct_fields__",
    "__attrs_attrs__",
    "__pydantic_validator__",
)
"""What classes that hold data have: dataclasses, TypedDicts, msgspec's, attrs', pydantic's."""
