"""What Cohere's chat says, and what its refusals mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    BadRequest,
    ContentRefused,
    ContextTooLong,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import cohere
from nbprovider.protocols.contract import Listed
from nbprovider.types import (
    Call,
    Citation,
    Event,
    Message,
    Opaque,
    Report,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
    fold,
)

CALL = Call("command-a", (Message("user", (Text("Hello"),)),))
START = {"type": "message-start", "id": "r1", "delta": {"message": {"role": "assistant"}}}
USAGE = {
    "billed_units": {"input_tokens": 8.0, "output_tokens": 20},
    "tokens": {"input_tokens": 100.0, "output_tokens": 24, "reasoning_tokens": 9},
    "cached_tokens": 64,
}


def on(kind: str, at: int | None = None, **message: Any) -> dict[str, Any]:
    place = {} if at is None else {"index": at}
    return {"type": kind, **place, "delta": {"message": message}}


def end(raw: str = "COMPLETE", **rest: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": raw, **rest}}


def events(*payloads: dict[str, Any]) -> list[Event]:
    state = cohere.State(CALL, catalog.find("cohere"))
    told = [event for one in payloads for event in cohere.events(one, state)]
    return [*told, *cohere.close(state)]


def read(*payloads: dict[str, Any]) -> Turn:
    return fold(events(*payloads))


def whole(body: Any) -> Turn:
    return fold(cohere.whole(body, cohere.State(CALL, catalog.find("cohere"))))


def test_thoughts_and_words_come_in_blocks():
    turn = read(
        START,
        on("content-start", 0, content={"type": "thinking", "thinking": ""}),
        on("content-delta", 0, content={"thinking": "Let me"}),
        on("content-delta", 0, content={"thinking": " see."}),
        {"type": "content-end", "index": 0},
        on("content-start", 1, content={"type": "text", "text": "It"}),
        on("content-delta", 1, content={"text": " is."}),
        {"type": "content-end", "index": 1},
        end(usage=USAGE),
    )
    assert turn.parts == (Thinking("Let me see."), Text("It is."))
    assert (turn.model, turn.id) == ("command-a", "r1")
    assert (turn.finish, turn.raw_finish) == ("stop", "COMPLETE")


def test_counts_are_what_was_read_and_beside_them_what_is_billed():
    bill = {"billed_input": 8, "billed_output": 20}
    assert read(START, end(usage=USAGE)).usage == Usage(36, 24, 64, None, 9, bill)
    alone = {"billed_units": {"input_tokens": 8, "output_tokens": 20}}
    assert read(START, end(usage=alone)).usage == Usage(8, 20, extra=bill)
    assert read(START, end()).usage == Usage()


def test_more_cached_than_read_is_taken_as_it_is_told():
    told = {"tokens": {"input_tokens": 10, "output_tokens": 1}, "cached_tokens": 16}
    assert read(START, end(usage=told)).usage == Usage(10, 1, 16)


def call_start(at: int, id_: str | None, name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": ""}
    return on(
        "tool-call-start", at, tool_calls={"id": id_, "type": "function", "function": function}
    )


def call_piece(at: int, arguments: str) -> dict[str, Any]:
    return on("tool-call-delta", at, tool_calls={"function": {"arguments": arguments}})


def test_a_plan_and_calls_whose_arguments_come_in_pieces():
    turn = read(
        START,
        on("tool-plan-delta", tool_plan="I will"),
        on("tool-plan-delta", tool_plan=" add."),
        call_start(0, "add_1", "add"),
        call_piece(0, '{"x":'),
        call_piece(0, "1}"),
        {"type": "tool-call-end", "index": 0},
        call_start(1, "now_2", "now"),
        {"type": "tool-call-end", "index": 1},
        end("TOOL_CALL"),
    )
    assert turn.parts == (
        Opaque("cohere", {"tool_plan": "I will add."}),
        ToolCall("add_1", "add", '{"x":1}'),
        ToolCall("now_2", "now"),
    )
    assert (turn.text, turn.thinking, turn.finish) == ("", "", "tool_calls")


def test_calls_of_one_number_with_content_are_not_mixed_up():
    turn = read(
        START,
        on("content-delta", 0, content={"thinking": "Hm."}),
        call_start(0, "add_1", "add"),
        call_piece(0, "{}"),
        end("TOOL_CALL"),
    )
    assert turn.parts == (Thinking("Hm."), ToolCall("add_1", "add", "{}"))


def test_calls_without_an_id_get_different_ones():
    turn = read(START, call_start(0, None, "a"), call_start(1, None, "b"), end("TOOL_CALL"))
    ids = [call.id for call in turn.tool_calls]
    assert all(ids)
    assert len(set(ids)) == 2


CITATION = {
    "start": 0,
    "end": 4,
    "text": "Ruby",
    "sources": [
        {
            "type": "tool",
            "id": "search:0",
            "tool_output": {"url": "https://a.example", "title": "A"},
        },
        {"type": "document", "id": "d1", "document": {"text": "…"}},
        {"type": "tool", "id": "search:1", "tool_output": "words"},
    ],
}
CITED = (
    Citation("https://a.example", "Ruby", "A"),
    Citation("d1", "Ruby"),
    Citation("search:1", "Ruby"),
)


def test_citations_name_their_sources_and_leave_the_words_whole():
    turn = read(
        START,
        on("content-delta", 0, content={"text": "Ruby"}),
        on("citation-start", 0, citations=CITATION),
        {"type": "citation-end", "index": 0},
        on("content-delta", 0, content={"text": " shines."}),
        end(),
    )
    assert turn.parts == (Text("Ruby shines."), *CITED)


def test_a_whole_reply_says_all_of_it():
    turn = whole(
        {
            "id": "r1",
            "message": {
                "role": "assistant",
                "tool_plan": "I will add.",
                "content": [
                    {"type": "thinking", "thinking": "Hm."},
                    {"type": "text", "text": "Ruby"},
                ],
                "tool_calls": [
                    {
                        "id": "add_1",
                        "type": "function",
                        "function": {"name": "add", "arguments": {"x": 1}},
                    }
                ],
                "citations": [CITATION],
            },
            "finish_reason": "TOOL_CALL",
            "usage": USAGE,
        }
    )
    plan, thought, words, call, *cited = turn.parts
    assert plan == Opaque("cohere", {"tool_plan": "I will add."})
    assert (thought, words) == (Thinking("Hm."), Text("Ruby"))
    assert call == ToolCall("add_1", "add", '{"x":1}')
    assert tuple(cited) == CITED
    assert (turn.id, turn.usage.input, turn.finish) == ("r1", 36, "tool_calls")


def test_content_may_be_words_or_nothing():
    assert whole({"message": {"content": "Hi"}, "finish_reason": "COMPLETE"}).text == "Hi"
    assert whole({"message": {"content": None}, "finish_reason": "COMPLETE"}).parts == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR_TOXIC", "refused"),
        ("SOMETHING_NEW", "other"),
    ],
)
def test_reasons_to_finish(raw, reason):
    turn = read(START, end(raw))
    assert (turn.finish, turn.raw_finish) == (reason, raw)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (
            end("ERROR", error="invalid tool generation", error_type="INVALID_TOOL_GENERATION"),
            "tool",
        ),
        (end("ERROR"), "broken off"),
        (end("TIMEOUT"), "too long"),
        ({"message": "internal server error", "id": "x"}, "internal"),
        ({"type": "error", "message": "internal server error"}, "internal"),
        ({"error": {"message": "no more"}}, "no more"),
        ({"nothing": "known"}, "something"),
    ],
)
def test_a_failure_in_the_stream_is_raised_and_may_be_tried_again(payload, words):
    with pytest.raises(Unavailable, match=words) as raised:
        events(START, payload)
    assert raised.value.may_retry


def test_what_a_failed_reply_cost_is_told_before_it_fails():
    state = cohere.State(CALL, catalog.find("cohere"))
    telling = cohere.events(end("ERROR", usage=USAGE), state)
    assert isinstance(next(telling), Report)
    with pytest.raises(Unavailable):
        next(telling)


def test_events_that_nobody_knows_yet_are_passed_over():
    assert read(START, {"type": "debug", "prompt": "…"}, {"type": "mood-delta"}, end()).parts == ()


@pytest.mark.parametrize("body", [None, [], {"message": 7}, {"choices": []}])
def test_a_body_of_another_shape_is_no_answer(body):
    with pytest.raises(Unavailable):
        whole(body)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"message": "too many tokens", "error_type": "TOO_MANY_TOKENS"}, ContextTooLong),
        (400, {"message": "invalid request: temperature", "id": "x"}, BadRequest),
        (401, {"message": "invalid api token"}, Unauthorized),
        (402, {"message": "billing limit"}, QuotaExhausted),
        (404, {"message": "model 'x' not found", "id": "x"}, UnknownModel),
        (422, {"message": "all elements must be objects"}, BadRequest),
        (429, {"message": "a Trial key is limited to 20 API calls / minute"}, RateLimited),
        (429, {"message": "a Trial key is limited to 1000 API calls / month"}, QuotaExhausted),
        (498, {"message": "blocked input"}, ContentRefused),
        (500, {"message": "internal server error"}, Unavailable),
        (503, {"data": "unavailable"}, Overloaded),
        (504, "no JSON", Unavailable),
    ],
)
def test_refusals_of_every_shape(status, body, expected):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = cohere.error(status, {}, data)
    assert type(error) is expected
    assert isinstance(error, ProviderError)
    assert error.status == status
    if isinstance(body, dict) and "message" in body:
        assert body["message"] in error.message


def test_models_are_listed_page_by_page():
    at = Endpoint(catalog.find("cohere"), "https://api.example")
    assert cohere.models(at).url == "https://api.example/v1/models?page_size=1000"
    later = cohere.models(at, "a+b=")
    assert later.url == "https://api.example/v1/models?page_size=1000&page_token=a%2Bb%3D"
    page = cohere.parse_models(
        {
            "models": [
                {
                    "name": "command-a",
                    "endpoints": ["chat", "generate"],
                    "features": ["tools", "vision", "reasoning", "json_mode"],
                    "context_length": 256000.0,
                    "is_deprecated": False,
                },
                {"name": "embed-old", "endpoints": ["embed"], "is_deprecated": True},
                {"name": "bare"},
                {"endpoints": ["chat"]},
            ],
            "next_page_token": "a+b=",
        }
    )
    assert page.models == (
        Listed("command-a", context=256000, can=("chat", "thinking", "tools", "vision")),
        Listed("embed-old", can=("embedding",), retires="deprecated"),
        Listed("bare"),
    )
    assert page.next == "a+b="
    assert cohere.parse_models({"models": [], "next_page_token": ""}).next is None


@pytest.mark.parametrize("payload", [None, [], {"models": 1}, {"message": "no"}])
def test_a_list_of_another_shape_is_an_error(payload):
    with pytest.raises(Unavailable, match="list of models"):
        cohere.parse_models(payload)
