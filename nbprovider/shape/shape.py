"""One shape: the schema that a model is given, and how its words become a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nbprovider.errors import BadAnswer, UsageError
from nbprovider.shape import check, fields, kinds, sent, short
from nbprovider.shape.found import found

if TYPE_CHECKING:
    import pandas as pd


class Shape(Struct, frozen=True):
    """What an answer must be.

    - `schema`: the JSON schema that providers are sent; its top is an object
    - `plain`: the JSON schema of the value itself
    - `make`: JSON value → value; raises ValueError that says what is wrong with it
    """

    schema: dict[str, Any]
    plain: dict[str, Any]
    make: Callable[[Any], Any]

    @property
    def instruction(self) -> str:
        """What a model is told whose provider cannot hold it to a schema."""
        return sent.instruction(self.schema)

    @property
    def columns(self) -> dict[str, Any]:
        """The schema of each field, where the value is a list of records; else empty."""
        return sent.columns(self.plain)

    @property
    def tabular(self) -> bool:
        """Whether the value is a list of records."""
        return bool(self.columns)

    def frame(self, value: Any) -> pd.DataFrame:
        """Return a value that is a list of records as a DataFrame, with the types of its schema.

        Raises UsageError for one of another shape.
        """
        if not self.tabular:
            raise UsageError(
                "The answer is no list of records.",
                hint="Ask for one: schema='[name:str, age:int]', or list[City].",
            )
        from nbprovider.shape.frame import frame

        return frame(value, self.columns)

    def value(self, text: str) -> Any:
        """Return the value that an answer's words hold.

        Raises BadAnswer, which keeps the words, when they hold none or it is of another shape.
        """
        given = found(text)
        try:
            return self.make(sent.unwrapped(given, self.plain))
        except ValueError as error:
            raise BadAnswer(
                f"The answer is not of the shape that was asked for: {error}.",
                hint="It is kept: `%provider last` shows it. Ask again, or use another model.",
                text=text,
            ) from None


def shape(given: Any) -> Shape | None:
    """Return the shape that a description of data means, None for none.

    Raises UsageError for what describes no data.
    """
    if given is None or isinstance(given, Shape):
        return given
    if isinstance(given, Mapping) and not given:
        return None
    if isinstance(given, Mapping) and not fields.are(given):
        return _of_schema(dict(given))
    return _of_kind(_kind(given))


def _kind(given: Any) -> Any:
    """Return the Python type that a description means."""
    if isinstance(given, str):
        return short.kind(given)
    if isinstance(given, Mapping):
        return fields.kind(given)
    if isinstance(given, Sequence):
        if len(given) == 1:
            return list[_kind(given[0])]  # type: ignore[misc]
        raise UsageError(
            f"A schema cannot be a {type(given).__name__} of {len(given)}.",
            hint="A list of one description means a list of such: schema=[City].",
        )
    return given


def _of_schema(schema: dict[str, Any]) -> Shape:
    def make(value: Any) -> Any:
        if problem := check.problem(value, schema):
            raise ValueError(problem)
        return value

    return Shape(sent.wrapped(schema), schema, make)


def _of_kind(kind: Any) -> Shape:
    described = kinds.described(kind)
    plain = sent.inlined(described.schema)

    def make(value: Any) -> Any:
        return described.make(sent.without_nulls(value, plain))

    return Shape(sent.wrapped(sent.strict(plain)), plain, make)
