"""From the JSON that a model writes to the arguments of a function, each of its right type."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from nbprovider.types import ToolCall


class ArgumentsError(ValueError):
    """The model's arguments do not fit; the words are for the model."""


class Arguments(Struct, frozen=True):
    """What a function takes; without a `shape` any object is handed over by its names.

    `shape` is a Struct with a field for each parameter, those in `places` are handed over by place.
    """

    shape: type[Struct] | None = None
    places: tuple[str, ...] = ()

    def read(self, call: ToolCall) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments by place and by name, decoded and checked.

        Raises ArgumentsError, in words that the model can act on.
        """
        given = _decoded(call)
        if self.shape is None:
            return (), given
        try:
            found = msgspec.convert(given, self.shape, strict=False, dec_hook=made)
        except msgspec.ValidationError as error:
            raise ArgumentsError(f"{call.name} was not run: {error}. {self._takes()}") from None
        values = {name: getattr(found, name) for name in self.shape.__struct_fields__}
        told = {name: value for name, value in values.items() if value is not UNSET}
        return self._placed(told), told

    def _placed(self, told: dict[str, Any]) -> tuple[Any, ...]:
        """Take out what goes by place; after the first that was left out there can be no other."""
        placed = []
        for name in self.places:
            if name not in told:
                break
            placed.append(told.pop(name))
        return tuple(placed)

    def _takes(self) -> str:
        fields = msgspec.structs.fields(self.shape) if self.shape else ()
        names = [f.name if f.required else f"{f.name} (optional)" for f in fields]
        return f"It takes: {', '.join(names) or 'nothing'}."


def _decoded(call: ToolCall) -> dict[str, Any]:
    if not call.arguments.strip():
        return {}
    try:
        given = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ArgumentsError(
            f"{call.name} was not run: its arguments are not JSON ({error})."
        ) from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ArgumentsError(
            f"{call.name} was not run: its arguments must be a JSON object,"
            f" not {type(given).__name__}."
        )
    return given


def made(kind: type, value: Any) -> Any:
    """Return a value of a type that msgspec does not know: a path, a pydantic model."""
    if is_pydantic(kind):
        try:
            return kind.model_validate(value)  # type: ignore[attr-defined]
        except ValueError as error:
            raise ValueError(_pydantic_words(error)) from None
    if isinstance(kind, type) and issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    raise NotImplementedError(f"{kind!r} cannot be made from JSON")


def is_pydantic(kind: Any) -> bool:
    """Say whether a type is a pydantic model, without importing pydantic."""
    return isinstance(kind, type) and hasattr(kind, "__pydantic_validator__")


def _pydantic_words(error: ValueError) -> str:
    found = error.errors() if hasattr(error, "errors") else []
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found]
    return "; ".join(told) or str(error)
