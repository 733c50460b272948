"""The forms that an answer can have: what is shown, what is told in words, what is bound."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbprovider.errors import BadAnswer
from nbprovider.types import Media, Text
from nbprovider.view import FORMATS, Final, drawn, formula, page

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def final(form, *shown):
    text = "".join(one.text for one in shown if isinstance(one, Text))
    return Final(shown, text, FORMATS[form], "foot & more", {})


class Frame(HTMLParser):
    """Read what stands in a frame, and what it may do."""

    def __init__(self, told):
        super().__init__()
        self.frames = []
        self.feed(told)

    def handle_starttag(self, tag, attrs):
        if tag == "iframe":
            self.frames.append(dict(attrs))


PAGE = '<h1>Hi &amp; "you"</h1><script>steal()</script><img src="https://x.example/i.png">'


def test_a_page_is_shut_up_in_a_frame_that_runs_and_loads_nothing():
    told = final("html", Text(f"Here:\n\n```html\n{PAGE}\n```\n")).bundle()["text/html"]
    (frame,) = Frame(told).frames
    assert frame["sandbox"] == ""
    assert frame["title"]
    policy, _, inside = frame["srcdoc"].partition("<style>")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert inside.endswith(PAGE)


def test_outside_of_the_frame_nothing_of_the_page_is_markup():
    told = final("html", Text(PAGE)).bundle()["text/html"]
    outside = told[told.index("</iframe>") :]
    assert "<script" not in outside
    assert "<img" not in outside
    assert "&lt;script&gt;" in outside
    assert "foot &amp; more" in outside


@pytest.mark.parametrize("text", ['"><script>x()</script>', "</iframe><b>", "'>", "&quot;>"])
def test_a_page_cannot_break_out_of_its_frame(text):
    told = page.framed(text)
    (frame,) = Frame(told).frames
    assert text in frame["srcdoc"] or page.html.escape(text) in frame["srcdoc"]
    assert told.count("<iframe") == told.count("</iframe>") == 1


def test_a_page_has_its_words_for_those_who_do_not_see_it():
    source = (
        "<html><head><title>T</title><style>p{}</style></head><body><h1>Sales</h1>"
        "<p>Up by\n 5&nbsp;%.</p><script>no()</script><img src='data:,' alt='a curve'>"
        "<table><tr><td>a</td><td>b</td></tr></table></body></html>"
    )
    assert page.words(source).splitlines() == ["Sales", "Up by 5 %.", "[a curve]", "a b"]


PIECES = [
    *("<![foo[", "]]>", "<!--", "-->", "<p", "</", "<a href='", '"', ">", "&#x110000;", "&#0;"),
    *(
        "words ",
        "<script>",
        "</script>",
        "<style",
        "<?php",
        "<svg>",
        "\n",
        "<!DOCTYPE",
        "<![CDATA[",
    ),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_no_page_is_too_broken_to_be_shown(source):
    assert isinstance(page.words(source), str)
    (frame,) = Frame(page.framed(source)).frames
    assert source in frame["srcdoc"] or page.html.escape(source) in frame["srcdoc"]


def test_what_is_no_page_is_shown_as_it_stands():
    assert "<pre>1 &lt; 2</pre>" in Frame(page.framed("1 < 2")).frames[0]["srcdoc"]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (r"\frac{a}{b}", r"\frac{a}{b}"),
        (r"$$\frac{a}{b}$$", r"\frac{a}{b}"),
        ("```latex\n\\frac{a}{b}\n```", r"\frac{a}{b}"),
        (r"It is \[ x^2 \] of course.", "x^2"),
        (r"It is \(x\), or $y$.", "x"),
        ("$x$", "x"),
        ("\\begin{align*}\na &= b\\\\\n\nc &= d\n\\end{align*}", None),
        ("\\begin{equation}\nx\n\\end{equation}", "x"),
    ],
)
def test_a_formula_comes_out_of_whatever_marks_it(text, latex):
    found = FORMATS["math"].value(text)
    if latex is None:
        assert found.startswith(r"\begin{aligned}")
        assert "\n\n" not in found, "a blank line would end the formula"
    else:
        assert found == latex
    assert final("math", Text(text)).bundle()["text/markdown"].startswith(f"$$\n{found}\n$$")
    assert formula.shown(found).endswith("$$")


def test_a_picture_is_an_output_of_its_own_and_the_footer_another():
    shown = (Text("A dot."), Media("image", "image/png", PNG))
    told = final("image", *shown)
    (picture,) = told.pictures()
    assert base64.b64decode(picture["image/png"]) == PNG
    assert picture["text/plain"]
    assert "A dot." in told.beside()["text/markdown"]
    assert "data:" not in told.beside()["text/markdown"]


def test_in_other_forms_pictures_stay_among_the_words():
    told = final("markdown", Text("A dot."), Media("image", "image/png", PNG))
    assert told.pictures() == []
    assert "data:image/png" in told.bundle()["text/markdown"]


def test_a_picture_of_another_sort_becomes_png():
    image = pytest.importorskip("PIL.Image")
    made = io.BytesIO()
    image.new("RGB", (2, 2), "red").save(made, "GIF")
    (picture,) = final("image", Media("image", "image/gif", made.getvalue())).pictures()
    assert base64.b64decode(picture["image/png"]).startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_read_is_kept_as_it_is():
    (picture,) = final("image", Media("image", "image/webp", b"odd")).pictures()
    assert base64.b64decode(picture["image/webp"]) == b"odd"
    assert drawn.drawn([Media("image", "image/webp", b"odd")]).data == b"odd"


def test_a_picture_is_bound_as_pillow_has_it():
    pytest.importorskip("PIL.Image")
    one = Media("image", "image/png", PNG)
    assert FORMATS["image"].parts([Text("x"), one]).size == (1, 1)
    assert len(FORMATS["image"].parts([one, one])) == 2


def test_a_picture_that_is_elsewhere_is_bound_by_its_address():
    one = Media("image", "image/png", url="https://pictures.example/a.png")
    assert FORMATS["image"].parts([one]) is one
    assert final("image", one).pictures() == []
    assert one.url in final("image", one).bundle()["text/markdown"]


def test_an_answer_without_a_picture_is_told():
    with pytest.raises(BadAnswer, match="no picture"):
        FORMATS["image"].parts([Text("I cannot draw.")])


@pytest.mark.parametrize(
    ("form", "text", "seen"),
    [
        ("html", "<h1>Hel", "```html\n<h1>Hel"),
        ("html", "```html\n<h1>", "```html\n<h1>"),
        ("json", '{"a": ', '```json\n{"a": '),
        ("json", "Sure:", "Sure:"),
        ("math", r"\frac", "```latex\n\\frac"),
        ("markdown", "<b>", "<b>"),
    ],
)
def test_source_is_seen_as_source_while_it_comes(form, text, seen):
    """Else a page that is half there would be shown as markdown, outside of any frame."""
    assert FORMATS[form].growing(text) == seen
