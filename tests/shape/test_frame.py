"""A list of records is a DataFrame whose columns have the types of the schema."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

import pandas as pd
import pytest

from nbprovider.errors import UsageError
from nbprovider.shape import shape

LINE = "[name:str, age:int?, size:small|large, born:date?, x:float, fit:bool?, tags:[str]]"
KINDS = {
    "name": "string",
    "age": "Int64",
    "size": "category",
    "x": "float64",
    "fit": "boolean",
    "tags": "object",
}


def framed(given, text):
    one = shape(given)
    return one.frame(one.value(text))


def test_each_column_has_the_type_of_its_field():
    table = framed(
        LINE,
        """[{"name": "a", "size": "small", "born": "2026-01-02", "x": 1, "tags": ["t"]},
            {"name": "b", "age": 3, "size": "large", "x": 2.5, "fit": true, "tags": []}]""",
    )
    assert {name: str(table[name].dtype) for name in KINDS} == KINDS
    assert pd.api.types.is_datetime64_any_dtype(table["born"])
    assert list(table.columns) == ["name", "age", "size", "born", "x", "fit", "tags"]
    assert table["age"].isna().tolist() == [True, False]


def test_no_records_have_all_columns():
    table = framed(LINE, "[]")
    assert len(table) == 0
    assert {name: str(table[name].dtype) for name in KINDS} == KINDS


@dataclasses.dataclass
class Visit:
    when: datetime
    day: date
    money: float | None = None


def test_objects_of_a_class_are_rows_too():
    table = framed(
        [Visit], '[{"when": "2026-01-02T03:04:05Z", "day": "2026-01-02", "money": null}]'
    )
    assert str(table["when"].dt.tz) == "UTC"
    assert pd.api.types.is_datetime64_any_dtype(table["day"])
    assert table["money"].isna().all()


def test_objects_of_pydantic_are_rows_too():
    pydantic = pytest.importorskip("pydantic")

    class Person(pydantic.BaseModel):
        name: str
        age: int | None = None

    table = framed(list[Person], '[{"name": "a"}]')
    assert [str(kind) for kind in table.dtypes] == ["string", "Int64"]


def test_fields_of_no_schema_are_kept_behind_the_others():
    given = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}}
    table = framed(given, '[{"b": {"c": 1}, "a": 1}]')
    assert list(table.columns) == ["a", "b"]
    assert table["b"][0] == {"c": 1}


def test_what_is_no_list_of_records_is_no_frame():
    one = shape("name:str")
    assert not one.tabular
    with pytest.raises(UsageError, match="no list of records"):
        one.frame(one.value('{"name": "a"}'))
