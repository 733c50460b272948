"""`%fix` and `%explain`: what of an error is told, the corrected cell in an answer, completion."""

from __future__ import annotations

import linecache
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest

from nbprovider.magics import case
from nbprovider.magics.cells import is_ours
from nbprovider.magics.complete import complete
from nbprovider.magics.fix import corrected
from nbprovider.magics.remembered import Failure
from nbprovider.session.values.kinds import kind_of

CELL = "/tmp/ipykernel_78/9.py"


def failed(code, **names):
    linecache.cache[CELL] = (len(code), None, code.splitlines(keepends=True), CELL)
    try:
        exec(compile(code, CELL, "exec"), names)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return case.told(Failure(error, code, 4), names)
    raise AssertionError


def test_the_kinds_of_names_are_told_and_no_values():
    words = failed(
        "number = len(rows) + secret\n",
        rows=[{"name": "Ada Lovelace"}],
        secret="the password is xyzzy",
        other="not in the cell",
    )
    assert "- `rows`: list of 1 (dict)" in words
    assert "- `secret`: str of 21 characters" in words
    assert "Lovelace" not in words
    assert "xyzzy" not in words
    assert "other" not in words


def test_the_names_of_the_function_that_failed_are_told():
    words = failed("def f(items):\n    count = {'a': 1}\n    return items + count\nf([1])\n")
    assert "- `items`: list of 1 (int)" in words
    assert "- `count`: dict with 1 keys: 'a'" in words
    assert words.count("def f(items)") == 1


def test_modules_and_functions_are_no_data():
    assert "The names in it" not in failed("np.nothing(len)\n", np=np)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (pd.DataFrame({"a": [1], "b": ["x"]}), "DataFrame, 1 rows, columns: a (int64), b (str)"),
        (pd.Series([1.0]), "Series of float64, 1"),
        (np.zeros((2, 3)), "ndarray of float64, 2 x 3"),
        ({}, "dict with 0 keys"),
        ([], "list, empty"),
        ({1, "a"}, "set of 2 (int, str)"),
        (3, "int"),
        (None, "NoneType"),
        (pd.Timestamp(0), "pandas.Timestamp"),
        (dict.fromkeys(range(60)), "48, 49, and 10 more"),
        (Mock(), "Mock"),
    ],
)
def test_a_kind_is_type_and_size(value, words):
    assert words in kind_of(value)


@pytest.mark.parametrize(
    ("answer", "cell"),
    [
        ("So:\n```python\nx = 1\n```\nDone.", "x = 1"),
        ("```\nx\n```", "x"),
        ("```py\nfirst\n```\nbetter:\n```python\nsecond\n```", "second"),
        ("```python\nx\n```\nrun\n```bash\npip install y\n```", "x"),
        ('````python\ns = """\n```\n"""\n````', 's = """\n```\n"""'),
        ("```python\nnever closed", ""),
        ("no code", ""),
    ],
)
def test_the_corrected_cell_is_the_last_block_of_python(answer, cell):
    assert corrected(answer) == cell


@pytest.mark.parametrize("source", ["%%chat\nhi", "%chat hi", "\n%fix", "%%explain x", "%provider"])
def test_cells_that_ask_are_told_from_those_that_are_asked_about(source):
    assert is_ours(source)
    assert not is_ours(f"x = 1\n{source}")
    assert not is_ours("%%chatter\nx")


def test_their_lines_are_completed():
    assert complete("%fix --mod") == ["--model"]
    assert "--image" not in complete("%fix --")
    assert complete("%explain err") == ["error"]
    assert "embedded" in complete("%explain -m ")
    assert complete("%%explain --show") == ["--show-prompt"]
