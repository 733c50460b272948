"""How a call is put to Anthropic."""

import json

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider, Quirks
from nbprovider.errors import UsageError
from nbprovider.protocols import anthropic
from nbprovider.protocols.anthropic_models import traits
from nbprovider.types import (
    Call,
    Media,
    Message,
    Options,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)

ASK = (Message("user", (Text("How wide is the sea?"),)),)
TOOL = Tool("measure", "Measures.", {"properties": {"what": {"type": "string"}}})
NEW, ADAPTIVE, OLD, RELAYED = "claude-opus-5-5", "claude-opus-4-6", "claude-haiku-4-5", "MiniMax-M3"


def _endpoint(base_url="https://api.anthropic.com", **changes):
    return Endpoint(replace(catalog.find("anthropic"), **changes), base_url)


def _body(call, **changes):
    return json.loads(anthropic.build(call, _endpoint(**changes)).body)


def _asked(model=NEW, **options):
    return _body(Call(model, ASK, Options(**options)))


@pytest.mark.parametrize(
    "base_url",
    ["https://relay.example", "https://relay.example/v1", "https://relay.example/v1/messages"],
)
def test_the_address_may_or_may_not_end_in_the_protocols_own_path(base_url):
    endpoint = _endpoint(base_url)
    request = anthropic.build(Call(NEW, ASK), endpoint)
    assert (request.method, request.url) == ("POST", "https://relay.example/v1/messages")
    assert anthropic.models(endpoint).url.startswith("https://relay.example/v1/models?")


def test_the_version_is_the_provider_files_or_else_ours():
    assert anthropic.build(Call(NEW, ASK), _endpoint()).headers == {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
    }
    bare = Endpoint(Provider("x", "X", "anthropic"), "https://relay.example")
    assert anthropic.build(Call("m", ASK), bare).headers["anthropic-version"] == "2023-06-01"
    told = _endpoint(headers={"Anthropic-Version": "2030-01-01"})
    assert "anthropic-version" not in anthropic.build(Call(NEW, ASK), told).headers


def test_the_smallest_call_names_model_length_messages_and_stream():
    assert _body(Call(NEW, ASK)) == {
        "model": NEW,
        "max_tokens": 32_000,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "How wide is the sea?"}]}
        ],
        "stream": True,
    }
    assert "stream" not in _body(Call(NEW, ASK, stream=False))


@pytest.mark.parametrize(
    ("model", "length"),
    [
        ("claude-3-haiku-20240307", 4096),
        ("claude-3-5-sonnet-latest", 8192),
        ("claude-sonnet-4-5-20250929", 32_000),
        ("anthropic/claude-sonnet-4.5", 32_000),
        ("MiniMax-M3", 8192),
    ],
)
def test_the_length_that_nobody_gave_depends_on_the_model(model, length):
    assert _body(Call(model, ASK))["max_tokens"] == length


def test_fields_of_the_provider_file_are_sent_and_yield_to_the_call():
    quirks = Quirks(body={"max_tokens": 5, "service_tier": "auto"})
    assert _body(Call(NEW, ASK), quirks=quirks)["max_tokens"] == 5
    body = _body(Call(NEW, ASK, Options(max_tokens=9)), quirks=quirks)
    assert (body["max_tokens"], body["service_tier"]) == (9, "auto")


def test_instructions_are_one_text_beside_the_messages():
    system = [Message("system", (Text(text),)) for text in ("Be brief.", " ", "Be kind.")]
    body = _body(Call(NEW, (system[0], *ASK, *system[1:])))
    assert body["system"] == "Be brief.\n\nBe kind."
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_instructions_that_are_no_text_are_refused():
    picture = Message("system", (Media("image", "image/png", b"x"),))
    with pytest.raises(UsageError, match="system message that is not text"):
        _body(Call(NEW, (picture, *ASK)))


