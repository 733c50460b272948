"""Errors in a question: the user's frames in full, libraries in short, secrets and folders out."""

from __future__ import annotations

import json
import linecache
from pathlib import Path

from nbprovider.credentials import Secret
from nbprovider.session.values import in_words

CELL = "/tmp/ipykernel_77/123.py"


def raised(code: str, **names: object) -> BaseException:
    """Return what a cell of this code raises."""
    linecache.cache[CELL] = (len(code), None, code.splitlines(keepends=True), CELL)
    try:
        exec(compile(code, CELL, "exec"), names)
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError


def test_a_cell_is_told_by_its_lines_not_by_its_file():
    words = in_words(raised("def f(x):\n    return 1 / x\n\nf(0)\n"))
    assert 'File "cell", line 4, in <module>\n    f(0)' in words
    assert 'File "cell", line 2, in f\n    return 1 / x' in words
    assert words.endswith("ZeroDivisionError: division by zero")
    assert "ipykernel" not in words


def test_of_libraries_the_first_and_the_last_frame_are_told():
    words = in_words(raised("json.loads(text)", json=json, text="{"))
    assert 'File "json/__init__.py"' in words
    assert "frames in libraries" not in words
    assert str(Path(json.__file__).parent.parent) not in words
    deep = "import pandas as pd\npd.to_datetime(['no day'])"
    words = in_words(raised(deep))
    assert "frames in libraries …" in words
    assert "    pd.to_datetime(['no day'])" in words
    assert "DateParseError: " in words.splitlines()[-1]


def test_what_an_error_came_from_is_told_too():
    code = "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError from e"
    words = in_words(raised(code))
    assert words.index("KeyError: 'a'") < words.index("direct cause") < words.index("ValueError")
    assert CELL not in words


def test_a_group_of_errors_is_told_whole():
    words = in_words(raised("raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])"))
    assert "ValueError: a" in words
    assert "KeyError: 'b'" in words


def test_a_syntax_error_names_its_cell():
    words = in_words(raised("x = = 1"))
    assert 'File "cell", line 1' in words
    assert "x = = 1" in words
    assert CELL not in words


def test_secrets_are_taken_out():
    secret = Secret("a-secret-that-nobody-guesses")
    error = raised("raise ValueError(value)", value="a-secret-that-nobody-guesses")
    assert "nobody-guesses" not in in_words(error)
    assert "456789" not in in_words(ValueError("sk-ant-api03-0123456789abcdefghijklm"))
    secret.wipe()


def test_an_error_that_was_never_raised_is_its_last_line():
    assert in_words(ValueError("no")) == "ValueError: no"


def test_a_recursion_is_short():
    words = in_words(raised("def f(n):\n    return f(n + 1)\nf(0)"))
    assert len(words) < 3000
    assert "RecursionError" in words


def test_an_error_as_long_as_a_page_is_cut_and_says_so():
    words = in_words(ValueError("x" * 100_000))
    assert len(words) < 11_000
    assert "characters are left out here" in words
