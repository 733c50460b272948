"""A call becomes a request of Cohere's, or is refused before it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import UsageError
from nbprovider.protocols import cohere
from nbprovider.types import (
    Call,
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

HELLO = (Message("user", (Text("Hello"),)),)
TOOLS = (Tool("add", "Add.", {"type": "object"}), Tool("now", "Tell.", {"type": "object"}))


def sent(call: Call) -> dict[str, Any]:
    provider = catalog.find("cohere")
    return json.loads(cohere.build(call, Endpoint(provider, provider.base_url)).body)


def said(*messages: Message) -> list[dict[str, Any]]:
    return sent(Call("m", messages))["messages"]


def optional(**options: Any) -> dict[str, Any]:
    return sent(Call("m", HELLO, Options(**options)))


def test_a_call_at_its_smallest():
    request = cohere.build(Call("m", HELLO), Endpoint(catalog.find("cohere"), "https://a.example"))
    assert (request.method, request.url) == ("POST", "https://a.example/v2/chat")
    assert json.loads(request.body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_options_have_coheres_names():
    body = optional(max_tokens=5, temperature=0.1, top_p=0.5, top_k=3, stop=("END",), seed=7)
    told = {"max_tokens": 5, "temperature": 0.1, "p": 0.5, "k": 3, "stop_sequences": ["END"]}
    assert {**told, "seed": 7}.items() <= body.items()


def test_json_and_a_schema_are_one_format():
    assert optional(json=True)["response_format"] == {"type": "json_object"}
    assert "response_format" not in optional(json=False)
    asked = sent(Call("m", HELLO, schema={"type": "object"}))["response_format"]
    assert asked == {"type": "json_object", "json_schema": {"type": "object"}}


def test_effort_is_a_budget_of_thought():
    assert optional(effort="none")["thinking"] == {"type": "disabled"}
    assert optional(effort="max")["thinking"] == {"type": "enabled"}
    low, high = (optional(effort=word)["thinking"]["token_budget"] for word in ("low", "high"))
    assert 0 < low < high
    assert optional(effort="high", max_tokens=100)["thinking"]["token_budget"] == 50
    assert optional(effort="high", max_tokens=1)["thinking"]["token_budget"] == 1


def test_tools_may_be_free_forbidden_required_or_one_of_them():
    def choice(word: str) -> tuple[list[str], str | None]:
        body = sent(Call("m", HELLO, tools=TOOLS, tool_choice=word))
        return [one["function"]["name"] for one in body["tools"]], body.get("tool_choice")

    assert choice("auto") == (["add", "now"], None)
    assert choice("none") == (["add", "now"], "NONE")
    assert choice("required") == (["add", "now"], "REQUIRED")
    assert choice("now") == (["now"], "REQUIRED")


def test_a_conversation_with_tools_goes_back_as_it_came():
    plan, call = Opaque("cohere", {"tool_plan": "I will add."}), ToolCall("add_1", "add", '{"x":1}')
    messages = said(
        Message("system", (Text("Be brief."),)),
        *HELLO,
        Message("assistant", (plan, Thinking("Hm."), call), "cohere"),
        Message("tool", (ToolResult("add_1", "add", "2"),)),
        Message("assistant", (Text("Two."),), "cohere"),
    )
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "Hm."}],
            "tool_calls": [
                {
                    "id": "add_1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"x":1}'},
                }
            ],
            "tool_plan": "I will add.",
        },
        {"role": "tool", "tool_call_id": "add_1", "content": "2"},
        {"role": "assistant", "content": "Two."},
    ]


def test_what_another_protocol_understands_is_not_sent():
    parts = (Opaque("anthropic", {"data": "x"}), Text("Two."))
    assert said(*HELLO, Message("assistant", parts))[1] == {"role": "assistant", "content": "Two."}


def test_a_message_of_nothing_is_left_out_and_nothing_at_all_is_refused():
    assert len(said(*HELLO, Message("assistant", ()))) == 1
    with pytest.raises(UsageError, match="nothing to answer"):
        said(Message("assistant", ()))


def test_images_are_sent_by_address_or_by_their_bytes():
    here, there = (
        Media("image", "image/png", b"\x01"),
        Media("image", "image/*", url="https://a.b/c"),
    )
    assert said(Message("user", (Text("See"), here, there)))[0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQ=="}},
        {"type": "image_url", "image_url": {"url": "https://a.b/c"}},
    ]


def test_a_text_file_is_words():
    notes = Media("document", "text/plain", b"one", name="notes.txt")
    assert said(Message("user", (notes,)))[0]["content"][0]["text"] == "notes.txt:\none"


@pytest.mark.parametrize("kind", ["document", "audio", "video"])
def test_other_media_are_refused_by_name(kind):
    with pytest.raises(UsageError, match=kind):
        said(Message("user", (Media(kind, "application/x", b"\x01"),)))
