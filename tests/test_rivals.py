"""Every failure of a rival that we claim not to have is proven not to be ours, by a named test."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
)
"""The rows of the list of rivals' failures that this version claims."""


@cache
def claims():
    """Return row → the tests whose docstring says that they prove it."""
    found: dict[int, list[str]] = {}
    for path in HERE.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in re.findall(r"Row (\d+) of the rivals", ast.get_docstring(node) or ""):
                    found.setdefault(int(row), []).append(f"{path.name}::{node.name}")
    return found


@pytest.mark.parametrize("row", ROWS)
def test_the_row_has_a_test_that_names_it(row):
    assert claims().get(row)
