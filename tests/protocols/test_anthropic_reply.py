"""What Anthropic's replies mean: bytes in, a turn out."""

import json
from itertools import chain, zip_longest

import pytest

from nbprovider import catalog
from nbprovider.errors import Overloaded, QuotaExhausted, Unavailable
from nbprovider.protocols import anthropic
from nbprovider.protocols.anthropic_blocks import blocks
from nbprovider.protocols.reading import Reading
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Finish,
    Message,
    Opaque,
    Served,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
    fold,
)

SEARCH = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"q": "sea"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"url": "u"}]}
REDACTED = {"type": "redacted_thinking", "data": "xyz"}
PLACE = {
    "type": "web_search_result_location",
    "cited_text": "The sea is wide.",
    "url": "https://sea.example",
    "title": "Sea",
    "encrypted_index": "e1",
}
CHAR = {"type": "char_location", "cited_text": "wide", "document_index": 2, "document_title": None}
USAGE = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 7,
    "cache_read_input_tokens": 5,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "output_tokens": 1,
    "service_tier": "priority",
}
TOTALS = {
    "output_tokens": 60,
    "output_tokens_details": {"thinking_tokens": 30},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0},
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [
        {"type": "thinking", "thinking": "How wide?", "signature": "sig"},
        REDACTED,
        SEARCH,
        FOUND,
        {"type": "text", "text": "It is wide.", "citations": [PLACE, CHAR]},
        {"type": "tool_use", "id": "tu_1", "name": "measure", "input": {"what": "sea"}},
        {"type": "tool_use", "id": "tu_2", "name": "rest", "input": {}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {**USAGE, **TOTALS},
}
DELTAS = {
    0: [
        {"type": "thinking_delta", "thinking": "How "},
        {"type": "thinking_delta", "thinking": "wide?"},
        {"type": "signature_delta", "signature": "sig"},
    ],
    2: [
        {"type": "input_json_delta", "partial_json": '{"q": '},
        {"type": "input_json_delta", "partial_json": '"sea"}'},
    ],
    4: [
        {"type": "text_delta", "text": "It is "},
        {"type": "citations_delta", "citation": PLACE},
        {"type": "text_delta", "text": "wide."},
        {"type": "citations_delta", "citation": CHAR},
    ],
    5: [
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"what"'},
        {"type": "input_json_delta", "partial_json": ':"sea"}'},
    ],
    6: [{"type": "input_json_delta", "partial_json": ""}],
}
EMPTY = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": "", "citations": []}}


def _started(block):
    """Return a block as it looks before its deltas."""
    kind = block["type"]
    empty = {"input": {}} if kind in {"tool_use", "server_tool_use"} else EMPTY.get(kind, {})
    return {**block, **empty}


def _streamed():
    """Return the events that tell MESSAGE."""
    head = {**MESSAGE, "content": [], "stop_reason": None, "usage": USAGE}
    yield {"type": "message_start", "message": head}
    yield {"type": "ping"}
    for index, block in enumerate(MESSAGE["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": _started(block)}
        for delta in DELTAS.get(index, ()):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": TOTALS}
    yield {"type": "message_stop"}


def _sse(payloads):
    told = (f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in payloads)
    return "".join(told).encode()


def _reading(*, stream=True):
    call = Call("claude-sonnet-5-5", (Message("user", (Text("?"),)),), stream=stream)
    return Reading(anthropic, call, catalog.find("anthropic"))


def _read(data, *, stream=True):
    reading = _reading(stream=stream)
    return [*chain(reading.feed(data)), *reading.close()]


def _turn(*payloads) -> Turn:
    return fold(_read(_sse(payloads)))


def _block(block, *deltas, index=0):
    yield {"type": "content_block_start", "index": index, "content_block": block}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}


STOP = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}}


def test_a_stream_and_a_whole_message_tell_the_same_turn():
    streamed = fold(_read(_sse(_streamed())))
    assert streamed == fold(_read(json.dumps(MESSAGE).encode(), stream=False))
    assert streamed.parts == (
        Thinking("How wide?", "sig"),
        Opaque("anthropic", REDACTED),
        Opaque("anthropic", SEARCH),
        Opaque("anthropic", FOUND),
        Text("It is wide."),
        Citation("https://sea.example", "The sea is wide.", "Sea", PLACE),
        Citation("document 2", "wide", "", CHAR),
        ToolCall("tu_1", "measure", '{"what":"sea"}'),
        ToolCall("tu_2", "rest", ""),
    )
    assert (streamed.finish, streamed.raw_finish) == ("tool_calls", "tool_use")
    assert (streamed.model, streamed.id) == ("claude-sonnet-5-5", "msg_1")


def test_what_a_stream_told_goes_back_as_the_message_that_it_was():
    message = fold(_read(_sse(_streamed()))).message()
    assert blocks(message, catalog.find("anthropic")) == MESSAGE["content"]


def test_a_stream_is_understood_however_its_bytes_are_cut():
    data = _sse(_streamed())
    reading = _reading()
    events = [event for byte in data for event in reading.feed(bytes([byte]))]
    assert [*events, *reading.close()] == _read(data)


