"""The short form: one line says what an answer must be."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbprovider.errors import UsageError
from nbprovider.shape import shape

TEXT, WHOLE, NUMBER = ({"type": name} for name in ("string", "integer", "number"))


def properties(text):
    return shape(text).columns or shape(text).plain["properties"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("name:str, age:int", {"name": TEXT, "age": WHOLE}),
        ("name, age: int", {"name": TEXT, "age": WHOLE}),
        ("[name:str, age:int]", {"name": TEXT, "age": WHOLE}),
        ("[{name:str, age:int}]", {"name": TEXT, "age": WHOLE}),
        ("{ name: text, age: integer }", {"name": TEXT, "age": WHOLE}),
        ("tags:[str]", {"tags": {"type": "array", "items": TEXT}}),
        ("tags:list[str]", {"tags": {"type": "array", "items": TEXT}}),
        ("size:small|large", {"size": {"enum": ["large", "small"]}}),
        ("size:'very big'|small", {"size": {"enum": ["small", "very big"]}}),
        ("n:int|null", {"n": {"anyOf": [WHOLE, {"type": "null"}]}}),
        ("'odd name':float", {"odd name": NUMBER}),
        ("day:date", {"day": {"type": "string", "format": "date"}}),
        ("name:str (in full), age:int", {"name": {**TEXT, "description": "in full"}, "age": WHOLE}),
        (
            "\n name: str,  # in full\n age: int  # in years\n size\n",
            {
                "name": {**TEXT, "description": "in full"},
                "age": {**WHOLE, "description": "in years"},
                "size": TEXT,
            },
        ),
    ],
)
def test_the_short_form_means_these_fields(text, fields):
    assert properties(text) == fields
    assert list(properties(text)) == list(fields)


@pytest.mark.parametrize("text", ["a:int, b?:str", "a:int, b:str?", "a:int, b?"])
def test_a_question_mark_lets_a_field_be_left_out(text):
    assert shape(text).value('{"a": 1}') == {"a": 1}
    assert shape(text).value('{"a": 1, "b": null}') == {"a": 1}
    assert shape(text).value('{"a": 1, "b": "x"}') == {"a": 1, "b": "x"}


def test_records_may_be_nested():
    one = shape("team:str, people:[name:str, home:{city:str, since:date}]")
    value = one.value(
        '{"team": "a", "people": [{"name": "b", "home": {"city": "c", "since": "2026-01-02"}}]}'
    )
    assert value["people"][0]["home"]["since"].year == 2026
    assert type(value["people"][0]) is dict


def test_numbers_that_came_as_text_are_numbers():
    assert shape("age:int").value('{"age": "5"}') == {"age": 5}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("name:strr", "Did you mean 'str'"),
        ("name:[str", "at its end"),
        ("a:", "at its end"),
        ("a:int b:int", "at 'b'"),
        ("[a:int", "at its end"),
        ("a:int]", "at ']'"),
        ("a:int, a:str", "twice"),
        ("a:int|some", "no type 'some'"),
        (":int", "at ':'"),
        ("(name):int", "at 'name'"),
        ("a:int, (b", r"at '\(b'"),
    ],
)
def test_what_cannot_be_read_is_shown(text, why):
    with pytest.raises(UsageError, match=why) as raised:
        shape(text)
    assert raised.value.hint


PIECES = [
    *("name", "age", ":", "int", "str", ",", "?", "[", "]", "{", "}", "|", "(", ")", "# x", "\n"),
    *("'a b'", "good", "null", "date", "list", " ", '"', "datetime", "float", "\\"),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.text(max_size=20))
def test_any_text_is_a_shape_or_told(text):
    with contextlib.suppress(UsageError):
        assert shape(text).schema["type"] == "object"
