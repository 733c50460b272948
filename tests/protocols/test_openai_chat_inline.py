"""Thoughts among the words are thoughts where a provider's file says so, and words elsewhere."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.protocols.openai_chat_inline import Inline
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Message, Text, Thinking, fold

REPLY = "\n<think>\nTwo and two, <b> so\n</think>\n\nFour. </think> is a mark."
ASKED = Call("m", (Message("user", (Text("2+2?"),)),))
VLLM = catalog.find("vllm")
SPLITTING = replace(VLLM, quirks=replace(VLLM.quirks, inline_thinking=True))


def turn(pieces, provider=SPLITTING):
    reading = Reading(protocols.load("openai_chat"), ASKED, provider)
    events = []
    for piece in pieces:
        chunk = {"model": "m", "choices": [{"index": 0, "delta": {"content": piece}}]}
        events += reading.feed(b"data: %s\n\n" % json.dumps(chunk).encode())
    end = {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    events += reading.feed(b"data: %s\n\n" % json.dumps(end).encode())
    return fold([*events, *reading.close()])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 1000])
def test_thoughts_are_cut_out_however_the_words_are_cut(size):
    said = turn([REPLY[at : at + size] for at in range(0, len(REPLY), size)])
    assert said.thinking == "\nTwo and two, <b> so\n"
    assert said.text == "Four. </think> is a mark."
    assert [type(part) for part in said.parts] == [Thinking, Text]


@pytest.mark.parametrize("words", ["Four.", "So <think>x</think>", "<thin", "<thinker>", "  ", "<"])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_mark_that_is_not_at_the_beginning_is_words(words, size):
    said = turn([words[at : at + size] for at in range(0, len(words), size)])
    assert (said.text, said.thinking) == (words, "")


def test_a_thought_that_is_cut_off_is_a_thought():
    said = turn(["<think>Two and two</thi"])
    assert (said.text, said.thinking) == ("", "Two and two</thi")


def test_a_reply_in_one_piece_is_split_too():
    body = {"choices": [{"message": {"content": REPLY}, "finish_reason": "stop"}]}
    reading = Reading(protocols.load("openai_chat"), ASKED, SPLITTING)
    said = fold([*reading.feed(json.dumps(body).encode()), *reading.close()])
    assert (said.text, said.finish) == ("Four. </think> is a mark.", "stop")


def test_without_the_quirk_all_is_words():
    assert turn([REPLY], VLLM).text == REPLY


def test_what_is_sure_is_not_held():
    inline = Inline()
    assert list(inline.take("<think>")) == []
    assert list(inline.take("Two </th")) == [Thinking("Two ")]
    assert list(inline.take("ree")) == [Thinking("</three")]
    assert list(inline.take("</think>\n")) == []
    assert not inline.over
    assert list(inline.take("\nFour")) == [Text("Four")]
    assert inline.over


def test_minimax_thinks_inline_on_its_openai_endpoint():
    assert catalog.find("minimax").quirks_in["openai_chat"].inline_thinking
