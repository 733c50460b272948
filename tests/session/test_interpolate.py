"""`{{ expr }}`: the notebook's values, and braces that mean nothing to us."""

from __future__ import annotations

import sys

import pytest

from nbprovider.credentials import Secret
from nbprovider.errors import UsageError
from nbprovider.session.interpolate import expressions, filled, interpolate
from nbprovider.types import Media

PHOTO = b"\x89PNG\r\n\x1a\n rest"
NAMES = {
    "x": 3,
    "name": "Ada",
    "rows": [1, 2],
    "photo": PHOTO,
}


def put(text):
    return interpolate(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "print({'foo': 'bar'})",
        r"\frac{1}{2}",
        '{"a": {"b": 1}}',
        "{x} and ${x} and $x",
        "}} {",
        "",
    ],
)
def test_braces_of_the_users_are_sent_as_they_stand(text):
    """Row 1 of the rivals: a prompt with braces raises in jupyter-ai."""
    assert put(text) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ x }}", "3"),
        ("{{x}}", "3"),
        ("a {{ name.upper() }} b {{ x + 1 }}", "a ADA b 4"),
        ("{{ {'k': x}['k'] }}", "3"),
        ("{{ {'k': {'l': x}}}}", "{'k': {'l': 3}}"),
        ("{{ [y * x for y in rows] }}", "[3, 6]"),
        ("{{ len(rows) }}", "2"),
    ],
)
def test_doubled_braces_are_an_expression(text, result):
    assert put(text) == result


def test_an_unknown_name_is_told_before_anything_is_sent():
    with pytest.raises(UsageError, match=r"there is no 'nmae'.*Did you mean 'name'"):
        put("{{ nmae }}")


def test_an_expression_that_fails_is_told():
    with pytest.raises(UsageError, match="ZeroDivisionError"):
        put("{{ 1 / 0 }}")


@pytest.mark.parametrize("text", ["{{ x + }}", "{{ }}", "{{ x"])
def test_what_is_no_expression_is_told_with_the_way_out(text):
    with pytest.raises(UsageError, match="--raw"):
        put(text)


def test_a_value_holds_no_expressions_of_its_own():
    assert interpolate("{{ t }}", {"t": "{{ x }}"}) == "{{ x }}"


def test_pandas_is_not_needed_to_put_in_a_number():
    code = (
        "import sys; from nbprovider.session.interpolate import interpolate;"
        "interpolate('{{ x }}', {'x': 3}); sys.exit('pandas' in sys.modules)"
    )
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_picture_stands_where_its_expression_stood():
    found = filled("Compare {{ photo }} with {{ x }} and {{ name }}.", NAMES)
    assert found == ("Compare ", Media("image", "image/png", PHOTO), " with 3 and Ada.")
    assert filled("{{ photo }}{{ photo }}", NAMES) == (Media("image", "image/png", PHOTO),) * 2
    assert filled("only words", NAMES) == ("only words",)
    assert filled("", NAMES) == ()


def test_expressions_are_found_also_beside_braces_of_no_use():
    found = [source for _, _, source in expressions("{{ x }} {{ 1 + }} {{ d['a b'] }} {{")]
    assert found == ["x", "d['a b']"]


def test_keys_of_accounts_are_taken_out_of_values():
    secret = Secret("a-secret-that-nobody-guesses")
    names = {"config": {"key": "a-secret-that-nobody-guesses"}}
    assert "nobody-guesses" not in interpolate("{{ config }}", names)
    assert "nobody-guesses" not in str(filled("{{ config }}", names))
    secret.wipe()
