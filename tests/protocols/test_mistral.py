"""What Mistral says and wants that plain Chat Completions do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    BadRequest,
    ContextTooLong,
    Overloaded,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
    UsageError,
)
from nbprovider.protocols import mistral
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Media,
    Message,
    Options,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    fold,
)

HELLO = (Message("user", (Text("Bonjour"),)),)
CALL = Call("mistral-small-latest", HELLO)


def sent(call: Call) -> dict[str, Any]:
    provider = catalog.find("mistral")
    return json.loads(mistral.build(call, Endpoint(provider, provider.base_url)).body)


def chunk(delta: dict[str, Any], finish: str | None = None, **rest: Any) -> dict[str, Any]:
    return {
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **rest,
    }


def read(*chunks: dict[str, Any]) -> Turn:
    state = mistral.State(CALL, catalog.find("mistral"))
    events = [event for one in chunks for event in mistral.events(one, state)]
    return fold([*events, *mistral.close(state)])


def thinking(words: str, **rest: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": words}], **rest}


def test_thoughts_and_words_come_in_chunks_or_as_words():
    turn = read(
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": [thinking("Let me")]}),
        chunk({"content": [thinking(" see.", signature="sig", closed=True)]}),
        chunk({"content": [{"type": "text", "text": "It is"}]}),
        chunk({"content": " four."}, "stop"),
    )
    assert turn.parts == (Thinking("Let me see.", "sig"), Text("It is four."))
    assert turn.finish == "stop"


def test_references_become_sources_each_once():
    tool = {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "T",
        "url": "https://a.example",
    }
    turn = read(
        chunk(
            {
                "content": [
                    {"type": "text", "text": "So."},
                    {"type": "reference", "reference_ids": [3, "b"]},
                ]
            }
        ),
        chunk({"content": [{"type": "reference", "reference_ids": [3]}, tool]}, "stop"),
    )
    assert turn.parts == (
        Text("So."),
        Citation("3"),
        Citation("b"),
        Citation("https://a.example", title="T"),
    )


def test_references_within_a_thought_are_sources_too():
    inner = {"type": "thinking", "thinking": [{"type": "reference", "reference_ids": [1]}]}
    assert read(chunk({"content": [inner]}, "stop")).parts == (Citation("1"),)


def test_tool_calls_come_whole_with_an_id_that_is_none_and_arguments_of_any_kind():
    calls = [
        {"id": "null", "function": {"name": "add", "arguments": {"x": 1}}},
        {"id": "AbCdEfGh9", "function": {"name": "add", "arguments": '{"x": 2}'}},
    ]
    turn = read(chunk({"content": "", "tool_calls": calls}, "tool_calls", id="r1"))
    first, second = turn.tool_calls
    assert first.id not in ("", "null")
    assert json.loads(first.arguments) == {"x": 1}
    assert (second.id, second.arguments) == ("AbCdEfGh9", '{"x": 2}')


def test_counts_come_in_the_last_chunk_without_being_asked_for():
    assert "stream_options" not in sent(CALL)
    usage = {
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 8},
    }
    turn = read(chunk({"content": "!"}, "model_length", usage=usage))
    assert turn.usage == Usage(4, 5, 8)
    assert (turn.finish, turn.raw_finish) == ("length", "model_length")


def test_an_end_by_error_is_no_answer():
    with pytest.raises(Unavailable):
        read(chunk({"content": "So"}, "error"))


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (
            400,
            {
                "object": "error",
                "message": "Invalid model: x",
                "type": "invalid_model",
                "code": "1500",
            },
            UnknownModel,
            "Invalid model",
        ),
        (
            422,
            {"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required"}]},
            BadRequest,
            "body.messages: Field required",
        ),
        (
            422,
            {
                "object": "error",
                "message": {"detail": [{"loc": ["body", "top_p"], "msg": "Too big"}]},
            },
            BadRequest,
            "body.top_p: Too big",
        ),
        (401, {"detail": "Unauthorized"}, Unauthorized, "Unauthorized"),
        (401, {"message": "Unauthorized", "request_id": "r"}, Unauthorized, "Unauthorized"),
        (429, {"object": "error", "message": "Slow", "type": "rate_limited"}, RateLimited, "Slow"),
        (
            429,
            {
                "object": "error",
                "message": "Service tier capacity exceeded for this model.",
                "type": "service_tier_capacity_exceeded",
                "code": "3505",
            },
            Overloaded,
            "capacity",
        ),
        (
            400,
            {
                "object": "error",
                "message": "Prompt contains 99 tokens, too large for a maximum context length of 9",
                "type": "invalid_request_prompt",
            },
            ContextTooLong,
            "99 tokens",
        ),
    ],
)
def test_refusals_of_every_shape(status, body, expected, words):
    error = mistral.error(status, {}, json.dumps(body).encode())
    assert type(error) is expected
    assert words in error.message
    assert error.status == status


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"object": "error", "message": "Slow down", "type": "rate_limited"}, RateLimited),
        ({"object": "error", "message": "Gone wrong", "type": "internal_error"}, Unavailable),
        ({"error": {"message": "Gone wrong"}}, ProviderError),
    ],
)
def test_an_error_in_the_stream_is_raised(payload, expected):
    with pytest.raises(expected):
        read(chunk({"content": "So"}), payload)


def test_options_have_mistrals_names():
    options = Options(seed=7, max_tokens=9, top_p=0.5, stop=("END",), json=True)
    body = sent(Call("m", HELLO, options))
    assert (body["random_seed"], body["max_tokens"], body["top_p"]) == (7, 9, 0.5)
    assert body["stop"] == ["END"]
    assert body["response_format"] == {"type": "json_object"}
    assert "seed" not in body


@pytest.mark.parametrize(
    ("effort", "word"), [("none", "none"), ("minimal", "none"), ("low", "high"), ("max", "high")]
)
def test_thinking_is_on_or_off(effort, word):
    assert sent(Call("m", HELLO, Options(effort=effort)))["reasoning_effort"] == word


def test_a_schema_and_a_forced_tool():
    tool = Tool("add", "Add.", {"type": "object"})
    body = sent(Call("m", HELLO, tools=(tool,), tool_choice="add", schema={"type": "object"}))
    assert body["tool_choice"] == {"type": "function", "function": {"name": "add"}}
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_ids_that_mistral_would_refuse_are_made_short_alike_in_call_and_result():
    messages = (
        Message("assistant", (ToolCall("toolu_01ABC", "add", "{}"), ToolCall("aB3dE6gH9", "add"))),
        Message(
            "tool", (ToolResult("toolu_01ABC", "add", "1"), ToolResult("aB3dE6gH9", "add", "2"))
        ),
    )
    said, one, two = sent(Call("m", messages))["messages"]
    ids = [call["id"] for call in said["tool_calls"]]
    assert ids == [one["tool_call_id"], two["tool_call_id"]]
    assert ids[1] == "aB3dE6gH9"
    assert len(ids[0]) == 9
    assert ids[0].isalnum()


def test_thoughts_go_back_as_chunks_with_their_signature():
    parts = (Thinking("Hm.", "sig"), Text("Four."))
    said = sent(Call("m", (*HELLO, Message("assistant", parts, "mistral"))))["messages"][1]
    assert said["content"] == [thinking("Hm.", signature="sig"), {"type": "text", "text": "Four."}]


def test_a_thought_before_a_call_goes_back_without_words():
    parts = (Thinking("Hm."), ToolCall("aB3dE6gH9", "add", "{}"))
    said = sent(Call("m", (*HELLO, Message("assistant", parts, "mistral"))))["messages"][1]
    assert said["content"] == [thinking("Hm.")]
    assert said["tool_calls"][0]["function"]["name"] == "add"


@pytest.mark.parametrize(
    ("media", "chunk"),
    [
        (
            Media("image", "image/png", b"\x01"),
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQ=="}},
        ),
        (
            Media("document", "application/pdf", url="https://a.example/b.pdf", name="b.pdf"),
            {
                "type": "document_url",
                "document_url": "https://a.example/b.pdf",
                "document_name": "b.pdf",
            },
        ),
        (
            Media("document", "application/pdf", b"\x01"),
            {"type": "document_url", "document_url": "data:application/pdf;base64,AQ=="},
        ),
        (Media("audio", "audio/mpeg", b"\x01"), {"type": "input_audio", "input_audio": "AQ=="}),
        (
            Media("audio", "audio/mpeg", url="https://a.example/b.mp3"),
            {"type": "input_audio", "input_audio": "https://a.example/b.mp3"},
        ),
    ],
)
def test_media_are_chunks(media, chunk):
    message = Message("user", (Text("See"), media))
    assert sent(Call("m", (message,)))["messages"][0]["content"][1] == chunk


def test_a_film_is_refused_by_name():
    with pytest.raises(UsageError, match="video"):
        sent(Call("m", (Message("user", (Media("video", "video/mp4", b"\x01"),)),)))


def test_a_model_says_what_it_can_what_it_reads_and_what_follows_it():
    capabilities = {"completion_chat": True, "function_calling": True, "vision": True, "ocr": False}
    item = {
        "id": "mistral-old",
        "max_context_length": 32768,
        "capabilities": capabilities,
        "deprecation": "2026-12-01T00:00:00Z",
        "deprecation_replacement_model": "mistral-new",
    }
    (model,) = mistral.parse_models({"object": "list", "data": [item]}).models
    assert (model.context, model.can) == (32768, ("chat", "tools", "vision"))
    assert (model.retires, model.successor) == ("2026-12-01T00:00:00Z", "mistral-new")


def test_what_a_delta_says_first_is_its_place():
    """A thought that goes on after words is a new part: nothing is joined across others."""
    state = mistral.State(CALL, catalog.find("mistral"))
    content = [thinking("A"), {"type": "text", "text": "B"}, thinking("C")]
    deltas = [
        one for one in mistral.events(chunk({"content": content}), state) if type(one) is Delta
    ]
    assert [(one.index, one.part.text) for one in deltas] == [(0, "A"), (1, "B"), (2, "C")]
