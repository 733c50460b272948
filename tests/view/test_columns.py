"""Columns side by side: all of each is there, as HTML and as plain text."""

from __future__ import annotations

from nbprovider.types import Text
from nbprovider.view import Column, Columns

DONE = Column("<a>", (Text("Yes & no."),), footer="tiny · $0.01")
FAILED = Column("b", (), trouble="MissingKey: No key.\nEnter one.")
GROWING = Column("c", (Text("So far"),), status="waiting · c · 3 s")


def test_each_has_its_name_its_words_and_its_line():
    page = Columns((DONE, FAILED, GROWING)).html()
    assert 'aria-label="&lt;a&gt;"' in page
    assert "Yes &amp; no." in page
    assert "tiny · <span>&#36;</span>0.01" in page
    assert "⚠ MissingKey: No key.<br>Enter one." in page
    assert "⏳ waiting · c · 3\u00a0s" in page.replace("⏳\u00a0", "⏳ ")
    assert "<a>" not in page


def test_how_many_have_answered_is_said_until_all_have():
    assert "2 of 3 have answered" in Columns((DONE, FAILED, GROWING)).html()
    assert "have answered" not in Columns((DONE, FAILED)).html()


def test_the_look_needs_nothing_but_itself():
    page = Columns((DONE,)).html()
    assert "<style" not in page
    assert "class=" not in page


def test_in_plain_text_one_stands_below_the_other():
    assert Columns((DONE, FAILED)).plain() == (
        "── <a> ──\n\nYes & no.\n\ntiny · $0.01\n\n\n── b ──\n\n⚠ MissingKey: No key.\nEnter one."
    )


def test_a_short_item_of_a_line_is_not_broken_and_prices_are_no_formulas():
    long = "and so many words that no column is wide enough for them"
    page = Column("a", (), footer=f"1.3 s · $1 · $2 · {long}").html()
    assert "1.3\u00a0s · <span>&#36;</span>1 · <span>&#36;</span>2 · and so many" in page
