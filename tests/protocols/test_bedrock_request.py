import json
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.session
import pytest
from botocore.validate import ParamValidator

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import UsageError
from nbprovider.protocols import bedrock
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

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NEW_CLAUDE = "us.anthropic.claude-sonnet-5-5"
NOVA = "us.amazon.nova-2-lite-v1:0"
PROVIDER = catalog.find("bedrock")
AT = Endpoint(PROVIDER, "https://bedrock-runtime.eu-west-1.amazonaws.com")
HELLO = (Message("user", (Text("Hello"),)),)
ADD = Tool("add", "Adds.", {"properties": {"a": {"type": "number"}}})


@cache
def sdk() -> Any:
    """Return the input of ConverseStream as AWS's own SDK describes it."""
    service = botocore.session.Session().get_service_model("bedrock-runtime")
    return service.operation_model("ConverseStream").input_shape


def body(*messages: Message, model: str = CLAUDE, **more: Any) -> dict[str, Any]:
    """Return the body that is built, after AWS's own SDK has found it valid."""
    built = bedrock.build(Call(model, messages or HELLO, **more), AT)
    sent: dict[str, Any] = json.loads(built.body)
    report = ParamValidator().validate({"modelId": model, **sent}, sdk())
    assert not report.has_errors(), report.generate_report()
    return sent


def option(model: str = CLAUDE, **options: Any) -> dict[str, Any]:
    return body(model=model, options=Options(**options))


def test_a_plain_question_is_only_its_messages() -> None:
    assert body() == {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


@pytest.mark.parametrize(
    "model",
    [
        CLAUDE,
        "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123",
        "mistral.mistral-7b-instruct-v0:2",
    ],
)
def test_a_models_id_is_one_segment_of_the_path(model: str) -> None:
    url = bedrock.build(Call(model, HELLO), AT).url
    segments = urlsplit(url).path.split("/")
    assert [unquote(one) for one in segments] == ["", "model", model, "converse-stream"]
    assert ":" not in urlsplit(url).path


def test_a_whole_reply_is_asked_for_at_another_path() -> None:
    request = bedrock.build(Call(NOVA, HELLO, stream=False), AT)
    assert request.url.endswith("/converse")
    assert request.headers["accept"] == "application/json"


def test_instructions_stand_beside_the_messages() -> None:
    sent = body(Message("system", (Text("Be brief."),)), *HELLO)
    assert sent["system"] == [{"text": "Be brief."}]
    assert [turn["role"] for turn in sent["messages"]] == ["user"]


def test_neighbours_of_one_role_are_one_turn_with_results_first() -> None:
    sent = body(
        *HELLO,
        Message("assistant", (ToolCall("1", "add", '{"a":1}'), ToolCall("2", "add"))),
        Message("user", (Text("and"),)),
        Message("tool", (ToolResult("1", "add", "3"),)),
        Message("tool", (ToolResult("2", "add", "no", error=True),)),
        tools=(ADD,),
    )
    results = sent["messages"][2]["content"]
    assert results == [
        {"toolResult": {"toolUseId": "1", "content": [{"text": "3"}]}},
        {"toolResult": {"toolUseId": "2", "content": [{"text": "no"}], "status": "error"}},
        {"text": "and"},
    ]
    calls = [block["toolUse"]["input"] for block in sent["messages"][1]["content"]]
    assert calls == [{"a": 1}, {}]


def test_signed_and_hidden_thoughts_go_back_and_unsigned_ones_do_not() -> None:
    hidden = {"reasoningContent": {"redactedContent": "AAEC"}}
    said = (Thinking("so", "sig"), Opaque("bedrock", hidden), Thinking("hm"), Text("Hi"))
    sent = body(*HELLO, Message("assistant", said, "bedrock"), *HELLO)
    thought = {"reasoningText": {"text": "so", "signature": "sig"}}
    wanted = [{"reasoningContent": thought}, hidden, {"text": "Hi"}]
    assert sent["messages"][1]["content"] == wanted


def test_what_only_another_provider_understands_is_left_out() -> None:
    said = (Thinking("so", "theirs"), Opaque("anthropic", {"type": "x"}), Text("Hi"))
    sent = body(*HELLO, Message("assistant", said, "anthropic"), *HELLO)
    assert sent["messages"][1]["content"] == [{"text": "Hi"}]


def test_a_citation_goes_back_on_its_text() -> None:
    wire = {"location": {"web": {"url": "https://a.example"}}}
    said = (Text("Yes."), Citation("https://a.example", extra=wire))
    sent = body(*HELLO, Message("assistant", said, "bedrock"), *HELLO)
    cited = {"content": [{"text": "Yes."}], "citations": [wire]}
    assert sent["messages"][1]["content"] == [{"citationsContent": cited}]


def test_ids_of_other_providers_are_put_into_the_letters_that_bedrock_allows() -> None:
    long = "call|" + "x" * 90
    sent = body(*HELLO, Message("assistant", (ToolCall(long, "add"),)), tools=(ADD,))
    (block,) = sent["messages"][1]["content"]
    assert block["toolUse"]["toolUseId"] == ("call_" + "x" * 90)[:64]


@pytest.mark.parametrize(
    ("medium", "block"),
    [
        (
            Media("image", "image/jpeg", b"\x01"),
            {"image": {"format": "jpeg", "source": {"bytes": "AQ=="}}},
        ),
        (
            Media("document", "application/pdf", b"\x01", name="a_b  c.pdf"),
            {"document": {"format": "pdf", "name": "a-b c-pdf", "source": {"bytes": "AQ=="}}},
        ),
        (
            Media("document", "text/x-python", b"\x01"),
            {"document": {"format": "txt", "name": "document", "source": {"bytes": "AQ=="}}},
        ),
        (
            Media("video", "video/mp4", url="s3://bucket/film.mp4"),
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/film.mp4"}}}},
        ),
        (
            Media("audio", "audio/wav", b"\x01"),
            {"audio": {"format": "wav", "source": {"bytes": "AQ=="}}},
        ),
    ],
)
def test_media_have_converses_words_for_their_formats(medium: Media, block: Any) -> None:
    sent = body(Message("user", (medium, Text("What?"))), model=NOVA)
    assert sent["messages"][0]["content"] == [block, {"text": "What?"}]


@pytest.mark.parametrize(
    ("medium", "words"),
    [
        (Media("image", "image/tiff", b"\x01"), "image/tiff"),
        (Media("image", "image/png", url="https://a.example/x.png"), "as bytes only"),
        (Media("document", "application/zip", b"\x01"), "application/zip"),
    ],
)
def test_a_medium_that_cannot_be_sent_is_named(medium: Media, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        body(Message("user", (medium,)))


def test_documents_of_one_name_are_told_apart() -> None:
    paper = Media("document", "application/pdf", b"\x01", name="paper")
    sent = body(Message("user", (paper,)), Message("user", (paper, Text("Compare."))))
    names = [one["document"]["name"] for one in sent["messages"][0]["content"] if "document" in one]
    assert names == ["paper", "paper [2]"]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("auto", None), ("required", {"any": {}}), ("add", {"tool": {"name": "add"}})],
)
def test_tools_are_offered_with_the_choice(choice: str, sent: Any) -> None:
    config = body(tools=(ADD,), tool_choice=choice)["toolConfig"]
    schema = {"type": "object", "properties": {"a": {"type": "number"}}}
    spec = {"name": "add", "description": "Adds.", "inputSchema": {"json": schema}}
    assert config["tools"] == [{"toolSpec": spec}]
    assert config.get("toolChoice") == sent


