"""OpenAI's Responses: how a call is asked, and what goes back to whoever said it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.protocols import openai_responses
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Options,
    Part,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    fold,
)
from responses import HELLO, message, response, someone, stream, whole

OURS = "openai_responses"
ADD = Tool("add", "Add two numbers.", {"type": "object", "properties": {"a": {}}})
SEAL = {"id": "t", "encrypted_content": "seal", "field": "summary"}


def body(call: Call, provider: Provider | None = None, **quirks: Any) -> dict[str, Any]:
    at = Endpoint(provider or someone(**quirks), "https://api.example.org/v1")
    return json.loads(openai_responses.build(call, at).body)


def asked(*parts: Part, role: Any = "user") -> list[dict[str, Any]]:
    return body(Call("m", (Message(role, parts),)))["input"]


def again(*parts: Part) -> list[dict[str, Any]]:
    """Return what of a model's own turn goes back."""
    return body(Call("m", (*HELLO, Message("assistant", parts), *HELLO)))["input"][1:-1]


def test_a_plain_call():
    request = openai_responses.build(Call("m", HELLO), Endpoint(someone(), "https://a.example/v1"))
    assert (request.method, request.url) == ("POST", "https://a.example/v1/responses")
    assert json.loads(request.body) == {
        "model": "m",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello?"}],
            }
        ],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "stream": True,
    }


def test_models_that_do_not_reason_are_not_asked_for_sealed_reasoning():
    assert "include" not in body(Call("openai/gpt-4o-mini", HELLO))
    assert "include" in body(Call("gpt-5.6-sol", HELLO))


def test_nothing_is_stored_unless_the_provider_file_says_so():
    assert body(Call("m", HELLO))["store"] is False
    assert body(Call("m", HELLO), body={"store": True})["store"] is True


def test_instructions_come_from_the_system_before_all_others():
    told = body(
        Call(
            "m",
            (
                Message("system", (Text("Be brief."),)),
                Message("system", (Text("Be kind."),)),
                *HELLO,
                Message("system", (Text("Now rhyme."),)),
            ),
        ),
        system_role="developer",
    )
    assert told["instructions"] == "Be brief.\n\nBe kind."
    assert [item["role"] for item in told["input"]] == ["user", "developer"]


def test_a_system_that_speaks_alone_is_still_heard():
    """A request without any input would be refused."""
    told = body(Call("m", (Message("system", (Text("Say hi."),)),)))
    assert "instructions" not in told
    assert told["input"][0]["role"] == "system"


def test_options_in_the_words_of_responses():
    options = Options(max_tokens=9, temperature=0.5, top_p=0.9, effort="high", cache="1h")
    told = body(Call("m", HELLO, options))
    assert told["max_output_tokens"] == 9
    assert (told["temperature"], told["top_p"]) == (0.5, 0.9)
    assert told["reasoning"] == {"effort": "high", "summary": "auto"}
    assert told["prompt_cache_options"] == {"ttl": "12h"}


def test_no_effort_has_no_summary():
    assert body(Call("m", HELLO, Options(effort="none")))["reasoning"] == {"effort": "none"}


@pytest.mark.parametrize("option", [{"top_k": 3}, {"seed": 1}, {"stop": ("x",)}])
def test_what_responses_does_not_know_is_refused_by_name(option):
    with pytest.raises(UsageError, match=next(iter(option))):
        body(Call("m", HELLO, Options(**option)))


def test_a_provider_may_rename_and_refuse_options():
    """The ChatGPT plan takes no limit of tokens; another server may name it otherwise."""
    renamed = body(Call("m", HELLO, Options(max_tokens=9)), rename={"max_tokens": "limit"})
    assert renamed["limit"] == 9
    with pytest.raises(UsageError, match="temperature"):
        body(Call("m", HELLO, Options(temperature=1.0)), refuse=("temperature",))


def test_json_and_schemas_are_formats_of_the_text():
    assert body(Call("m", HELLO, Options(json=True)))["text"]["format"] == {"type": "json_object"}
    assert "text" not in body(Call("m", HELLO, Options(json=False)))
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    for schema, strict in ((closed, True), ({**closed, "required": []}, False)):
        told = body(Call("m", HELLO, schema=schema))["text"]["format"]
        assert (told["type"], told["schema"], told["strict"]) == ("json_schema", schema, strict)
        assert told["name"]


def test_tools_are_flat_and_hold_to_no_strict_rules():
    told = body(Call("m", HELLO, tools=(ADD,)))
    assert told["tools"] == [
        {
            "type": "function",
            "name": "add",
            "description": "Add two numbers.",
            "parameters": ADD.parameters,
            "strict": False,
        }
    ]
    assert "tool_choice" not in told


@pytest.mark.parametrize(
    ("choice", "wire"),
    [("none", "none"), ("required", "required"), ("add", {"type": "function", "name": "add"})],
)
def test_tool_choices(choice, wire):
    assert body(Call("m", HELLO, tools=(ADD,), tool_choice=choice))["tool_choice"] == wire


