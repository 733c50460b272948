"""From a function's signature to what a model is told: a JSON schema of its parameters."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from nbprovider.errors import UsageError
from nbprovider.session.tools.arguments import Arguments, is_pydantic
from nbprovider.session.tools.flat import flat
from nbprovider.session.tools.hints import descriptions, hints

_SKIPPED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(
    function: Callable[..., Any], name: str, told: dict[str, str]
) -> tuple[dict[str, Any], Arguments]:
    """Return the JSON schema of a function's parameters, and how to read arguments for them.

    `told` are their descriptions by name; one in the annotation comes first. Left out are those
    that take any number of arguments; and those with a default that begin with `_`, or of whose
    type no JSON can be made. Raises UsageError for such a type without a default.
    """
    known = hints(plain(function), name)
    takes = [
        (p, _kind(p, known.get(p.name, Any), told.get(p.name, "")))
        for p in _signature(function, name).parameters.values()
        if p.kind not in _SKIPPED and not (_is_optional(p) and p.name.startswith("_"))
    ]
    fields = [(p, kind) for p, kind in takes if _can_be_written(name, p, kind)]
    shape = msgspec.defstruct(
        f"{name}_arguments",
        [
            (p.name, kind | UnsetType, UNSET) if _is_optional(p) else (p.name, kind)
            for p, kind in fields
        ],
        kw_only=True,
        forbid_unknown_fields=True,
    )
    places = tuple(p.name for p, _ in fields if p.kind is inspect.Parameter.POSITIONAL_ONLY)
    schema = flat(schema_of(shape))
    schema.pop("title", None)
    for p, _ in fields:
        _add_default(schema["properties"][p.name], p)
    return schema, Arguments(shape, places)


def schema_of(kind: Any) -> dict[str, Any]:
    """Return a type's JSON schema as msgspec and pydantic write it."""
    return msgspec.json.schema(kind, schema_hook=_hook)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that carries the annotations: of a partial one, of an object's."""
    function = inspect.unwrap(function)
    while hasattr(function, "func") and callable(function.func):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    return type(function).__call__


def _signature(function: Callable[..., Any], name: str) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        raise UsageError(
            f"The tool {name} does not tell what it takes.",
            hint="Wrap it in a function of your own, with annotations.",
        ) from None


def _is_optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not inspect.Parameter.empty


def _kind(parameter: inspect.Parameter, hint: Any, told: str) -> Any:
    """Return a parameter's type with its description, as msgspec reads it."""
    said = next(descriptions(hint), "") or told
    if _is_optional(parameter) and parameter.default is None:
        hint = _with_null(hint)
    return Annotated[hint, Meta(description=said)] if said else hint


def _with_null(hint: Any) -> Any:
    return hint if hint is Any else hint | None


def _can_be_written(name: str, parameter: inspect.Parameter, kind: Any) -> bool:
    """Say whether JSON can carry a parameter's type; it must where there is no default."""
    try:
        schema_of(msgspec.defstruct("one", [(parameter.name, kind)]))
    except (TypeError, NameError) as error:
        if _is_optional(parameter):
            return False
        why = str(error).split("\n")[0].rstrip(":")
        raise UsageError(
            f"The tool {name} takes a {parameter.name} that a model cannot write: {why}.",
            hint="Annotate it with what JSON can carry: str, int, list, dict, a dataclass …",
        ) from None
    return True


def _hook(kind: Any) -> dict[str, Any]:
    if is_pydantic(kind):
        return dict(kind.model_json_schema())
    if isinstance(kind, type) and issubclass(kind, PurePath):
        return {"type": "string", "format": "path"}
    raise TypeError(f"{getattr(kind, '__name__', kind)} has no JSON form")


def _add_default(schema: dict[str, Any], parameter: inspect.Parameter) -> None:
    """Say the default where it is plain JSON; a schema that is a reference takes nothing beside."""
    if not _is_optional(parameter) or parameter.default is None or "$ref" in schema:
        return
    try:
        json.dumps(parameter.default, allow_nan=False)
    except (TypeError, ValueError):
        return
    schema["default"] = parameter.default
