"""A model's markdown in a notebook: prices are no formulas, and nothing flickers."""

from __future__ import annotations

import pytest

from nbprovider.view import closed, escaped, legible, steady
from nbprovider.view.table import Table

DOLLAR = "<span>&#36;</span>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("between $5 and $10", f"between {DOLLAR}5 and {DOLLAR}10"),
        (r"between \$5 and \$10", f"between {DOLLAR}5 and {DOLLAR}10"),
        ("| $5 | $10 |", f"| {DOLLAR}5 | {DOLLAR}10 |"),
        ("$x_1$ costs $5", f"$x_1$ costs {DOLLAR}5"),
        ("just $5", "just $5"),
        ("$$a\n+ b$$ and $c$", "$$a\n+ b$$ and $c$"),
        (r"\( x \) and \(y\)", "$x$ and $y$"),
        ("\\[\nx\n\\]", "$$\nx\n$$"),
        (r"\(never closed", r"\(never closed"),
        ("\\(not\n\nover paragraphs\\)", "\\(not\n\nover paragraphs\\)"),
    ],
)
def test_formulas_and_prices_are_told_apart(text, shown):
    assert legible(text) == shown


@pytest.mark.parametrize(
    "code",
    [
        "`$5` and `$10`",
        "``a ` $5 $6``",
        "```bash\necho $A $B\n\n\\(x\\)\n```",
        "~~~\n$5 $6\n```\n$7\n~~~",
        "```\n$5 $6 and no end",
        "  ````\n```\n$5 $6\n  ````",
    ],
)
def test_code_is_left_as_it_is(code):
    assert legible(code) == code


def test_words_are_shown_as_they_stand():
    assert escaped("gpt_4*[x] <b>") == r"gpt\_4\*\[x\] \<b\>"
    assert escaped("$1") == r"\$1"
    assert escaped("$1 of $2") == f"{DOLLAR}1 of {DOLLAR}2"


def test_prices_in_a_table_are_no_formula():
    assert r"| \$1 | \$2 |" in Table(("a", "b"), (("$1", "$2"),)).markdown()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Words", "Words"),
        ("Words\n-", "Words"),
        ("Words\n- one", "Words\n- one"),
        ("Words\n==", "Words"),
        ("Words\n12", "Words"),
        ("Words\n\n| a |", "Words"),
        ("Words\n\n| a |\n|--", "Words"),
        ("Words\n\n| a |\n|---|\n", "Words\n\n| a |\n|---|"),
        ("| a |", ""),
        ("```\nx = 1\n``", "```\nx = 1"),
        ("", ""),
    ],
)
def test_markup_is_held_back_until_words_say_what_it_is(text, shown):
    assert steady(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "a"),
        ("```\na\n```", "```\na\n```"),
        ("```py\na", "```py\na\n```"),
        ("~~~~\n```\na\n", "~~~~\n```\na\n~~~~"),
    ],
)
def test_a_fence_that_is_open_at_the_end_is_closed(text, shown):
    assert closed(text) == shown
