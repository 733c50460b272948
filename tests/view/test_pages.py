"""A growing answer: finished blocks go out once, the tail again and again, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.types import Citation, Text, Thinking, ToolCall
from nbprovider.view import Blocks, Pages, Seam

ANSWER = """# Title

First paragraph
goes on.

```python
a = 1

b = 2
```

- one
- two

~~~
x

```
~~~

last"""


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("one line", 0),
        ("one\n", 0),
        ("one\n\n", 0),
        ("one\n\n ", 0),
        ("one\n\ntwo", 5),
        ("- one\n\n  two", 0),
        ("- one\n\n  two\n\nthree", 14),
        ("```\na\n\nb\n", 0),
        ("```\na\n\nb\n```\n\nc", 14),
        ("~~~\n```\n\n~~~\n\nc", 14),
        ("  ```py\n\n  ```\n\nc", 16),
        ("````\n```\n\n````\n\nc", 16),
    ],
)
def test_a_block_is_finished_at_a_blank_line_outside_a_fence(text, finished):
    blocks = Blocks()
    assert blocks.advance(text) == finished


@given(st.lists(st.integers(1, 12)))
def test_however_it_grows_the_blocks_are_the_same(steps):
    blocks, length, seen = Blocks(), 0, 0
    for step in steps:
        length = min(len(ANSWER), length + step)
        finished = blocks.advance(ANSWER[:length])
        assert seen <= finished <= length
        seen = finished
    assert blocks.advance(ANSWER) == Blocks().advance(ANSWER)


@given(st.lists(st.integers(1, 12)))
def test_pages_give_out_every_character_once(steps):
    pages, given_out, length, tail = Pages(), [], 0, ""
    for step in [*steps, len(ANSWER)]:
        length = min(len(ANSWER), length + step)
        finished, tail = pages.advance([Text(ANSWER[:length])])
        given_out += [finished] if finished else []
    assert "\n\n".join([*given_out, tail]) == ANSWER


def test_a_part_is_finished_when_the_next_begins():
    pages = Pages()
    assert pages.advance([Thinking("hm")])[0] == ""
    finished, tail = pages.advance([Thinking("hm, yes"), Text("Four")])
    assert "hm, yes" in finished
    assert tail == "Four"


def test_sources_do_not_finish_the_text_before_them():
    pages = Pages()
    pages.advance([Text("Fo"), Citation("https://a.example")])
    assert pages.advance([Text("Four"), Citation("https://a.example")]) == ("", "Four")


def test_several_parts_at_once_are_all_given_out():
    shown = [Text("a"), Seam("failed"), Text("b"), ToolCall("1", "add", "{}")]
    finished, tail = Pages().advance(shown)
    assert finished == "a\n\n> ⚠ failed\n\nb"
    assert "add" in tail


def test_nothing_shown_is_nothing():
    assert Pages().advance([]) == ("", "")