def test_neighbours_of_one_role_become_one_turn_with_tool_results_first():
    said = (
        Message("user", (Text("a"),)),
        Message("assistant", (ToolCall("t1", "f"),)),
        Message("user", (Text("b"),)),
        Message("tool", (ToolResult("t1", "f", "1"),)),
    )
    messages = _body(Call(NEW, said))["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [block["type"] for block in messages[2]["content"]] == ["tool_result", "text"]


def test_a_call_without_any_words_is_refused():
    with pytest.raises(UsageError, match="nothing to answer"):
        _body(Call(NEW, (Message("user", (Text("  "),)),)))


def test_tools_are_described_by_the_schema_of_an_object():
    body = _body(Call(NEW, ASK, tools=(TOOL,)))
    schema = {"type": "object", "properties": {"what": {"type": "string"}}}
    assert body["tools"] == [
        {"name": "measure", "description": "Measures.", "input_schema": schema}
    ]
    assert "tool_choice" not in body


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("measure", {"type": "tool", "name": "measure"}),
    ],
)
def test_each_tool_choice_has_its_word(choice, wire):
    body = _body(Call(OLD, ASK, tools=(TOOL,), tool_choice=choice))
    assert body["tool_choice"] == wire


@pytest.mark.parametrize("model", ["claude-fable-5", "claude-fable-5-1", "claude-haiku-4-5"])
def test_what_a_model_takes_does_not_depend_on_how_its_seller_spells_it(model):
    assert traits(f"us.anthropic.{model}-v1:0") == traits(model)
    assert traits(f"anthropic.{model}-20260801-v1:0") == traits(model)
    assert traits(f"{model}@20260801") == traits(model)


def test_a_tool_choice_that_cannot_be_is_refused():
    with pytest.raises(UsageError, match="'sing'"):
        _body(Call(OLD, ASK, tools=(TOOL,), tool_choice="sing"))
    with pytest.raises(UsageError, match="no tools"):
        _body(Call(OLD, ASK, tool_choice="required"))
    with pytest.raises(UsageError, match="cannot be made to use a tool"):
        _body(Call(NEW, ASK, tools=(TOOL,), tool_choice="required"))
    thinking = Options(effort="low")
    with pytest.raises(UsageError, match="while it thinks"):
        _body(Call(OLD, ASK, thinking, tools=(TOOL,), tool_choice="required"))


def test_every_option_is_sent_under_anthropics_name_or_refused_by_ours():
    sent = {
        "max_tokens": ("max_tokens", 7),
        "temperature": ("temperature", 0.5),
        "top_p": ("top_p", 0.5),
        "top_k": ("top_k", 5),
        "stop": ("stop_sequences", ["END"]),
        "effort": ("thinking", {"type": "disabled"}),
    }
    given = Options(7, 0.5, 0.5, 5, ("END",), "none", 1, json=True).given()
    for name, value in given.items():
        if name in sent:
            field, wire = sent[name]
            assert _asked(OLD, **{name: value})[field] == wire
        else:
            with pytest.raises(UsageError, match=f"option '{name}'"):
                _asked(OLD, **{name: value})


def test_a_schema_is_the_format_of_the_output_with_its_objects_closed():
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": inner}, "b": {"anyOf": [inner]}},
        "$defs": {"c": {"type": "object", "additionalProperties": True}},
    }
    shut = {**inner, "additionalProperties": False}
    body = _body(Call(NEW, ASK, Options(effort="low", json=True), schema=schema))
    assert body["output_config"]["effort"] == "low"
    assert body["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"a": {"type": "array", "items": shut}, "b": {"anyOf": [shut]}},
            "$defs": {"c": {"type": "object", "additionalProperties": True}},
        },
    }


def test_limits_that_anthropic_refuses_are_told_in_words():
    """It answers `minimum` and its like with a 400, so no limit may be sent as a keyword."""
    whole = {"type": "integer", "minimum": 1, "maximum": 5, "description": "Stars."}
    schema = {
        "type": "object",
        "properties": {
            "stars": whole,
            "minimum": {"type": "string", "maxLength": 9},
            "tags": {"type": "array", "items": {"anyOf": [whole]}, "minItems": 1, "maxItems": 3},
        },
    }
    sent = _body(Call(NEW, ASK, schema=schema))["output_config"]["format"]["schema"]
    stars = {"type": "integer", "description": "Stars. (minimum 1, maximum 5)"}
    assert sent["properties"] == {
        "stars": stars,
        "minimum": {"type": "string", "description": "(maxLength 9)"},
        "tags": {
            "type": "array",
            "items": {"anyOf": [stars]},
            "minItems": 1,
            "description": "(maxItems 3)",
        },
    }


