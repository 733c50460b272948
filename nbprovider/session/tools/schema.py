"""From a function's signature to what a model is told: a JSON schema of its parameters."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from nbprovider.errors import UsageError
from nbprovider.session.tools.arguments import Arguments, is_pydantic
from nbprovider.session.tools.flat import flat

_SKIPPED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(
    function: Callable[..., Any], name: str, told: dict[str, str]
) -> tuple[dict[str, Any], Arguments]:
    """Return the JSON schema of a function's parameters, and how to read arguments for them.

    `told` are their descriptions by name; one in the annotation comes first. Parameters that take
    any number of arguments are left out. Raises UsageError for a type that no JSON can be made.
    """
    hints = _hints(function, name)
    takes = [p for p in _signature(function, name).parameters.values() if p.kind not in _SKIPPED]
    fields = [(p.name, _kind(p, hints.get(p.name, Any), told.get(p.name, ""))) for p in takes]
    for field, kind in fields:
        _check(name, field, kind)
    shape = msgspec.defstruct(
        name,
        [
            (field, kind | UnsetType, UNSET) if _is_optional(p) else (field, kind)
            for p, (field, kind) in zip(takes, fields, strict=True)
        ],
        kw_only=True,
        forbid_unknown_fields=True,
    )
    places = tuple(p.name for p in takes if p.kind is inspect.Parameter.POSITIONAL_ONLY)
    schema = flat(schema_of(shape))
    schema.pop("title", None)
    for p in takes:
        _add_default(schema["properties"][p.name], p)
    return schema, Arguments(shape, places)


def schema_of(kind: Any) -> dict[str, Any]:
    """Return a type's JSON schema as msgspec and pydantic write it."""
    return msgspec.json.schema(kind, schema_hook=_hook)


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return get_type_hints(plain(function), include_extras=True)
    except NameError as error:
        raise UsageError(
            f"The tool {name} has an annotation that is not known here: {error}.",
            hint="Define or import it first.",
        ) from None
    except TypeError:  # it carries none
        return {}


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
    said = next(_descriptions(hint), "") or told
    if _is_optional(parameter) and parameter.default is None:
        hint = _with_null(hint)
    return Annotated[hint, Meta(description=said)] if said else hint


def _with_null(hint: Any) -> Any:
    return hint if hint is Any else hint | None


def _descriptions(hint: Any) -> Iterator[str]:
    """Yield what an Annotated type says of itself: texts, and objects with a description."""
    if get_origin(hint) is not Annotated:
        return
    for one in get_args(hint)[1:]:
        said = one if isinstance(one, str) else getattr(one, "description", None)
        said = said or getattr(one, "documentation", None)
        if isinstance(said, str) and said:
            yield said


def _check(name: str, field: str, kind: Any) -> None:
    """Raise UsageError, which names the parameter, for a type that JSON cannot carry."""
    try:
        schema_of(msgspec.defstruct("one", [(field, kind)]))
    except (TypeError, NameError) as error:
        why = str(error).split("\n")[0].rstrip(":")
        raise UsageError(
            f"The tool {name} takes a {field} that a model cannot write: {why}.",
            hint="Annotate it with what JSON can carry: str, int, list, dict, a dataclass …",
        ) from None


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
