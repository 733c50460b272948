"""Any description of data is a schema to send and a value to get; see also `test_short`."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec
import pytest

from nbprovider.errors import BadAnswer, UsageError
from nbprovider.protocols.schema import closed
from nbprovider.shape import shape


@dataclasses.dataclass
class Street:
    name: str
    number: int | None = None


@dataclasses.dataclass
class City:
    """A city."""

    name: Annotated[str, msgspec.Meta(description="as its people say")]
    people: int = 3
    streets: list[Street] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Tree:
    leaf: str
    branches: list[Tree] = dataclasses.field(default_factory=list)


class Found(TypedDict):
    zeta: date
    alpha: NotRequired[Literal["a", "b"]]


class Point(msgspec.Struct):
    x: float
    y: float


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    bark: str | None = None


SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 1}},
    "required": ["n"],
}

DESCRIPTIONS = {
    "dataclass": (City, '{"name": "Ulm", "people": null, "streets": null}', City("Ulm")),
    "nested": (
        City,
        '{"name": "Ulm", "people": 5, "streets": [{"name": "A", "number": null}]}',
        City("Ulm", 5, [Street("A")]),
    ),
    "one that holds itself": (
        Tree,
        '{"leaf": "a", "branches": [{"leaf": "b", "branches": null}]}',
        Tree("a", [Tree("b")]),
    ),
    "TypedDict": (Found, '{"zeta": "2026-11-21", "alpha": null}', {"zeta": date(2026, 11, 21)}),
    "msgspec": (Point, '{"x": 1, "y": "2.5"}', Point(1.0, 2.5)),
    "one of two classes": (
        list[Cat | Dog],
        '[{"type": "Dog", "bark": null}, {"type": "Cat", "lives": 9}]',
        [Dog(), Cat(9)],
    ),
    "a list of a class": (list[Point], '{"items": [{"x": 1, "y": 2}]}', [Point(1.0, 2.0)]),
    "a list of one": ([Point], '[{"x": 1, "y": 2}]', [Point(1.0, 2.0)]),
    "a lone value": (int, '{"value": 5}', 5),
    "a choice": (Literal["yes", "no"], '{"value": "no"}', "no"),
    "fields": ({"name": str, "n": ["int"]}, '{"name": "a", "n": [1]}', {"name": "a", "n": [1]}),
    "a field called type": ({"type": str}, '{"type": "a"}', {"type": "a"}),
    "JSON schema": (SCHEMA, '{"n": 2}', {"n": 2}),
    "JSON schema of a list": (
        {"type": "array", "items": SCHEMA},
        '{"items": [{"n": 2}]}',
        [{"n": 2}],
    ),
    "short": ("[name:str, age:int?]", '[{"name": "a", "age": null}]', [{"name": "a"}]),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_words_become_a_value_of_the_shape(case):
    given, text, wanted = DESCRIPTIONS[case]
    value = shape(given).value(text)
    assert value == wanted
    assert type(value) is type(wanted)


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_providers_are_sent_an_object_that_is_closed(case):
    """OpenAI holds a model only to a schema whose objects all are closed."""
    given, _, _ = DESCRIPTIONS[case]
    sent = shape(given).schema
    assert sent["type"] == "object"
    assert "$ref" not in sent
    assert closed(sent) or "JSON schema" in case


def test_a_users_own_schema_is_sent_as_it_is():
    assert shape(SCHEMA).schema == SCHEMA


def test_references_are_filled_in_but_for_what_holds_itself():
    assert "$defs" not in shape(City).schema
    assert set(shape(Tree).schema["$defs"]) == {"Tree"}


def test_classes_are_told_apart_without_keywords_that_are_refused():
    pydantic = pytest.importorskip("pydantic")

    class A(pydantic.BaseModel):
        kind: Literal["a"]

    class B(pydantic.BaseModel):
        kind: Literal["b"]
        discriminator: str = ""

    one = shape(list[Annotated[A | B, pydantic.Field(discriminator="kind")]])
    assert one.value('[{"kind": "b", "discriminator": "x"}]') == [B(kind="b", discriminator="x")]
    for sent in (one.schema, shape(Cat | Dog).schema):
        assert "oneOf" not in str(sent)
        assert "propertyName" not in str(sent)
        assert "$defs" not in sent
        assert "anyOf" in str(sent)


def test_fields_keep_their_order_and_what_is_said_of_them():
    assert list(shape(Found).schema["properties"]) == ["zeta", "alpha"]
    assert "people say" in shape(City).schema["properties"]["name"]["description"]


def test_pydantic_checks_by_its_own_rules():
    pydantic = pytest.importorskip("pydantic")

    class Person(pydantic.BaseModel):
        name: str = pydantic.Field(min_length=2, description="in full")
        home: City | None = None

    one = shape(list[Person])
    assert one.value('[{"name": "Al", "home": {"name": "Ulm"}}]') == [
        Person(name="Al", home=City("Ulm"))
    ]
    with pytest.raises(BadAnswer, match=r"at least 2 characters at `\$.0.name`"):
        one.value('[{"name": "A"}]')
    assert closed(one.schema)
    assert "in full" in str(one.schema)


@dataclasses.dataclass
class Picky:
    n: int

    def __post_init__(self) -> None:
        raise LookupError("not among ours")


WRONG = {
    "an error of the class's own": (Picky, '{"n": 1}', "LookupError: not among ours"),
    "a wrong type": (City, '{"name": 1}', "Expected `str`, got `int`"),
    "a missing field": (Point, '{"x": 1}', "missing required field `y`"),
    "a wrong choice": ("a:yes|no", '{"a": "perhaps"}', "perhaps"),
    "no integer": (SCHEMA, '{"n": "2"}', r"expected integer, got string at `\$.n`"),
    "too small": (SCHEMA, '{"n": 0}', "0 breaks minimum 1"),
    "far too deep": (City, "[" * 200_000, "not JSON"),
    "no JSON": (City, "I cannot say.", "not JSON"),
    "another shape": ([City], '"none"', "Expected `array`"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_the_text_is_kept(case):
    given, text, why = WRONG[case]
    with pytest.raises(BadAnswer, match=why) as raised:
        shape(given).value(text)
    assert raised.value.text == text
    assert raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        'Sure! Here it is:\n\n{"x": 1, "y": 2}\n\nAnything else?',
        '```json\n{"x": 1, "y": 2}\n```',
        'I take {this} and [that]: {"x": 1, "y": 2}',
    ],
)
def test_json_among_other_words_is_found(text):
    assert shape(Point).value(text) == Point(1, 2)


@pytest.mark.parametrize("given", [5, [City, Point], [], {"n": 5}, {1: str}, len, City("Ulm")])
def test_what_describes_no_data_is_refused(given):
    with pytest.raises(UsageError) as raised:
        shape(given)
    assert raised.value.hint


def test_half_a_character_in_an_answer_is_no_obstacle():
    assert shape(City).value('{"name": "\\ud800"}').name


def test_nothing_is_no_shape():
    assert shape(None) is None
    assert shape({}) is None


def test_a_shape_is_its_own():
    one = shape(City)
    assert shape(one) is one


def test_a_model_can_be_told_in_words():
    assert '"people"' in shape(City).instruction