def test_tools_that_only_the_conversation_names_are_declared_as_gone() -> None:
    """Bedrock refuses a conversation with calls of tools that it is not told."""
    used = Message("assistant", (ToolCall("1", "add"),))
    done = Message("tool", (ToolResult("1", "add", "3"),))
    for more in ({}, {"tools": (ADD,), "tool_choice": "none"}):
        (tool,) = body(*HELLO, used, done, **more)["toolConfig"]["tools"]
        assert tool["toolSpec"]["name"] == "add"
        assert "Not available" in tool["toolSpec"]["description"]
    assert "toolConfig" not in body(tools=(ADD,), tool_choice="none")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tool_choice": "mul", "tools": (ADD,)}, "'mul'"),
        ({"tool_choice": "required"}, "no tools"),
        ({"tool_choice": "add", "tools": (ADD,), "model": NEW_CLAUDE}, "cannot be made"),
        ({"options": Options(json=True)}, "'json' without a schema"),
        ({"options": Options(seed=1)}, "'seed'"),
        ({"options": Options(top_k=3), "model": "meta.llama3-8b-instruct-v1:0"}, "top_k"),
        ({"options": Options(effort="low"), "model": "meta.llama3-8b-instruct-v1:0"}, "effort"),
        ({"options": Options(effort="low"), "model": "amazon.nova-lite-v1:0"}, "does not think"),
        ({"options": Options(effort="none"), "model": "openai.gpt-oss-20b-1:0"}, "always thinks"),
        ({"options": Options(temperature=0.5), "model": NEW_CLAUDE}, "temperature"),
        ({"options": Options(effort="low", top_k=3)}, "top_k while it thinks"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(more: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        body(**more)


def test_empty_messages_are_nothing_to_answer() -> None:
    with pytest.raises(UsageError, match="nothing to answer"):
        body(Message("user", (Text(" "),)))


def test_plain_options_are_in_the_inference_config() -> None:
    sent = option(NOVA, max_tokens=9, temperature=0.5, top_p=0.25, stop=("END",))
    config = {"maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["END"]}
    assert sent["inferenceConfig"] == config


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (CLAUDE, {"top_k": 7}),
        (NOVA, {"inferenceConfig": {"topK": 7}}),
        ("mistral.mistral-large-3-675b-instruct", {"top_k": 7}),
        ("cohere.command-r-v1:0", {"k": 7}),
    ],
)
def test_top_k_is_in_each_makers_own_words(model: str, fields: Any) -> None:
    assert option(model, top_k=7)["additionalModelRequestFields"] == fields


def test_effort_is_a_budget_of_the_older_claudes() -> None:
    sent = option(CLAUDE, effort="low")
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2048}}
    assert sent["additionalModelRequestFields"] == thinking
    assert sent["inferenceConfig"]["maxTokens"] > 2048


