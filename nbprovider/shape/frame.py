"""A list of records as a DataFrame, each column of the type that its schema says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pandas as pd

_KEPT = (bytes, date, datetime, time, Decimal, UUID)
_TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_TIMES = {"date", "date-time"}


def frame(records: Sequence[Any], columns: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return records as rows; `columns` are the schema of each field, in their order.

    Texts, whole numbers, numbers and truth values get the type that can lack a value; dates and
    times become datetime64 (times that bear a zone: UTC), a choice of texts a category. Anything
    else stays as it is. A field that no schema has is a column behind the others.
    """
    rows = [_dictionary(record) for record in records]
    names = dict.fromkeys([*columns, *(name for row in rows for name in row)])
    told = {name: _column([row.get(name) for row in rows], columns.get(name, {})) for name in names}
    return pd.DataFrame(told, columns=list(names), index=pd.RangeIndex(len(rows)))


def _dictionary(record: Any) -> dict[str, Any]:
    if isinstance(record, dict):
        return record
    if hasattr(record, "model_dump"):  # pydantic's
        return dict(record.model_dump())
    return dict(msgspec.to_builtins(record, builtin_types=_KEPT))


def _column(values: list[Any], schema: Mapping[str, Any]) -> pd.Series[Any]:
    schema = _but_for_null(schema)
    if _are_times(values, schema):
        return _times(values)
    if choices := _choices(schema):
        return pd.Series(pd.Categorical(values, categories=choices))
    kind = _TYPES.get(str(schema.get("type")), "object")
    try:
        return pd.Series(values, dtype=kind)
    except (TypeError, ValueError):
        return pd.Series(values, dtype="object")


def _but_for_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a field is when it is not null."""
    several = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(several) == 1:
        return dict(several[0])
    kinds = schema.get("type")
    told = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else []
    return {**schema, "type": told[0]} if len(told) == 1 else schema


def _choices(schema: Mapping[str, Any]) -> list[str]:
    choices = [one for one in schema.get("enum", ()) if one is not None]
    return choices if all(isinstance(one, str) for one in choices) else []


def _are_times(values: list[Any], schema: Mapping[str, Any]) -> bool:
    if schema.get("format") in _TIMES:
        return True
    told = [value for value in values if value is not None]
    return bool(told) and all(isinstance(value, date) for value in told)


def _times(values: list[Any]) -> pd.Series[Any]:
    series = pd.Series(values, dtype="object")
    try:
        return pd.to_datetime(series, format="ISO8601", utc=any(map(_has_zone, values)))
    except (TypeError, ValueError):
        return series.astype("string")


def _has_zone(value: Any) -> bool:
    """Say whether a time says where: by its zone, or behind a text's clock."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    clock = str(value).partition("T")[2]
    return any(mark in clock for mark in "Zz+-")
