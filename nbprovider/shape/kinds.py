"""Python types as shapes: by msgspec, by pydantic where the type is one of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from inspect import get_annotations
from typing import Any, get_args, get_type_hints, is_typeddict

import msgspec
from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.shape.record import dictionaries


class Described(Struct, frozen=True):
    """A type's JSON schema; `make`: JSON value → value, raises ValueError."""

    schema: dict[str, Any]
    make: Callable[[Any], Any]


def described(kind: Any) -> Described:
    """Return what a type asks for.

    Raises UsageError for what is no type, or one that JSON cannot hold.
    """
    if not _is_type(kind):
        raise UsageError(
            f"A schema cannot be a value of {type(kind).__name__}.",
            hint="Give a class such as a dataclass, a JSON schema, or fields: 'name:str, age:int'.",
        )
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and hasattr(kind, "__pydantic_validator__"):
        return _by_pydantic(kind, pydantic)
    try:
        return _by_msgspec(kind)
    except (TypeError, ValueError, NameError) as error:
        if pydantic is None:
            raise _unfit(kind, error) from None
    return _by_pydantic(kind, pydantic)


def _is_type(kind: Any) -> bool:
    """Say whether something is a class, or such as `list[int]`, `int | None`, `Literal`."""
    typing = ("typing", "types", "typing_extensions")
    return isinstance(kind, type) or type(kind).__module__ in typing


def _by_msgspec(kind: Any) -> Described:
    def make(value: Any) -> Any:
        try:
            return dictionaries(msgspec.convert(value, kind, strict=False))
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever the class itself raises
            raise _refusal(error) from None

    return Described(_in_order(msgspec.json.schema(kind), dict(_typed_dicts(kind))), make)


def _typed_dicts(kind: Any, seen: frozenset[Any] = frozenset()) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each TypedDict in a type, and its fields in their order."""
    for inside in get_args(kind):
        yield from _typed_dicts(inside, seen)
    if not isinstance(kind, type) or kind in seen or not get_annotations(kind):
        return
    hints = get_type_hints(kind, include_extras=True)
    if is_typeddict(kind):
        yield kind.__name__, list(hints)
    for inside in hints.values():
        yield from _typed_dicts(inside, seen | {kind})


def _in_order(node: Any, orders: dict[str, list[str]]) -> Any:
    """Return a schema with the fields of each TypedDict as written; msgspec sorts them."""
    if isinstance(node, list):
        return [_in_order(one, orders) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: _in_order(one, orders) for name, one in node.items()}
    order, fields = orders.get(str(made.get("title"))), made.get("properties")
    if order and isinstance(fields, dict) and set(fields) == set(order):
        made["properties"] = {name: fields[name] for name in order}
    return made


def _by_pydantic(kind: Any, pydantic: Any) -> Described:
    try:
        adapter = pydantic.TypeAdapter(kind)
        schema = adapter.json_schema()
    except (pydantic.errors.PydanticUserError, TypeError, ValueError, NameError) as error:
        raise _unfit(kind, error) from None

    def make(value: Any) -> Any:
        try:
            return adapter.validate_json(msgspec.json.encode(value))
        except pydantic.ValidationError as error:
            raise ValueError(_told(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever a validator raises
            raise _refusal(error) from None

    return Described(schema, make)


def _refusal(error: Exception) -> ValueError:
    return ValueError(f"{type(error).__name__}: {error}")


def _told(error: Any) -> str:
    """Return what pydantic objects to, in one line."""
    return "; ".join(
        f"{one['msg']} at `${''.join(f'.{place}' for place in one['loc'])}`"
        for one in error.errors()[:3]
    )


def _unfit(kind: Any, error: Exception) -> UsageError:
    name = getattr(kind, "__name__", str(kind))
    why = str(error).splitlines()[0].rstrip(".:")
    return UsageError(
        f"{name} is no shape that JSON can have: {why}.",
        hint="Dataclasses, TypedDicts, msgspec's, attrs' and pydantic's classes are.",
    )