@pytest.mark.parametrize(
    ("model", "effort", "level"),
    [
        (NEW, "minimal", "low"),
        (NEW, "xhigh", "xhigh"),
        (ADAPTIVE, "max", "max"),
        ("claude-haiku-9", "medium", "medium"),
    ],
)
def test_new_models_are_told_a_level(model, effort, level):
    body = _asked(model, effort=effort)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": level}


@pytest.mark.parametrize("model", [OLD, RELAYED, "claude-opus-4-20250514"])
def test_older_models_and_relays_are_told_a_budget_within_the_length(model):
    free = _asked(model, effort="high")
    assert free["thinking"] == {"type": "enabled", "budget_tokens": 16_384}
    assert free["max_tokens"] > 16_384
    tight = _asked(model, effort="high", max_tokens=5000)
    assert (tight["thinking"]["budget_tokens"], tight["max_tokens"]) == (2500, 5000)


@pytest.mark.parametrize(
    ("model", "wire"),
    [
        (OLD, {"type": "disabled"}),
        ("claude-haiku-5-5", {"type": "disabled"}),
        ("claude-sonnet-5-5", {"type": "between_tools"}),
        ("claude-3-haiku-20240307", None),
    ],
)
def test_thinking_is_turned_off_where_it_can_be(model, wire):
    assert _asked(model, effort="none").get("thinking") == wire


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (NEW, {"effort": "none"}, "always thinks"),
        ("claude-fable-5-2", {"effort": "none"}, "always thinks"),
        ("claude-3-haiku-20240307", {"effort": "low"}, "does not think"),
        (ADAPTIVE, {"effort": "xhigh"}, "does not know the effort 'xhigh'"),
        (OLD, {"effort": "low", "max_tokens": 2000}, "max_tokens 2000 leaves"),
        (NEW, {"temperature": 0.0}, "cannot take temperature"),
        ("claude-opus-4-8", {"top_p": 0.5, "top_k": 3}, "cannot take top_p and top_k"),
        (OLD, {"temperature": 0.5, "effort": "low"}, "while it thinks"),
        (ADAPTIVE, {"top_k": 5, "effort": "low"}, "while it thinks"),
    ],
)
def test_what_a_model_would_refuse_is_explained_before_it_is_sent(model, options, words):
    with pytest.raises(UsageError, match=words) as caught:
        _asked(model, **options)
    assert model in caught.value.message
    assert caught.value.hint


def test_sampling_is_sent_where_the_model_takes_it():
    assert _asked(NEW, temperature=1.0)["temperature"] == 1.0
    assert _asked(ADAPTIVE, temperature=0.2, effort="none")["temperature"] == 0.2
    assert _asked(RELAYED, temperature=0.2, effort="low")["temperature"] == 0.2


def test_claude_on_vertex_with_a_key_alone_is_explained_before_it_is_sent():
    """Express mode reaches the publisher google only; a project's address is fine."""
    vertex = catalog.find("vertex")
    call = Call("claude-sonnet-5-5", (Message("user", (Text("Hi"),)),))
    express = Endpoint(vertex, vertex.base_url_with_key).speaking(call.model)
    with pytest.raises(UsageError, match="with a key alone") as caught:
        anthropic.build(call, express)
    assert "GOOGLE_CLOUD_PROJECT" in caught.value.hint
    project = f"{vertex.base_url_with_key}/projects/p/locations/global"
    built = anthropic.build(call, Endpoint(vertex, project).speaking(call.model))
    assert built.url.startswith(f"{project}/publishers/anthropic/models/claude-sonnet-5-5")