def test_media_are_content_of_the_users():
    data = base64.b64encode(b"x").decode()
    parts = (
        Media("image", "image/png", b"x"),
        Media("image", "image/*", url="https://a.example/b.png"),
        Media("document", "application/pdf", b"x", name="a.pdf"),
        Media("document", "application/pdf", url="https://a.example/b.pdf"),
        Media("audio", "audio/mpeg", b"x"),
        Media("document", "text/plain", b"words", name="a.txt"),
    )
    assert asked(*parts)[0]["content"] == [
        {"type": "input_image", "image_url": f"data:image/png;base64,{data}", "detail": "auto"},
        {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "auto"},
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": f"data:application/pdf;base64,{data}",
        },
        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
        {"type": "input_audio", "input_audio": {"data": data, "format": "mp3"}},
        {"type": "input_text", "text": "a.txt:\nwords"},
    ]
    with pytest.raises(UsageError, match="video"):
        asked(Media("video", "video/mp4", b"x"))


def test_results_of_tools_go_back_under_the_calls_id():
    call, custom = ToolCall("c1", "add", "{}"), {"type": "custom_tool_call"}
    said = (call, ToolCall("c2", "sql", "SELECT 1", {OURS: custom}))
    results = (ToolResult("c1", "add", "3"), ToolResult("c2", "sql", "one row"))
    told = body(Call("m", (*HELLO, Message("assistant", said), Message("tool", results))))
    assert told["input"][1:] == [
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "sql", "input": "SELECT 1"},
        {"type": "function_call_output", "call_id": "c1", "output": "3"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "one row"},
    ]


def test_a_call_without_arguments_hands_over_an_empty_object():
    assert again(ToolCall("c", "now"))[0]["arguments"] == "{}"


def test_sealed_reasoning_goes_back_with_what_it_led_to():
    thoughts = (
        Thinking("One.", extra={OURS: SEAL}),
        Thinking("Two.", extra={OURS: SEAL}),
        Thinking("", extra={OURS: {**SEAL, "id": "t2"}}),
    )
    assert again(*thoughts, ToolCall("c", "add", "{}"))[:2] == [
        {
            "type": "reasoning",
            "id": "t",
            "encrypted_content": "seal",
            "summary": [
                {"type": "summary_text", "text": "One."},
                {"type": "summary_text", "text": "Two."},
            ],
        },
        {"type": "reasoning", "id": "t2", "encrypted_content": "seal", "summary": []},
    ]


def test_open_reasoning_goes_back_as_it_was():
    """A model that hides nothing, as DeepSeek's, reads on in its own words."""
    item = {"id": "t", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
    turn = fold(whole(response({"type": "reasoning", **item}, message("Hi"))))
    assert again(*turn.parts)[0] == {"type": "reasoning", **item}


@pytest.mark.parametrize(
    "thought",
    [
        Thinking("Hm."),
        Thinking("Hm.", "signed for Anthropic"),
        Thinking("Hm.", extra={OURS: {"id": "t", "field": "summary"}}),
    ],
)
def test_reasoning_that_is_neither_sealed_nor_open_stays_behind(thought):
    assert again(thought, Text("Hi")) == [{"type": "message", "role": "assistant", "content": "Hi"}]


def test_reasoning_that_led_to_nothing_stays_behind():
    """OpenAI refuses it without the item that followed."""
    assert again(Thinking("", extra={OURS: SEAL})) == []


def test_words_go_back_joined_but_not_over_a_change_of_phase():
    said = (
        Text("Let me ", {OURS: {"phase": "commentary"}}),
        Citation("https://a.example"),
        Text("see.", {OURS: {"phase": "commentary"}}),
        Text("4", {OURS: {"phase": "final_answer"}}),
    )
    assert [(item["content"], item["phase"]) for item in again(*said)] == [
        ("Let me see.", "commentary"),
        ("4", "final_answer"),
    ]


def test_what_only_another_protocol_understands_stays_behind():
    foreign = (Opaque("anthropic", {"type": "x"}), Media("image", "image/png", b"x"), Text("Hi"))
    assert [item["type"] for item in again(*foreign)] == ["message"]


def test_a_turn_goes_back_as_it_came():
    """Round trip: reply, turn, request. Only ids of messages and calls are left out."""
    data = base64.b64encode(b"pixels").decode()
    output = [
        {"type": "reasoning", "id": "t", "summary": [], "encrypted_content": "seal"},
        {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "x"}},
        {"type": "image_generation_call", "id": "i", "output_format": "png", "result": data},
        message("Let me see.", phase="commentary"),
        {
            "type": "function_call",
            "call_id": "c",
            "name": "add",
            "arguments": '{"a":1}',
            "namespace": "sums",
        },
    ]
    turn = fold(whole(response(*output)))
    said = {"type": "message", "role": "assistant", "content": "Let me see."}
    assert again(*turn.message().parts) == [
        *output[:3],
        {**said, "phase": "commentary"},
        output[4],
    ]


def test_a_turn_that_was_cut_off_goes_back_as_its_words():
    """A thought that was interrupted has no seal."""
    turn = fold(
        stream(
            {
                "type": "response.reasoning_summary_text.delta",
                "output_index": 0,
                "delta": "I wonder",
            },
            {"type": "response.output_text.delta", "output_index": 1, "delta": "Per"},
        )
    )
    assert again(*turn.message().parts) == [
        {"type": "message", "role": "assistant", "content": "Per"}
    ]


def test_openais_own_file_speaks_responses_at_home_and_chat_elsewhere():
    openai = catalog.find("openai")
    call = Call("gpt-6-luna", HELLO, Options(max_tokens=9))
    assert body(call, Endpoint(openai, openai.base_url).speaking("m").provider) == {
        **body(call),
        "max_output_tokens": 9,
    }
    away = Endpoint(openai, "http://127.0.0.1:1/v1").speaking("m")
    assert away.provider.quirks.rename["max_tokens"] == "max_completion_tokens"
