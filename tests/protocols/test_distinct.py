"""No two calls of tools in a conversation have one id."""

from __future__ import annotations

from nbprovider.protocols.distinct import distinct
from nbprovider.types import Message, Text, ToolCall, ToolResult


def called(*ids):
    return Message("assistant", tuple(ToolCall(one, "look", "{}") for one in ids))


def gave(*ids):
    return Message("tool", tuple(ToolResult(one, "look", "blue") for one in ids))


def ids(messages):
    return [part.id for message in messages for part in message.parts]


def test_a_call_of_an_id_that_was_there_gets_another_and_so_does_its_result():
    told = distinct([called("0", "1"), gave("0", "1"), called("0"), gave("0"), called("0_2")])
    assert ids(told) == ["0", "1", "0", "1", "0_2", "0_2", "0_2_2"]


def test_two_calls_of_one_id_in_one_reply_are_answered_in_their_order():
    assert ids(distinct([called("0", "0"), gave("0", "0")])) == ["0", "0_2", "0", "0_2"]


def test_what_is_distinct_already_or_has_no_id_stays_as_it_is():
    messages = (Message("user", (Text("Look!"),)), called("a"), gave("a"), called("", ""), gave(""))
    assert all(one is other for one, other in zip(distinct(messages), messages, strict=True))