def test_effort_is_a_level_of_the_newer_claudes() -> None:
    sent = option(NEW_CLAUDE, effort="high")
    assert sent["outputConfig"] == {"effort": "high"}
    assert sent["additionalModelRequestFields"]["thinking"]["type"] == "adaptive"


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (NOVA, {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        ("openai.gpt-oss-120b-1:0", {"reasoning_effort": "high"}),
    ],
)
def test_effort_is_in_each_makers_own_words(model: str, fields: Any) -> None:
    assert option(model, effort="xhigh")["additionalModelRequestFields"] == fields


def test_no_effort_asks_nothing_of_a_model_that_does_not_think() -> None:
    assert "additionalModelRequestFields" not in option("amazon.nova-lite-v1:0", effort="none")
    disabled = {"reasoningConfig": {"type": "disabled"}}
    assert option(NOVA, effort="none")["additionalModelRequestFields"] == disabled


def test_a_schema_is_sent_as_text_with_its_objects_closed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    output = body(schema=schema)["outputConfig"]["textFormat"]
    assert output["type"] == "json_schema"
    sent = json.loads(output["structure"]["jsonSchema"]["schema"])
    assert sent == schema | {"additionalProperties": False}


def test_the_cache_keeps_instructions_and_the_conversation() -> None:
    system = Message("system", (Text("Be brief."),))
    sent = body(system, *HELLO, options=Options(cache="1h"))
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert sent["system"][-1] == point
    assert sent["messages"][-1]["content"][-1] == point


def test_blocks_of_bedrocks_own_go_through_as_they_are() -> None:
    guard = {"guardContent": {"text": {"text": "x"}}}
    sent = body(Message("user", (Opaque("bedrock", guard), Text("y"))))
    assert sent["messages"][0]["content"] == [guard, {"text": "y"}]


def test_models_are_listed_by_the_control_plane_then_profiles_page_by_page() -> None:
    first = bedrock.models(AT)
    assert first.url == "https://bedrock.eu-west-1.amazonaws.com/foundation-models"
    summaries = [
        {
            "modelId": "amazon.nova-micro-v1:0",
            "modelName": "Nova Micro",
            "outputModalities": ["TEXT"],
            "inputModalities": ["TEXT", "IMAGE"],
            "responseStreamingSupported": True,
            "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": "2027-01-01"},
        },
        {"modelId": "by.profile-only", "inferenceTypesSupported": ["INFERENCE_PROFILE"]},
        {"modelId": "amazon.titan-embed-text-v2:0", "outputModalities": ["EMBEDDING"]},
    ]
    page = bedrock.parse_models({"modelSummaries": summaries})
    assert [one.id for one in page.models] == [
        "amazon.nova-micro-v1:0",
        "amazon.titan-embed-text-v2:0",
    ]
    assert page.models[0].can == ("chat", "vision")
    assert page.models[0].retires == "2027-01-01"
    second = bedrock.models(AT, page.next)
    assert second.url.startswith("https://bedrock.eu-west-1.amazonaws.com/inference-profiles?")
    assert "nextToken" not in second.url
    listed = {"inferenceProfileSummaries": [{"inferenceProfileId": CLAUDE}], "nextToken": "a/b"}
    page = bedrock.parse_models(listed)
    assert [one.id for one in page.models] == [CLAUDE]
    assert bedrock.models(AT, page.next).url.endswith("nextToken=a%2Fb")
