"""How a call is put to Ollama."""

import json

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Quirks
from nbprovider.errors import UsageError
from nbprovider.protocols import ollama
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

ASK = (Message("user", (Text("How wide is the sea?"),)),)
TOOL = Tool("measure", "Measures.", {"properties": {}})


def _body(call, **changes):
    endpoint = Endpoint(replace(catalog.find("ollama"), **changes), "http://127.0.0.1:11434")
    return json.loads(ollama.build(call, endpoint).body)


def _asked(model="qwen3", **options):
    return _body(Call(model, ASK, Options(**options)))


def _messages(*messages):
    return _body(Call("qwen3", messages))["messages"]


@pytest.mark.parametrize("ending", ["", "/", "/api", "/v1"])
def test_the_address_may_or_may_not_end_in_a_protocols_path(ending):
    endpoint = Endpoint(catalog.find("ollama"), f"http://desk.local:11434{ending}")
    request = ollama.build(Call("qwen3", ASK), endpoint)
    assert (request.method, request.url) == ("POST", "http://desk.local:11434/api/chat")
    listing = ollama.models(endpoint)
    assert (listing.method, listing.url) == ("GET", "http://desk.local:11434/api/tags")


def test_the_smallest_call_names_model_messages_and_stream():
    message = {"role": "user", "content": "How wide is the sea?"}
    kept = {"keep_alive": "60m", "truncate": False}
    expected = {"model": "qwen3", "messages": [message], "stream": True, **kept}
    assert _body(Call("qwen3", ASK)) == expected
    assert _body(Call("qwen3", ASK, stream=False)) == expected | {"stream": False}


def test_every_option_is_sent_in_its_place():
    body = _asked(
        max_tokens=7, temperature=0.0, top_p=0.5, top_k=5, stop=("END",), effort="low", seed=1
    )
    assert body["options"] == {
        "num_predict": 7,
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 5,
        "stop": ["END"],
        "seed": 1,
    }
    assert body["think"] is True
    assert _asked(json=True)["format"] == "json"
    assert "format" not in _asked(json=False)


def test_an_option_that_a_provider_file_refuses_is_refused_by_name():
    with pytest.raises(UsageError, match="'seed'"):
        _body(Call("qwen3", ASK, Options(seed=1)), quirks=Quirks(refuse=("seed",)))


def test_a_schema_is_the_format_itself():
    schema = {"type": "object"}
    assert _body(Call("qwen3", ASK, Options(json=True), schema=schema))["format"] == schema


def test_fields_of_the_provider_file_are_sent_and_yield_to_the_call():
    quirks = Quirks(body={"keep_alive": "60m", "options": {"num_ctx": 8192, "seed": 1}})
    body = _body(Call("qwen3", ASK, Options(seed=2)), quirks=quirks)
    assert (body["keep_alive"], body["options"]) == ("60m", {"num_ctx": 8192, "seed": 2})


@pytest.mark.parametrize(
    ("model", "effort", "think"),
    [
        ("qwen3", "none", False),
        ("qwen3", "minimal", True),
        ("qwen3", "max", True),
        ("gpt-oss:20b", "minimal", "low"),
        ("gpt-oss:20b", "medium", "medium"),
        ("gpt-oss:120b-cloud", "xhigh", "high"),
        ("gpt-oss:20b", "max", "max"),
    ],
)
def test_effort_is_a_level_for_gpt_oss_and_on_or_off_for_others(model, effort, think):
    assert _asked(model, effort=effort)["think"] == think


def test_gpt_oss_cannot_be_told_not_to_think():
    with pytest.raises(UsageError, match="always thinks"):
        _asked("gpt-oss:20b", effort="none")


def test_what_was_said_goes_back_as_it_came():
    """Thoughts, words, pictures, calls with arguments as objects, and results with their tool."""
    user = Message("user", (Text("See "), Media("image", "image/png", b"\x89"), Text("this")))
    thoughts = (Thinking("How "), Thinking("wide?"), Text("Wait."))
    hidden = (Citation("https://a.example"), Opaque("ollama", {"x": 1}))
    calls = (ToolCall("c1", "measure", '{"x": 1}'), ToolCall("", "rest"))
    result = Message("tool", (ToolResult("c1", "measure", "7"), ToolResult("", "rest", "ok")))
    said = _messages(user, Message("assistant", (*thoughts, *hidden, *calls), "ollama"), result)
    assert said == [
        {"role": "user", "content": "See this", "images": ["iQ=="]},
        {
            "role": "assistant",
            "content": "Wait.",
            "thinking": "How wide?",
            "tool_calls": [
                {"id": "c1", "function": {"name": "measure", "arguments": {"x": 1}}},
                {"function": {"name": "rest", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "7", "tool_name": "measure", "tool_call_id": "c1"},
        {"role": "tool", "content": "ok", "tool_name": "rest"},
    ]


def test_thoughts_of_another_provider_are_not_sent():
    foreign = Message("assistant", (Thinking("Hm", "sig"), Text("Hi")), "anthropic")
    assert _messages(*ASK, foreign)[1] == {"role": "assistant", "content": "Hi"}


def test_words_beside_a_tool_result_are_the_users():
    said = _messages(*ASK, Message("tool", (ToolResult("c1", "f", "7"), Text("Go on."))))
    assert [message["role"] for message in said] == ["user", "tool", "user"]


def test_arguments_that_are_no_object_are_sent_as_their_text():
    said = _messages(*ASK, Message("assistant", (ToolCall("a", "f", "[1"),)))
    assert said[1]["tool_calls"][0]["function"]["arguments"] == {"arguments": "[1"}


@pytest.mark.parametrize(
    ("media", "words"),
    [
        (Media("document", "application/pdf", b"x"), "application/pdf"),
        (Media("audio", "audio/wav", b"x", name="hum.wav"), "hum.wav"),
        (Media("image", "image/png", url="https://a.example/x"), "as bytes only"),
    ],
)
def test_media_that_cannot_be_carried_are_refused_by_name(media, words):
    with pytest.raises(UsageError, match=words):
        _messages(Message("user", (media,)))


def test_tools_are_functions_with_the_schema_of_an_object():
    function = {
        "name": "measure",
        "description": "Measures.",
        "parameters": {"type": "object", "properties": {}},
    }
    body = _body(Call("qwen3", ASK, tools=(TOOL,)))
    assert body["tools"] == [{"type": "function", "function": function}]


def test_no_tool_may_be_used_where_none_is_sent():
    assert "tools" not in _body(Call("qwen3", ASK, tools=(TOOL,), tool_choice="none"))


@pytest.mark.parametrize("choice", ["required", "measure"])
def test_a_demand_for_a_tool_is_refused(choice):
    with pytest.raises(UsageError, match=f"tool choice '{choice}'"):
        _body(Call("qwen3", ASK, tools=(TOOL,), tool_choice=choice))


def test_a_call_without_any_words_is_refused():
    with pytest.raises(UsageError, match="nothing to answer"):
        _messages(Message("user", (Text(""),)))