def test_two_streams_read_in_turns_do_not_mix():
    first, second = _reading(), _reading()
    one, two = list(_streamed()), [*_block({"type": "text", "text": "Hi"}), STOP]
    told = ([], [])
    for payloads in zip_longest(one, two):
        for reading, payload, events in zip((first, second), payloads, told, strict=True):
            events.extend(reading.feed(_sse([payload])) if payload else ())
    assert fold(told[0]) == fold(_read(_sse(one)))
    assert fold(told[1]) == fold(_read(_sse(two)))


def test_usage_is_overridden_by_later_reports_and_never_added():
    usage = fold(_read(_sse(_streamed()))).usage
    extra = {"cache_write_1h": 4, "tier": "priority", "searches": 2}
    assert usage == Usage(20, 60, 5, 7, 30, extra)


def test_a_relay_that_counts_only_at_the_end_is_believed():
    start = {"type": "message_start", "message": {"model": "m", "usage": None}}
    end = {**STOP, "usage": {"output_tokens": 3, "cost": 0.25}}
    assert _turn(start, end).usage == Usage(output=3, extra={"cost": 0.25})


def test_a_new_signature_replaces_the_one_before():
    deltas = [{"type": "signature_delta", "signature": name} for name in ("old", "new")]
    block = {"type": "thinking", "thinking": "", "signature": ""}
    assert _turn(*_block(block, *deltas), STOP).parts == (Thinking("", "new"),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "pause"),
        ("refusal", "refused"),
        ("something_new", "other"),
    ],
)
def test_each_stop_reason_has_its_meaning_and_keeps_its_word(raw, reason):
    turn = _turn({**STOP, "delta": {"stop_reason": raw}})
    assert (turn.finish, turn.raw_finish) == (reason, raw)


def test_the_end_mark_without_a_reason_ends_the_reply():
    turn = _turn(*_block({"type": "text", "text": "Hi"}), {"type": "message_stop"})
    assert (turn.text, turn.finish, turn.raw_finish) == ("Hi", "stop", "")


def test_the_end_mark_without_a_reason_after_a_tool_call_asks_for_tools():
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}
    turn = _turn(*_block(call), {"type": "message_stop"})
    assert turn.finish == "tool_calls"
    assert turn.tool_calls == (ToolCall("a", "f", '{"x":1}'),)


def test_a_stream_that_stops_before_its_end_is_an_error():
    with pytest.raises(Unavailable, match="cut short"):
        _turn(*_block({"type": "text", "text": "Hi"}))


def test_a_delta_without_its_blocks_start_is_still_read():
    delta = {"type": "text_delta", "text": "Hi"}
    assert _turn({"type": "content_block_delta", "index": 0, "delta": delta}, STOP).text == "Hi"


def test_events_and_blocks_that_are_new_break_nothing():
    news = {"type": "hologram", "content": None}
    deltas = [{"type": "hologram_delta", "content": piece} for piece in ("a", "b")]
    turn = _turn({"type": "weather", "sun": True}, *_block(news, *deltas), STOP)
    assert turn.parts == (Opaque("anthropic", {"type": "hologram", "content": "ab"}),)


def test_a_hidden_block_that_was_cut_in_its_input_keeps_what_it_began_with():
    begun = {**SEARCH, "input": {}}
    turn = _turn(*_block(begun, {"type": "input_json_delta", "partial_json": '{"q'}), STOP)
    assert turn.parts == (Opaque("anthropic", begun),)


def test_a_tool_that_the_provider_ran_is_no_tool_call_of_ours():
    turn = _turn(*_block(SEARCH), {"type": "content_block_stop", "index": 0}, STOP)
    assert turn.tool_calls == ()


def test_a_fallback_to_another_model_is_told():
    block = {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}
    start = {"type": "message_start", "message": {"id": "m1", "model": "a"}}
    events = _read(_sse([start, *_block(block), STOP]))
    assert events[:2] == [Served("a", "m1"), Served("b", "m1")]


def test_who_calls_a_tool_is_kept():
    caller = {"type": "code_execution", "tool_id": "srv_1"}
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {}, "caller": caller}
    assert _turn(*_block(call), STOP).parts == (ToolCall("a", "f", "", {"caller": caller}),)


def test_an_error_in_the_middle_of_a_stream_is_raised_after_what_came_before():
    refusal = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    reading, told = _reading(), []
    with pytest.raises(Overloaded) as caught:
        told.extend(reading.feed(_sse([*_block({"type": "text", "text": "Hi"}), refusal])))
    assert caught.value.code == "overloaded_error"
    assert told == [Delta(0, Text("Hi"))]


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_in_place_of_a_message_is_raised(stream):
    body = {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}
    with pytest.raises(QuotaExhausted, match="insufficient balance"):
        _read(json.dumps(body).encode(), stream=stream)


def test_a_reply_without_any_block_is_a_reply():
    body = {"type": "message", "content": [], "stop_reason": "refusal"}
    assert _read(json.dumps(body).encode(), stream=False) == [Finish("refused", "refusal")]


def test_a_message_whose_content_is_one_string_is_read():
    body = {"content": "Hi", "stop_reason": "end_turn"}
    assert fold(_read(json.dumps(body).encode(), stream=False)).text == "Hi"
