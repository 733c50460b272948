"""`{{ expr }}`: the notebook's values, and braces that mean nothing to us."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from nbprovider.errors import UsageError
from nbprovider.session.interpolate import in_words, interpolate

NAMES = {
    "x": 3,
    "name": "Ada",
    "rows": [1, 2],
    "frame": pd.DataFrame({"a": [1, 2], "b": ["u", "v"]}),
}


def put(text):
    return interpolate(text, NAMES, lambda words: words.replace("sk-secret", "[redacted]"))


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
    assert interpolate("{{ t }}", {"t": "{{ x }}"}, str) == "{{ x }}"


def test_a_frame_is_its_shape_types_and_head():
    words = put("{{ frame }}")
    assert words.startswith("DataFrame, 2 rows, 2 columns:")
    assert "| dtype | int64 |" in words
    assert "| 1 | 2 | v |" in words


def test_a_long_frame_is_cut_and_says_so():
    words = in_words(pd.DataFrame({"n": range(100)}), str)
    assert "100 rows" in words
    assert "the first 10" in words
    assert "| 10 | 10 |" not in words


def test_a_series_is_its_type_and_head():
    words = in_words(pd.Series([1.5, 2.25], name="degrees"), str)
    assert words.startswith("Series, 2 values of float64:")
    assert "| 0 | 1.5 |" in words


def test_an_exception_is_its_traceback_without_secrets():
    try:
        raise ValueError("bad sk-secret")  # noqa: TRY301 - the traceback is what is tested
    except ValueError as error:
        words = interpolate("{{ e }}", {"e": error}, lambda t: t.replace("sk-secret", "[redacted]"))
    assert "Traceback" in words
    assert "ValueError: bad [redacted]" in words


def test_pandas_is_not_needed_to_put_in_a_number():
    code = (
        "import sys; from nbprovider.session.interpolate import interpolate;"
        "interpolate('{{ x }}', {'x': 3}, str); sys.exit('pandas' in sys.modules)"
    )
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
