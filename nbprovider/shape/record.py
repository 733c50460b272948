"""Records: fields with their types, whose values are dictionaries in the order of the fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

from msgspec import UNSET, Struct, UnsetType, defstruct

from nbprovider.errors import UsageError


class Record(Struct):
    """What all records are while they are decoded."""


class Field(Struct, frozen=True):
    """A field's type, and whether the field may be left out."""

    type: Any
    optional: bool = False


_ODD = re.compile(r'[\\"\x00-\x1f]')

_number = count(1)


def record(fields: Mapping[str, Field]) -> Any:
    """Return a type with these fields.

    Any text may be a field's name that JSON holds as it stands; raises UsageError for another.
    """
    made: list[Any] = []
    for place, field in enumerate(fields.values()):
        one = (f"f{place}", field.type)
        made.append((one[0], one[1] | UnsetType, UNSET) if field.optional else one)
    names = {f"f{place}": name for place, name in enumerate(fields)}
    if odd := next(filter(_ODD.search, fields), None):
        raise UsageError(
            f"A field's name cannot be {odd!r}.",
            hint="Leave out double quotes and backslashes.",
        )
    # Each has a name of its own: msgspec tells classes apart by their names.
    return defstruct(f"Record{next(_number)}", made, bases=(Record,), rename=names, kw_only=True)


def dictionaries(value: Any) -> Any:
    """Return a decoded value with each record in it as a dictionary."""
    if isinstance(value, Record):
        told = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        pairs = ((name, getattr(value, field)) for name, field in told)
        return {name: dictionaries(one) for name, one in pairs if one is not UNSET}
    return [dictionaries(one) for one in value] if isinstance(value, list) else value
