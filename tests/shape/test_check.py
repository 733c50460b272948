"""A JSON value is held against the keywords of a JSON schema that describe data."""

from __future__ import annotations

import pytest

from nbprovider.shape.check import problem

A = {"$defs": {"a": {"type": "integer"}}, "$ref": "#/$defs/a"}

FITTING = [
    (1, {}),
    (1, {"type": "integer"}),
    (1.0, {"type": "integer"}),
    (1.5, {"type": ["null", "number"]}),
    (None, {"type": ["null", "number"]}),
    ("a", {"enum": ["a", 1]}),
    (1, A),
    ({"a": 1}, {"properties": {"a": {"type": "integer"}}, "additionalProperties": False}),
    ({"a": 1, "b": 2}, {"additionalProperties": {"type": "integer"}}),
    ([1, "a"], {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}),
    ("ab", {"minLength": 2, "maxLength": 2, "pattern": "^a"}),
    (2, {"minimum": 2, "maximum": 2}),
    (1, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    (1, {"allOf": [{"minimum": 1}, {"maximum": 1}]}),
    (1, {"const": 1}),
]

BREAKING = [
    (True, {"type": "integer"}, "expected integer, got boolean"),
    (1.5, {"type": "integer"}, "expected integer, got number"),
    ("b", {"enum": ["a"]}, "none of"),
    ("b", A, "expected integer"),
    ({}, {"required": ["a"]}, "'a' is missing at `$`"),
    ({"b": 1}, {"properties": {"a": {}}, "additionalProperties": False}, "no field 'b'"),
    ({"a": [{"b": "c"}]}, {"properties": {"a": {"items": {"properties": {"b": A}}}}}, "`$.a[0].b`"),
    ([1], {"minItems": 2}, "1 items where 2 are the least"),
    ([1, 2], {"maxItems": 1}, "1 are the most"),
    ("a", {"pattern": "^b"}, "does not match"),
    (3, {"exclusiveMaximum": 3}, "breaks exclusiveMaximum"),
    (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "none of the ways"),
    (2, {"const": 1}, "is not 1"),
    (2, {"allOf": [{"minimum": 3}]}, "breaks minimum"),
    ({"a": 1}, {"properties": {"a": False}}, "nothing may be at `$.a`"),
]


@pytest.mark.parametrize(("value", "schema"), FITTING)
def test_a_value_that_meets_its_schema_has_no_problem(value, schema):
    assert problem(value, schema) == ""


@pytest.mark.parametrize(("value", "schema", "words"), BREAKING)
def test_the_first_problem_is_told_with_its_place(value, schema, words):
    root = {**schema, "$defs": A["$defs"]} if "$ref" in str(schema) else schema
    assert words in problem(value, root)
