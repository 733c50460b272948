"""Painting into a notebook's cell: little is sent, nothing is lost, one output remains."""

from __future__ import annotations

import pytest
from recording import Recording, final

from nbprovider.types import Text, Thinking
from nbprovider.ui.notebook import OwnCell, SharedCell
from nbprovider.ui.pace import PER_SECOND, Pace
from nbprovider.view import Seam

PARAGRAPHS = ("word " * 60 + "\n\n") * 17
ONE_BLOCK = "```python\n" + "line = 'a word'\n" * 320
SHAPES = {"paragraphs": PARAGRAPHS[:5000], "one block": ONE_BLOCK[:5000]}

LIMIT = 100_000
"""Bytes: what a reply of 5 kB may send."""


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


PAINTERS = OwnCell, SharedCell


@pytest.fixture(params=PAINTERS, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def painted(kind, text, seconds):
    """Stream the text for so long, painted ten times a second; return what was sent."""
    seen, clock = Recording(), Clock()
    painter = kind(seen, Pace(clock=clock))
    frames = int(seconds * 10)
    for frame in range(frames):
        clock.now = frame / 10
        painter.paint([Text(text[: len(text) * frame // frames])], "")
    painter.finish(final(Text(text)))
    return seen


@pytest.mark.parametrize("seconds", [5, 10])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_reply_of_5_kb_sends_under_100_kb(kind, shape, seconds):
    """Row 8 of the rivals: chatlas sends 2.58 MB of display messages for it."""
    seen = painted(kind, SHAPES[shape], seconds)
    assert seen.sent < LIMIT
    assert SHAPES[shape].strip() in seen.text


def test_traffic_grows_with_the_answer_and_not_with_its_square(kind):
    """Ten times the answer in ten times the time: about ten times as much, not a hundred."""
    short = painted(kind, PARAGRAPHS, 10).sent
    assert painted(kind, PARAGRAPHS * 10, 100).sent < 15 * short


def test_no_word_that_was_seen_goes_away_while_it_streams(kind):
    text = PARAGRAPHS[:3000]
    lengths = [len(seen.replace("\n", "")) for seen in painted(kind, text, 5).seen]
    if kind is OwnCell:
        assert lengths == sorted(lengths)
    assert max(lengths) >= len(text.replace("\n", ""))


def test_the_same_is_not_sent_again(kind):
    seen = Recording()
    painter = kind(seen)
    for _ in range(5):
        painter.paint([], "waiting · 1 s")
    assert len(seen.seen) == 1


def test_the_status_stands_below_and_keeps_its_place_while_words_stream(kind):
    seen = Recording()
    painter = kind(seen)
    painter.paint([], "waiting · gpt_4 · 1 s")
    assert seen.text == r"<small>⏳ waiting · gpt\_4 · 1 s</small>"
    painter.paint([Text("Some words")], "")
    assert seen.text == "Some words\n\n<small>&nbsp;</small>"
    painter = kind(seen := Recording())
    painter.paint([Text("Some words")], "no words for 3 s")
    assert seen.text.endswith("Some words\n\n<small>⏳ no words for 3 s</small>")


def test_reasoning_is_folded_when_it_is_over(kind):
    seen = Recording()
    painter = kind(seen)
    painter.paint([Thinking("hm, ")], "thinking · 1 word")
    assert "<details>" not in seen.text
    painter.paint([Thinking("hm, yes"), Text("Four")], "")
    assert seen.text.index("<details>") < seen.text.index("Four")


def test_one_output_remains_with_where_it_comes_from():
    seen = painted(OwnCell, PARAGRAPHS, 10)
    ((bundle, metadata),) = seen.outputs.values()
    assert set(bundle) == {"text/plain", "text/markdown"}
    assert bundle["text/markdown"].endswith("<small>tiny · 7 → 3 tokens</small>")
    assert metadata == {"nbprovider": {"model": "tiny"}}


def test_a_short_answer_in_a_shared_cell_is_one_output_and_a_long_one_has_its_footer_below():
    ((bundle, metadata),) = painted(SharedCell, "Short.", 1).outputs.values()
    assert bundle["text/markdown"] == "Short.\n\n<small>tiny · 7 → 3 tokens</small>"
    assert metadata == {"nbprovider": {"model": "tiny"}}
    (body, metadata), (footer, _) = painted(SharedCell, PARAGRAPHS, 10).outputs.values()
    assert body["text/plain"] == PARAGRAPHS
    assert metadata == {"nbprovider": {"model": "tiny"}}
    assert footer["text/markdown"] == "<small>tiny · 7 → 3 tokens</small>"


def test_an_answer_that_is_there_before_the_first_paint_is_shown(kind):
    seen = Recording()
    kind(seen).finish(final(Text("At once.")))
    assert seen.text == "At once.\n\n<small>tiny · 7 → 3 tokens</small>"


def test_a_shared_cell_never_clears_what_is_not_its_own():
    seen = Recording()
    seen.show({"text/plain": "the user's"}, {}, "other")
    for end in (lambda p: p.finish(final(Text("hi"))), lambda p: p.leave([Text("hi")])):
        painter = SharedCell(seen)
        painter.paint([Text("h")], "")
        end(painter)
    assert seen.bundles[0] == {"text/plain": "the user's"}


def test_a_call_that_failed_leaves_what_it_had_said(kind):
    seen = Recording()
    painter = kind(seen)
    painter.paint([Text("Half an ans")], "no words for 9 s")
    painter.leave([Text("Half an answ")])
    (bundle,) = seen.bundles
    assert bundle == {"text/plain": "Half an answ", "text/markdown": "Half an answ"}


def test_a_call_that_failed_without_a_word_leaves_nothing(kind):
    seen = Recording()
    painter = kind(seen)
    painter.paint([], "waiting · 9 s")
    painter.leave([])
    assert seen.bundles == [{"text/plain": ""}]
    nothing = Recording()
    kind(nothing).leave([])
    assert nothing.bundles == []


def test_attempts_that_failed_are_folded_away_above_the_answer():
    seen = Recording()
    shown = Text("wrong"), Seam("Lost. Trying again."), Text("right")
    OwnCell(seen).finish(final(*shown, text="right"))
    (bundle,) = seen.bundles
    assert bundle["text/plain"] == "right\n\ntiny · 7 → 3 tokens"
    fold, answer = bundle["text/markdown"].split("</details>")
    assert "1 failed attempt" in fold
    assert "wrong" in fold
    assert "right" in answer


def test_a_footer_is_not_swallowed_by_a_fence_that_was_left_open():
    seen = Recording()
    OwnCell(seen).finish(final(Text("```python\na = 1")))
    assert "a = 1\n```\n\n<small>" in seen.text


def test_the_pace_lets_small_texts_pass_and_spreads_large_ones():
    clock = Clock()
    pace = Pace(PER_SECOND, clock)
    passed = 0
    for tick in range(100):
        clock.now = tick / 10
        passed += pace.allows(3_000)
    assert passed == 20
    clock.now += 1
    assert pace.allows(10)
    clock.now += 0.1
    assert pace.allows(10)
