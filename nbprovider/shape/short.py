"""The short form of a shape: `name:str, age:int?, tags:[str], size:small|large`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union

from msgspec import Meta

from nbprovider.errors import UsageError
from nbprovider.shape.record import Field, record
from nbprovider.spelling import did_you_mean

TYPES: dict[str, Any] = {
    **dict.fromkeys(("str", "string", "text"), str),
    **dict.fromkeys(("int", "integer"), int),
    **dict.fromkeys(("float", "number"), float),
    **dict.fromkeys(("bool", "boolean"), bool),
    "date": date,
    "datetime": Annotated[datetime, Meta(extra_json_schema={"format": "date-time"})],
    **dict.fromkeys(("null", "None"), type(None)),
}
"""The words for types."""

_TOKEN = re.compile(
    r"""
    [ \t\r]*(?: (?P<mark>[\[\]{},:|?]) | (?P<line>\n)
              | \((?P<note>[^()]*)\) | \#(?P<comment>[^\n]*)
              | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
              | (?P<word>[^\s\[\]{},:|?()\#"']+) )
    """,
    re.VERBOSE,
)
_HINT = "As: 'name:str, age:int?, tags:[str]', in square brackets for a list of such records."


def kind(text: str) -> Any:
    """Return the type that the short form means; its records are dictionaries.

    Raises UsageError that shows where it cannot be read.
    """
    reader = _Reader(text.strip())
    if reader.over:
        raise UsageError("The schema is empty.", hint=_HINT)
    if text.strip() and not any(mark in text for mark in ":,?[{"):
        raise UsageError(f"schema must be more than {text.strip()!r}.", hint=_HINT)
    made = reader.type() if reader.sees("[", "{") else reader.record()
    reader.end()
    return made


def type_of(text: str) -> Any:
    """Return the type of one field: what may stand behind its colon."""
    reader = _Reader(text.strip())
    made = reader.type()
    reader.end()
    return made


class _Reader:
    """Read a text token by token: marks, words, values in quotes, and notes on fields."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise self._wrong(text[position:].strip())
            self._tokens.append(_token(found))
            position = found.end()

    @property
    def over(self) -> bool:
        """Whether all was read."""
        return not self._tokens

    def sees(self, *marks: str) -> bool:
        """Say whether one of these marks comes next."""
        return not self.over and self._tokens[0][0] == "mark" and self._tokens[0][1] in marks

    def _takes(self, mark: str) -> bool:
        seen = self.sees(mark)
        if seen:
            self._tokens.pop(0)
        return seen

    def end(self) -> None:
        """Raise UsageError unless all was read."""
        if not self.over:
            raise self._wrong(self._tokens[0][1])

    def record(self, closing: str = "") -> Any:
        """Read fields until the closing bracket, or to the end."""
        made: dict[str, Field] = {}
        self._skip()
        while not (self.over or self.sees(closing)):
            name = self._word()
            if name in made:
                raise UsageError(f"The field {name!r} is there twice.", hint="Take one out.")
            made[name] = self._field()
            if not (self.over or self.sees(closing, ",")):
                raise self._wrong(self._tokens[0][1])
            self._skip()
        return record(made)

    def _field(self) -> Field:
        """Read what stands behind a field's name: a mark if it may be left out, type, notes."""
        optional = self._takes("?")
        made = self.type() if self._takes(":") else str
        optional = self._takes("?") or optional
        notes = self._notes()
        if self._takes(","):
            notes += self._notes()
            self._tokens.insert(0, ("mark", ","))
        if note := " ".join(notes):
            made = Annotated[made, Meta(description=note)]
        return Field(made, optional)

    def type(self) -> Any:
        """Read a type: one, or several with bars between them; other words are values."""
        told = [self._one()]
        while self._takes("|"):
            told.append(self._one())
        values = [value for is_type, value in told if not is_type]
        types = [value for is_type, value in told if is_type]
        if values and (len(told) == 1 or set(types) - {type(None)}):
            raise UsageError(
                f"There is no type {values[0]!r} in a short schema.",
                hint=did_you_mean(values[0], TYPES) or f"There are: {', '.join(TYPES)}.",
            )
        chosen = [Literal[tuple(values)]] if values else []
        return Union[(*types, *chosen)]

    def _one(self) -> tuple[bool, Any]:
        """Read a word or what stands in brackets; say whether it is a type, no value."""
        if self._takes("{"):
            return True, self._closed(self.record("}"), "}")
        if self._takes("["):
            self._skip()
            made = self.record("]") if self._begins_a_field() else self.type()
            return True, self._closed(list[made], "]")  # type: ignore[valid-type]
        word = self._word()
        if word == "list" and self.sees("["):
            return self._one()
        return word in TYPES, TYPES.get(word, word)

    def _closed(self, made: Any, bracket: str) -> Any:
        self._skip()
        if not self._takes(bracket):
            raise self._wrong("" if self.over else self._tokens[0][1])
        return made

    def _begins_a_field(self) -> bool:
        """Say whether a field comes, its name before a colon: `[name:str]` is a list of records."""
        return ("mark", ":") in self._tokens[1:3] and not self.sees("[", "{")

    def _word(self) -> str:
        if self.over or self._tokens[0][0] != "word":
            raise self._wrong("" if self.over else self._tokens[0][1])
        return self._tokens.pop(0)[1]

    def _notes(self) -> list[str]:
        notes: list[str] = []
        while not self.over and self._tokens[0][0] == "note":
            notes.append(self._tokens.pop(0)[1])
        return notes

    def _skip(self) -> None:
        while self._takes(","):
            pass

    def _wrong(self, where: str) -> UsageError:
        at = f"at {where[:20]!r}" if where.strip() else "at its end: something is missing"
        return UsageError(f"The schema {self._text!r} cannot be read {at}.", hint=_HINT)


def _token(found: re.Match[str]) -> tuple[str, str]:
    """Return a token's sort and its words; a line's end parts fields as a comma does."""
    told = found.groupdict().items()
    sort, words = next((sort, words) for sort, words in told if words is not None)
    sorts = {"comment": "note", "double": "word", "single": "word", "line": "mark"}
    return sorts.get(sort, sort), "," if sort == "line" else words.strip()
