"""Tables and arrays in a question: shape, types, beginning, and what was left out is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbprovider import config
from nbprovider.session.values import Limits, in_words, parts_of
from nbprovider.types import Text


def test_a_frame_is_its_shape_types_and_head():
    words = in_words(pd.DataFrame({"a": [1, 2], "b": ["u", "v"]}))
    assert words.startswith("DataFrame, 2 rows, 2 columns:")
    assert "| dtype | int64 |" in words
    assert "| 1 | 2 | v |" in words
    assert "Missing" not in words


def test_a_long_frame_is_cut_and_says_so():
    words = in_words(pd.DataFrame({"n": range(100)}))
    assert "100 rows" in words
    assert "the first 10" in words
    assert "| 9 | 9 |" in words
    assert "| 10 | 10 |" not in words


def test_the_limits_are_settings_and_can_be_given():
    path = config.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text("prompt_rows = 2\nprompt_columns = 1\n", encoding="utf-8")
    frame = pd.DataFrame({"a": range(9), "b": range(9)})
    words = in_words(frame)
    assert "| 1 | 1 |" in words
    assert "| 2 | 2 |" not in words
    assert "Further columns: b (int64)." in words
    assert "| 3 | 3 |" in in_words(frame, Limits.usual(4))
    assert "| 0 |" not in in_words(frame, Limits(0))


def test_of_a_wide_frame_every_column_is_named_up_to_a_limit():
    words = in_words(pd.DataFrame([range(300)]).add_prefix("c"), Limits(1, 30))
    assert "300 columns" in words
    assert "c29" in words.split("\n\n")[1]
    assert "c30" not in words.split("\n\n")[1]
    assert words.endswith("c228 (int64), c229 (int64), and 70 more.")


def test_missing_values_are_counted():
    frame = pd.DataFrame({"a": [1, None, None], "b": [1, 2, 3]})
    assert "Missing values: a 2." in in_words(frame)


def test_a_cell_that_is_a_text_is_cut_and_bars_do_not_break_the_table():
    words = in_words(pd.DataFrame({"t": ["x" * 1000, "a|b\nc"]}))
    assert f"{'x' * 200}… |" in words
    assert "a\\|b c" in words


def test_columns_of_the_same_name_and_of_levels_are_told():
    assert "| a | a |" in in_words(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    levels = pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("x", "y")]))
    assert "('x', 'y')" in in_words(levels)
    assert "0 rows" in in_words(pd.DataFrame())


def test_a_series_is_its_type_and_head():
    words = in_words(pd.Series([1.5, 2.25], name="degrees"))
    assert words.startswith("Series, 2 values of float64:")
    assert "| 0 | 1.5 |" in words
    assert "the first 10" in in_words(pd.Series(range(11)))


def test_the_columns_of_a_frame_are_one_line():
    words = in_words(pd.DataFrame(columns=["a", "b"]).columns)
    assert words.endswith(": a, b")
    assert "\n" not in words
    assert "and 20 more" in in_words(pd.Index(range(50)))


def test_an_array_is_its_shape_type_numbers_and_corners():
    words = in_words(np.arange(10_000.0).reshape(100, 100))
    begin, corner = words.split("\n\n")
    assert begin.startswith("Array, 100 x 100, float64, from 0 to 9999, mean 4999.5, standard")
    assert "..." in corner
    assert len(corner.splitlines()) < 10
    assert in_words(np.array([1, 2])).endswith("[1 2]")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([1.0, np.nan, np.inf]), "from 1 to 1, mean 1, standard deviation 0, 2 not"),
        (np.array([np.nan]), "float64, 1 not finite"),
        (np.array([]), "Array, 0, float64:"),
        (np.array(["a"]), "Array, 1, <U1:"),
        (np.array([True, False]), "mean 0.5"),
        (np.array(3), "a single value"),
        (np.array([{}], dtype=object), "object:"),
    ],
)
def test_arrays_without_numbers_are_told_too(array, words):
    assert words in in_words(array)


def test_tables_of_other_libraries_are_told_alike():
    frame = pl.DataFrame({"a": [1, None], "b": ["u", "v"]})
    words = in_words(frame)
    assert words.startswith("DataFrame, 2 rows, 2 columns:")
    assert "Int64" in words
    assert "| 1 | u |" in words
    assert "Missing values: a 1." in words
    assert "| 3 |" in in_words(pl.Series("n", [3]))
    table = pa.table({"a": [1, 2], "b": ["u", "v"]})
    assert "| 2 | v |" in in_words(table)
    assert "Table, 2 rows, 2 columns; the first 1:" in in_words(table, Limits(1))


def test_a_styled_frame_is_the_frame():
    pytest.importorskip("jinja2")
    frame = pd.DataFrame({"a": [1]})
    assert in_words(frame.style) == in_words(frame)


def test_a_table_is_words_of_a_question():
    frame = pd.DataFrame({"a": [1]})
    assert parts_of(frame) == (Text(in_words(frame)),)
