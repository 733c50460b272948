"""Ollama's chat: lines in, a turn out, and what it refuses and lists."""

import json
from itertools import zip_longest

import pytest

from nbprovider import catalog
from nbprovider.errors import (
    BadRequest,
    ContextTooLong,
    Overloaded,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import ollama
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.reading import Reading
from nbprovider.types import (
    Call,
    Delta,
    Finish,
    Message,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
    fold,
)

ASK = (Message("user", (Text("How wide is the sea?"),)),)
MEASURE = {"id": "c1", "function": {"index": 0, "name": "measure", "arguments": {"what": "sea"}}}
REST = {"function": {"name": "rest", "arguments": {}}}
END = {
    "model": "qwen3:4b",
    "message": {"role": "assistant", "content": ""},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 12,
    "eval_count": 34,
    "total_duration": 5_000_000,
}


def _line(**message):
    return {"model": "qwen3:4b", "message": {"role": "assistant", **message}, "done": False}


STREAM = [
    _line(content="", thinking="How "),
    _line(content="", thinking="wide?"),
    _line(content="It is "),
    _line(content="wide."),
    _line(content="", tool_calls=[MEASURE]),
    _line(content="", tool_calls=[REST]),
    END,
]
WHOLE = END | {
    "message": {"content": "It is wide.", "thinking": "How wide?", "tool_calls": [MEASURE, REST]}
}


def _reading(messages=ASK, *, stream=True):
    return Reading(ollama, Call("qwen3:4b", messages, stream=stream), catalog.find("ollama"))


def _lines(payloads):
    return "".join(json.dumps(one) + "\n" for one in payloads).encode()


def _read(data, *, stream=True):
    reading = _reading(stream=stream)
    return [*reading.feed(data), *reading.close()]


def _turn(*payloads) -> Turn:
    return fold(_read(_lines(payloads)))


def test_a_stream_and_a_whole_answer_tell_the_same_turn():
    streamed = _turn(*STREAM)
    assert streamed == fold(_read(json.dumps(WHOLE).encode(), stream=False))
    assert streamed.parts == (
        Thinking("How wide?"),
        Text("It is wide."),
        ToolCall("c1", "measure", '{"what":"sea"}'),
        ToolCall("call_1", "rest", ""),
    )
    assert (streamed.finish, streamed.raw_finish) == ("tool_calls", "stop")
    assert streamed.model == "qwen3:4b"
    assert streamed.usage == Usage(12, 34)


def test_a_stream_is_understood_however_its_bytes_are_cut():
    data = _lines(STREAM)
    reading = _reading()
    events = [event for byte in data for event in reading.feed(bytes([byte]))]
    assert [*events, *reading.close()] == _read(data)


def test_two_streams_read_in_turns_do_not_mix():
    other = [_line(content="Hi"), END]
    first, second = _reading(), _reading()
    told = ([], [])
    for payloads in zip_longest(STREAM, other):
        for reading, payload, events in zip((first, second), payloads, told, strict=True):
            events.extend(reading.feed(_lines([payload])) if payload else ())
    assert fold(told[0]) == _turn(*STREAM)
    assert fold(told[1]) == _turn(*other)


def test_ids_that_we_make_up_differ_through_the_whole_conversation():
    before = Message("assistant", (ToolCall("call_0", "rest"), ToolCall("call_1", "rest")))
    reading = _reading((*ASK, before))
    calls = fold(reading.feed(_lines([_line(tool_calls=[REST, REST])]))).tool_calls
    assert [call.id for call in calls] == ["call_2", "call_3"]


def test_arguments_that_a_relay_sends_as_text_stay_text():
    wire = {"id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}}
    assert _turn(_line(tool_calls=[wire]), END).tool_calls == (ToolCall("a", "f", '{"x": 1}'),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("stop", "stop"), ("length", "length"), ("load", "other"), (None, "stop")],
)
def test_each_reason_has_its_meaning_and_keeps_its_word(raw, reason):
    assert _read(_lines([{"done": True, "done_reason": raw}])) == [Finish(reason, raw or "")]


def test_a_tool_call_cut_by_the_length_is_told_as_length():
    turn = _turn(_line(tool_calls=[MEASURE]), END | {"done_reason": "length"})
    assert turn.finish == "length"


def test_counts_that_are_absent_stay_unknown():
    turn = _turn({"done": True, "eval_count": 3})
    assert turn.usage == Usage(output=3)


def test_a_stream_that_stops_before_its_last_line_is_an_error():
    with pytest.raises(Unavailable, match="cut short"):
        _turn(*STREAM[:-1])


def test_an_error_line_is_raised_after_what_came_before():
    reading, told = _reading(), []
    with pytest.raises(Unavailable, match="runner stopped") as caught:
        told.extend(reading.feed(_lines([_line(content="Hi"), {"error": "runner stopped"}])))
    assert told[-1] == Delta(1, Text("Hi"))
    assert caught.value.may_retry


def test_a_missing_model_told_in_the_stream_is_an_unknown_model():
    with pytest.raises(UnknownModel, match="not found") as caught:
        _turn({"error": "model 'qwen9' not found, try pulling it first"})
    assert "%provider pull qwen9" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "message", "error", "hint"),
    [
        (404, 'model "qwen3:4b" not found, try pulling it first', UnknownModel, "pull qwen3:4b`"),
        (400, '"llama3" does not support thinking', BadRequest, "effort"),
        (400, "registry/x/llama3:latest does not support tools", BadRequest, "without tools"),
        (400, "the input length exceeds the context length", ContextTooLong, "OLLAMA_CONTEXT"),
        (429, "slow down", RateLimited, "Wait"),
        (500, "model requires more system memory (9 GiB)", Unavailable, "smaller model"),
        (503, "server busy, please try again", Overloaded, "Wait"),
    ],
)
def test_each_refusal_is_its_own_error_with_its_own_next_step(status, message, error, hint):
    found = ollama.error(status, {}, json.dumps({"error": message}).encode())
    assert type(found) is error
    assert found.status == status
    assert message in found.message
    assert hint in found.hint


def test_who_is_not_signed_in_is_told_where_to_sign_in():
    url = "https://ollama.example/connect?name=desk"
    body = {"error": "unauthorized", "signin_url": url}
    found = ollama.error(401, {}, json.dumps(body).encode())
    assert type(found) is Unauthorized
    assert url in found.hint


@pytest.mark.parametrize("body", [b"", b"<html>", b"404 page not found", b'["x"]'])
def test_a_refusal_that_is_no_json_object_is_told_by_its_status(body):
    assert type(ollama.error(503, {}, body)) is Overloaded


def test_a_refusal_told_as_an_object_keeps_its_words():
    found = ollama.error(500, {}, b'{"error": {"message": "out of luck"}}')
    assert "out of luck" in found.message


def test_installed_models_are_listed_with_what_they_can():
    can = ["completion", "tools", "thinking"]
    known = {"name": "qwen3:4b", "details": {"parameter_size": "4.0B"}, "capabilities": can}
    payload = {"models": [known, {"model": "tiny"}, {}]}
    listed = Listed("qwen3:4b", "qwen3:4b (4.0B)", can=tuple(can))
    assert ollama.parse_models(payload) == Page((listed, Listed("tiny")))
    assert ollama.parse_models({"models": None}) == Page(())
