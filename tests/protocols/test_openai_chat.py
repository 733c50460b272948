"""Chat Completions: what each way of answering means."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chat_completions import deltas, end, piece, stream, whole
from nbprovider.types import (
    Citation,
    Finish,
    Media,
    Served,
    Text,
    Thinking,
    ToolCall,
    Usage,
    fold,
)


def test_a_plain_stream():
    events = stream(
        {"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": {"role": "assistant"}}]},
        {"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": {"content": "Hel"}}]},
        {"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": {"content": "lo"}}]},
        end("stop"),
        {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}},
    )
    assert events[0] == Served("m-1", "c1")
    turn = fold(events)
    assert (turn.text, turn.finish, turn.raw_finish) == ("Hello", "stop", "stop")
    assert turn.usage == Usage(4, 2)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "refused"),
        ("never_heard_of", "other"),
    ],
)
def test_reasons_to_finish(raw, reason):
    assert stream(end(raw)) == [Finish(reason, raw)]


def test_a_stop_with_calls_wants_tools():
    """Some servers say `stop` although the model asks for a tool."""
    chunk = {"choices": [{"delta": {"tool_calls": [piece("{}", id="1", name="add")]}}]}
    assert fold(stream(chunk, end("stop"))).finish == "tool_calls"


def test_the_end_mark_alone_is_a_stop_and_silence_is_none():
    assert stream(done=True) == [Finish("stop", "")]
    assert stream(end(""), done=False) == []
    assert stream(end("length"), done=True) == [Finish("length", "length")]


def test_a_refusal_is_said_and_ends_as_refused():
    turn = fold(stream({"choices": [{"delta": {"refusal": "I will not."}}]}, end("stop")))
    assert (turn.text, turn.finish) == ("I will not.", "refused")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_in_either_field(field: str):
    turn = deltas({field: "Let me "}, {field: "see."}, {"content": "Yes."})
    assert turn.parts == (Thinking("Let me see."), Text("Yes."))


def test_thoughts_said_twice_are_shown_once_and_kept_for_the_way_back():
    """Gateways send the words beside the details, which are joined by their index."""

    def both(text: str, **rest: Any) -> dict[str, Any]:
        detail = {"type": "reasoning.text", "text": text, "index": 0, **rest}
        return {"reasoning": text, "reasoning_details": [detail]}

    turn = deltas(both("Let me "), both("see.", signature="sig"), {"content": "Yes."})
    detail = {"type": "reasoning.text", "text": "Let me see.", "index": 0, "signature": "sig"}
    assert turn.parts == (
        Thinking("Let me see.", None, {"reasoning_details": [detail]}),
        Text("Yes."),
    )


def test_sealed_thoughts_are_kept_though_there_is_nothing_to_show():
    sealed = {"type": "reasoning.encrypted", "data": "abc", "index": 0}
    turn = deltas({"content": "Yes."}, {"reasoning_details": [sealed]})
    assert turn.parts[1] == Thinking("", None, {"reasoning_details": [sealed]})


def test_content_in_parts():
    """Mistral's thoughts, several texts, and a picture."""
    data = base64.b64encode(b"png").decode()
    turn = deltas(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
        {"content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
        {"images": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}]},
        {"content": "C"},
    )
    picture = Media("image", "image/png", b"png")
    assert turn.parts == (Thinking("Hm."), Text("AB"), picture, Text("C"))


def test_content_that_is_a_value_is_shown_as_json():
    turn = fold(whole({"choices": [{"message": {"content": {"a": 1}}}]}))
    assert turn.text == '{"a":1}'


def test_parts_stand_in_the_order_in_which_they_came():
    turn = deltas(
        {"reasoning": "one"},
        {"content": "two"},
        {"tool_calls": [piece("{}", index=0, id="1", name="three")]},
        {"content": "four"},
        {"reasoning": "five"},
    )
    assert turn.parts == (
        Thinking("one"),
        Text("two"),
        ToolCall("1", "three", "{}"),
        Text("four"),
        Thinking("five"),
    )


def test_a_word_hides_nothing_that_comes_with_it():
    turn = deltas({"content": "a"}, {"content": "b", "tool_calls": [piece("{}", id="1", name="f")]})
    assert turn.parts == (Text("ab"), ToolCall("1", "f", "{}"))


def test_only_the_first_choice_is_shown():
    chunk = {
        "choices": [
            {"index": 1, "delta": {"content": "B"}},
            {"index": 0, "delta": {"content": "A"}},
        ]
    }
    assert fold(stream(chunk, end("stop"))).text == "A"
    body = {
        "choices": [
            {"index": 1, "message": {"content": "B"}},
            {"index": 0, "message": {"content": "A"}},
        ]
    }
    assert fold(whole(body)).text == "A"


def test_sources_are_cited_once_each():
    """Perplexity repeats its sources in every chunk; OpenAI notes them beside the words."""
    chunk = {
        "citations": ["https://a.example"],
        "search_results": [{"url": "https://a.example", "title": "A"}],
        "choices": [{"delta": {"content": "x"}}],
    }
    note = {"type": "url_citation", "url_citation": {"url": "https://b.example", "title": "B"}}
    noted = {"choices": [{"delta": {"annotations": [note]}}]}
    turn = fold(stream(chunk, chunk, noted, end("stop")))
    assert turn.parts == (
        Text("xx"),
        Citation("https://a.example", title="A"),
        Citation("https://b.example", title="B"),
    )


def test_a_whole_answer():
    message = {"content": "Hello", "tool_calls": [piece('{"a":1}', id="1", name="add")]}
    body = {
        "id": "c1",
        "model": "m-1",
        "service_tier": "flex",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 4, "completion_tokens": 2},
    }
    turn = fold(whole(body))
    assert turn.parts == (Text("Hello"), ToolCall("1", "add", '{"a":1}'))
    assert (turn.model, turn.id, turn.finish) == ("m-1", "c1", "tool_calls")
    assert turn.usage == Usage(4, 2, extra={"tier": "flex"})


def test_a_whole_answer_is_complete_without_a_reason():
    assert fold(whole({"choices": [{"message": {"content": "x"}}]})).finish == "stop"
