"""What a tool has given, in what a model can read: words, JSON, pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

import msgspec

from nbprovider import config
from nbprovider.session import cutting
from nbprovider.session.tools.arguments import is_pydantic
from nbprovider.session.values import in_words, picture_of
from nbprovider.types import Text
from nbprovider.types.parts import Given

DONE = "done"
"""What a model is told of a tool that gives nothing."""

EMPTY = "(empty text)"
"""What it is told of empty words, which some providers refuse."""

_PLAIN = (bool, int, float, Mapping, list, tuple, AbstractSet, Enum, msgspec.Struct, PurePath)
_NAMED = (date, time, timedelta, Decimal, UUID)


def content(value: Any) -> str | tuple[Given, ...]:
    """Return a value as the content of a ToolResult.

    Words stay as they are; what JSON can carry becomes JSON; a DataFrame and the like read as
    `{{ }}` puts them into a prompt; parts, and lists that hold one, are sent as parts. What is
    longer than the setting `longest_result` is cut, and says so.
    """
    if value is None:
        return DONE
    if isinstance(value, Iterator):
        value = list(value)
    if (part := _part(value)) is not None:
        return (part,)
    parts = [_part(one) for one in value] if isinstance(value, list | tuple) else []
    if any(parts):
        pairs = zip(parts, value, strict=True)
        return tuple(Text(_words(one)) if part is None else part for part, one in pairs)
    return _words(value)


def _part(value: Any) -> Given | None:
    """Return what is sent as a part of its own: a part, a picture; None for what is words."""
    if isinstance(value, Given):
        return value
    return None if isinstance(value, str) or _is_json(value) else picture_of(value)


def _words(value: Any) -> str:
    if isinstance(value, str):
        return cut(value) or EMPTY
    if not _is_json(value):
        return cut(in_words(value))
    try:
        return cut(msgspec.json.encode(value, enc_hook=_plainer).decode())
    except (TypeError, ValueError, OverflowError, RecursionError):
        return cut(str(value))


def _is_json(value: Any) -> bool:
    """Say whether a value is best told as JSON."""
    known = isinstance(value, (*_PLAIN, *_NAMED)) or _is_number(value)
    return known or is_pydantic(type(value)) or dataclasses.is_dataclass(value)


def _is_number(value: Any) -> bool:
    """Say whether it is a number of NumPy's, which is none of Python's."""
    return callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0


def _plainer(value: Any) -> Any:
    """Return what msgspec can write of a value that it does not know."""
    if is_pydantic(type(value)):
        return value.model_dump(mode="json")
    if _is_number(value):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, AbstractSet | Iterator):
        return list(value)
    return in_words(value)


def cut(words: str) -> str:
    """Return the beginning and the end of words that are too long, and how much is missing."""
    return cutting.cut(words, config.settings().longest_result)
