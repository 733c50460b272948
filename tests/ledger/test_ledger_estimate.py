"""Tokens are estimated by characters, for what nobody counted."""

from __future__ import annotations

import pytest

from nbprovider.ledger import estimate
from nbprovider.types import Call, Media, Message, Text, Tool


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("four letters", 3),
        ("ä" * 8, 2),
        ("日本語", 2),
        ("한국어", 2),
        ("日本語 and four", 5),
    ],
)
def test_four_letters_a_token_and_one_and_a_half_ideographs(text, count):
    assert estimate.tokens(text) == count


def test_a_question_counts_its_messages_and_tools():
    message = Message("user", (Text("x" * 400),))
    alone = estimate.asked(Call("m", (message,)))
    assert alone == 100 + estimate.FRAME
    tool = Tool("look", "Look something up.", {"type": "object"})
    assert estimate.asked(Call("m", (message,), tools=(tool,))) > alone


def test_a_picture_counts_as_an_order_of_magnitude():
    picture = Media("image", "image/png", b"\x89PNG")
    assert estimate.asked(Call("m", (Message("user", (picture,)),))) == 1004
