"""The line of `%%chat`: every option, and every mistake."""

from __future__ import annotations

import pytest

from nbprovider.errors import UsageError
from nbprovider.magics.options import OPTIONS, parse, parse_leading
from nbprovider.session.question import question


def test_options_and_words_come_in_any_order():
    line = parse("gpt-6-luna -t 0.2 -s \"be 'kind'\" --new --format=json -o x --max-tokens 5")
    assert line.words == ["gpt-6-luna"]
    assert line.given == {
        "temperature": 0.2,
        "system": "be 'kind'",
        "new": True,
        "format": "json",
        "out": "x",
        "max_tokens": 5,
    }


def test_a_negative_number_is_a_value():
    with pytest.raises(UsageError, match="needs a number"):
        parse("-t x")
    assert parse("-t -1").given == {"temperature": -1.0}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--modle x", "Did you mean '--model'?"),
        ("-z", "no option -z"),
        ("--temperature", "needs a value"),
        ("-t warm", "needs a number, not 'warm'"),
        ("--max-tokens 1.5", "needs a number"),
        ("-f jsn", "Did you mean 'json'?"),
        ("--effort extreme", "none, minimal, low"),
        ("--new=yes", "takes no value"),
        ('-s "open', "Close the quote"),
    ],
)
def test_a_mistake_is_told_with_the_next_step(line, told):
    with pytest.raises(UsageError) as raised:
        parse(line)
    assert told in str(raised.value)
    assert raised.value.hint, "the next step"


@pytest.mark.parametrize("wrong", [{"temperature": 7}, {"max_tokens": 0}, {"schema": "x"}])
def test_a_value_that_cannot_be_is_told_with_the_next_step(wrong):
    with pytest.raises(UsageError, match=f"{next(iter(wrong))} must be") as raised:
        question("hi", wrong)
    assert raised.value.hint


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.name)
def test_every_spelling_is_understood(option):
    for spelling in option.spellings:
        value = option.choices[0] if option.choices else "1"
        line = parse(f"{spelling} {value}" if option.value else spelling)
        assert list(line.given) == [option.name]


@pytest.mark.parametrize(
    ("line", "given", "rest"),
    [
        ("what's up?", {}, "what's up?"),
        ("-m x what's -t up?", {"model": "x"}, "what's -t up?"),
        ('-s "be kind" --new  two  spaces', {"system": "be kind", "new": True}, "two  spaces"),
        ("--format=text go", {"format": "text"}, "go"),
        ("-5 is a number", {}, "-5 is a number"),
        ("- a list", {}, "- a list"),
        ("", {}, ""),
    ],
)
def test_a_line_question_begins_where_its_options_end(line, given, rest):
    parsed, question = parse_leading(line)
    assert (parsed.given, question) == (given, rest)


@pytest.mark.parametrize(
    ("line", "schema", "words"),
    [
        ("--schema name:str, age:int luna", "name:str, age:int", ["luna"]),
        ("luna --schema [name:str, age:int] --new", "[name:str, age:int]", ["luna"]),
        ("--schema=name:str, age:int luna", "name:str, age:int", ["luna"]),
        ("--schema 'a:int, b:str' luna", "a:int, b:str", ["luna"]),
        ("--schema City luna", "City", ["luna"]),
    ],
)
def test_a_schema_of_several_fields_needs_no_quotes(line, schema, words):
    parsed = parse(line)
    assert parsed.given["schema"] == schema
    assert parsed.words == words


@pytest.mark.parametrize(
    "line", ["--schema a:int, b:str Who, me?", "--schema=a:int, b:str Who, me?"]
)
def test_on_a_line_of_its_own_the_question_follows_the_schema(line):
    parsed, rest = parse_leading(line)
    assert parsed.given == {"schema": "a:int, b:str"}
    assert rest == "Who, me?"
