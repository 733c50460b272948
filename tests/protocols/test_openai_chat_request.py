"""A call becomes a request of Chat Completions, or is refused before it is sent."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from chat_completions import HELLO, someone
from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    UsageError,
)
from nbprovider.protocols import openai_chat
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Options,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

TOOL = Tool("add", "Add two numbers.", {"type": "object", "properties": {}})


def sent(call: Call, **quirks: Any) -> dict[str, Any]:
    endpoint = Endpoint(someone(**quirks), "https://api.example/v1")
    return json.loads(openai_chat.build(call, endpoint).body)


def said(*messages: Message, **quirks: Any) -> list[dict[str, Any]]:
    return sent(Call("m", messages), **quirks)["messages"]


def content(*parts: Text | Media) -> Any:
    return said(Message("user", parts))[0]["content"]


def test_a_call_at_its_smallest():
    request = openai_chat.build(Call("m", HELLO), Endpoint(someone(), "https://api.example/v1"))
    assert (request.method, request.url) == ("POST", "https://api.example/v1/chat/completions")
    assert json.loads(request.body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_call_that_is_not_streamed_says_nothing_of_streams():
    assert set(sent(Call("m", HELLO, stream=False))) == {"model", "messages"}


def test_usage_is_not_asked_for_where_the_provider_refuses_the_question():
    assert "stream_options" not in sent(Call("m", HELLO), include_usage=False)


def test_options_are_translated():
    options = Options(9, 0.5, 0.9, stop=("x",), effort="low", seed=3, json=True)
    body = sent(Call("m", HELLO, options))
    expected = {
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["x"],
        "reasoning_effort": "low",
        "seed": 3,
        "response_format": {"type": "json_object"},
    }
    assert expected.items() <= body.items()


def test_no_json_is_no_format():
    assert "response_format" not in sent(Call("m", HELLO, Options(json=False)))


def test_an_option_by_the_providers_own_name():
    body = sent(Call("m", HELLO, Options(5)), rename={"max_tokens": "max_completion_tokens"})
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body


@pytest.mark.parametrize(
    ("options", "quirks", "name"),
    [
        (Options(top_k=3), {}, "top_k"),
        (Options(stop=("x",)), {"refuse": ("stop",)}, "stop"),
    ],
)
def test_an_option_that_cannot_be_sent_is_refused_by_name(options, quirks, name):
    with pytest.raises(UsageError, match=name) as caught:
        sent(Call("m", HELLO, options), **quirks)
    assert "Someone" in caught.value.message


def test_what_every_request_carries_is_there():
    assert sent(Call("m", HELLO), body={"safe": True})["safe"] is True


def test_instructions_go_under_the_providers_role():
    told = Message("system", (Text("Be brief."),))
    assert said(told) == [{"role": "system", "content": "Be brief."}]
    assert said(told, system_role="developer")[0]["role"] == "developer"


def test_pictures_go_as_they_are_given():
    """By address where there is one, else as a data URL."""
    parts = content(
        Text("What?"),
        Media("image", "image/png", b"png"),
        Media("image", "image/png", url="https://example.com/a.png"),
    )
    data = base64.b64encode(b"png").decode()
    assert parts == [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]


@pytest.mark.parametrize(
    ("mime", "sort"), [("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/mpeg", "mp3")]
)
def test_sounds_go_as_bytes_with_their_format(mime: str, sort: str):
    data = base64.b64encode(b"la").decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": sort}}
    assert content(Media("audio", mime, b"la")) == [part]


def test_a_pdf_goes_as_a_file_and_a_text_as_words():
    data = base64.b64encode(b"%PDF").decode()
    parts = content(
        Media("document", "application/pdf", b"%PDF", name="a.pdf"),
        Media("document", "text/plain", "ä".encode(), name="a.txt"),
    )
    file = {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{data}"}
    assert parts == [{"type": "file", "file": file}, {"type": "text", "text": "a.txt:\nä"}]


@pytest.mark.parametrize(
    "media",
    [
        Media("video", "video/mp4", b"film"),
        Media("audio", "audio/wav", url="https://example.com/a.wav"),
        Media("document", "application/pdf", url="https://example.com/a.pdf"),
    ],
)
def test_media_that_cannot_be_sent_are_refused_by_name(media: Media):
    with pytest.raises(UsageError, match=media.kind):
        content(media)


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("cerebras", "reasoning"),
        ("deepseek", "reasoning_content"),
        ("llamacpp", "reasoning_content"),
        ("groq", None),
    ],
)
def test_reasoning_goes_back_to_whom_recordings_show_taking_it(key: str, field: str | None):
    provider = catalog.find(key)
    turn = Message("assistant", (Thinking("Hm."), Text("4")), key)
    call = Call("m", (*HELLO, turn, *HELLO))
    told = json.loads(openai_chat.build(call, Endpoint(provider, provider.base_url)).body)
    assert told["messages"][1] == {
        "role": "assistant",
        "content": "4",
        **({field: "Hm."} if field else {}),
    }


def test_tools_and_the_choice_among_them():
    body = sent(Call("m", HELLO, tools=(TOOL,)))
    function = {"name": "add", "description": "Add two numbers.", "parameters": TOOL.parameters}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert "tool_choice" not in body
    chosen = {"type": "function", "function": {"name": "add"}}
    for choice, expected in {"none": "none", "required": "required", "add": chosen}.items():
        assert sent(Call("m", HELLO, tools=(TOOL,), tool_choice=choice))["tool_choice"] == expected


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {}}}}, False),
    ],
)
def test_a_schema_is_strict_where_it_leaves_nothing_open(schema, strict):
    """OpenAI refuses an open schema in strict mode."""
    told = sent(Call("m", HELLO, schema=schema))["response_format"]
    json_schema = {"name": "answer", "schema": schema, "strict": strict}
    assert told == {"type": "json_schema", "json_schema": json_schema}


def test_a_turn_with_tools_is_sent_back():
    """The call with its arguments and extras, then each result as a message of its own."""
    extra = {"extra_content": {"google": {"thought_signature": "s"}}}
    asked = Message("assistant", (ToolCall("1", "add", '{"a":1}', extra), ToolCall("2", "now")))
    results = Message("tool", (ToolResult("1", "add", "2"), ToolResult("2", "now", "noon")))
    assert said(asked, results) == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a":1}'},
                    **extra,
                },
                {"id": "2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "2"},
        {"role": "tool", "tool_call_id": "2", "content": "noon"},
    ]


def test_thoughts_are_sent_back_only_to_who_wants_them():
    details = [{"type": "reasoning.text", "text": "Hm."}]
    thought = Thinking("Hm.", None, {"reasoning_details": details})
    turn = Message("assistant", (thought, Opaque("other", {}), Text("Yes."), Citation("s")))
    plain = {"role": "assistant", "content": "Yes."}
    assert said(turn) == [plain]
    assert said(turn, replay_reasoning="reasoning_content") == [
        {**plain, "reasoning_content": "Hm."}
    ]
    assert said(turn, replay_reasoning="reasoning_details") == [
        {**plain, "reasoning_details": details}
    ]


def test_the_embedded_model_is_kept_from_endless_words_unless_the_call_says_otherwise():
    endpoint = Endpoint(catalog.find("embedded"), "http://127.0.0.1:1/v1")
    usual = json.loads(openai_chat.build(Call("m", HELLO), endpoint).body)
    assert (usual["max_tokens"], usual["repeat_penalty"]) == (400, 1.03)
    longer = Call("m", HELLO, Options(max_tokens=900))
    assert json.loads(openai_chat.build(longer, endpoint).body)["max_tokens"] == 900
