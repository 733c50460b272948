"""What a tool gives may be more than words: each protocol carries it, or says where it went."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.errors import UsageError
from nbprovider.ledger import estimate
from nbprovider.protocols.options import check
from nbprovider.types import Call, Media, Message, Opaque, Part, Request, Text, ToolCall, ToolResult

PICTURE = Media("image", "image/png", b"a picture")
DATA = b64encode(b"a picture").decode()
PDF = Media("document", "application/pdf", b"%PDF", name="report.pdf")
NOTES = Media("document", "text/plain", b"some notes", name="notes.txt")
ASKED = Message("user", (Text("Draw it."),))
CALLED = Message("assistant", (ToolCall("call_1", "draw", "{}"),))


def sent(key: str, *results: ToolResult, then: tuple[Message, ...] = (), model: str = "m") -> Any:
    """Return the body that hands results to a provider."""
    provider = catalog.find(key)
    messages = (ASKED, CALLED, *(Message("tool", (one,)) for one in results), *then)
    endpoint = Endpoint(provider, provider.base_url).speaking(model)
    module = protocols.load(endpoint.provider.protocol)
    return json.loads(module.build(Call(model, messages), endpoint).body)


def drawn(*content: str | Part, error: bool = False) -> ToolResult:
    return ToolResult("call_1", "draw", content, error)  # type: ignore[arg-type]


def test_words_stay_words():
    result = ToolResult("1", "f", "14 degrees")
    assert (result.content, result.text, result.media) == ("14 degrees", "14 degrees", ())
    assert result.parts == (Text("14 degrees"),)


def test_a_list_is_made_parts_and_comes_back_from_storage():
    result = ToolResult("1", "f", ["Here:", PICTURE])  # type: ignore[arg-type]
    assert result.parts == (Text("Here:"), PICTURE)
    assert (result.text, result.media) == ("Here:", (PICTURE,))
    assert msgspec.json.decode(msgspec.json.encode(result), type=Part) == result


def test_what_no_tool_can_give_is_refused_by_its_type():
    with pytest.raises(TypeError, match="cannot give a int"):
        ToolResult("1", "f", [7])  # type: ignore[list-item,arg-type]


def test_what_only_one_provider_knows_goes_to_no_other():
    marked = Media("image", "image/png", b"x", extra={"detail": "low"})
    result = ToolResult("1", "f", (marked, Opaque("anthropic", {})), extra={"cache_control": {}})
    (plain,) = Message("tool", (result,)).portable().parts
    assert plain == ToolResult("1", "f", (Media("image", "image/png", b"x"),))


def test_anthropic_takes_blocks_an_error_and_a_mark():
    mark = {"cache_control": {"type": "ephemeral"}}
    result = ToolResult("call_1", "draw", ("Here:", PICTURE, PDF), True, mark)  # type: ignore[arg-type]
    block = sent("anthropic", result)["messages"][-1]["content"][0]
    assert [one["type"] for one in block["content"]] == ["text", "image", "document"]
    assert (block["is_error"], block["cache_control"]) == (True, mark["cache_control"])


def test_bedrock_takes_blocks_and_no_name_twice():
    results = drawn("Here:", PICTURE, PDF, error=True), drawn(PDF)
    body = sent("bedrock", *results, model="amazon.nova")
    told = [block["toolResult"] for block in body["messages"][-1]["content"]]
    assert [next(iter(one)) for one in told[0]["content"]] == ["text", "image", "document"]
    assert told[0]["status"] == "error"
    names = [one["content"][-1]["document"]["name"] for one in told]
    assert len(set(names)) == 2


def test_responses_take_a_list():
    output = sent("openai", drawn("Here:", PICTURE, NOTES), model="gpt-6")["input"][-1]["output"]
    assert [one["type"] for one in output] == ["input_text", "input_image", "input_text"]


def test_gemini_takes_parts_in_a_response():
    body = sent("google", drawn("Here:", PICTURE, NOTES), model="gemini-4-pro")
    response = body["contents"][-1]["parts"][0]["functionResponse"]
    assert response["response"] == {"output": "Here:\nnotes.txt:\nsome notes"}
    assert response["parts"] == [{"inlineData": {"mimeType": "image/png", "data": DATA}}]


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "gemini-1.5-pro"])
def test_an_older_gemini_gets_the_picture_beside_the_response(model):
    parts = sent("google", drawn("Here:", PICTURE), model=model)["contents"][-1]["parts"]
    assert "parts" not in parts[0]["functionResponse"]
    assert parts[1]["inlineData"]["data"] == DATA


def test_mistral_takes_chunks():
    said = sent("mistral", drawn("Here:", PICTURE))["messages"][-1]
    assert said["role"] == "tool"
    assert [one["type"] for one in said["content"]] == ["text", "image_url"]


@pytest.mark.parametrize("key", ["groq", "cohere", "ollama"])
def test_where_results_are_words_a_picture_follows_behind_all_of_them(key):
    """The results of one turn stay together, as these protocols demand."""
    second = ToolResult("call_2", "look", "clouds")
    told = sent(key, drawn("Here:", PICTURE), second, then=(Message("user", (Text("So?"),)),))
    roles = [one["role"] for one in told["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "user", "user"]
    first, _, after, last = told["messages"][2:]
    assert "Here:" in first["content"]
    assert "in the next message" in first["content"]
    assert DATA in json.dumps(after)
    assert "What the tool draw gave:" in json.dumps(after)
    assert last["content"] == "So?"


@pytest.mark.parametrize("key", ["groq", "cohere", "ollama", "mistral"])
def test_files_of_text_are_words(key):
    told = sent(key, drawn("Here:", NOTES))["messages"]
    assert told[-1]["role"] == "tool"
    assert told[-1]["content"] == "Here:\nnotes.txt:\nsome notes"


@pytest.mark.parametrize("key", ["ollama", "claude-cli", "json-proxy"])
def test_a_file_of_text_beside_a_question_is_words(key: str):
    provider = catalog.find(key)
    question = Message("user", (NOTES, Text("What is it about?")))
    asked = protocols.load(provider.protocol).build(
        Call("m", (question,)), Endpoint(provider, provider.base_url or "http://127.0.0.1:9")
    )
    told = asked.body if isinstance(asked, Request) else asked.stdin
    assert b"notes.txt:" in told
    assert b"some notes" in told


def test_gemini_is_given_a_picture_in_a_result_by_its_address():
    linked = Media("image", "image/png", url="https://example.com/a.png")
    there = {"fileData": {"mimeType": "image/png", "fileUri": "https://example.com/a.png"}}
    (_, _, newer) = sent("google", drawn("Here:", linked), model="gemini-3.8-flash")["contents"]
    assert newer["parts"][0]["functionResponse"]["parts"] == [there]
    (_, _, older) = sent("google", drawn("Here:", linked), model="gemini-2.5-pro")["contents"]
    assert older["parts"][1:] == [there]


@pytest.mark.parametrize("key", ["groq", "cohere", "ollama", "mistral", "openai"])
def test_a_failure_is_said_where_no_field_says_it(key):
    told = json.dumps(sent(key, ToolResult("call_1", "draw", "no ink", True)))
    assert "Error: no ink" in told
    plain = json.dumps(sent(key, ToolResult("call_1", "draw", "error: no ink", True)))
    assert "Error: error" not in plain


def test_cohere_takes_documents_of_its_own():
    document = Opaque("cohere", {"type": "document", "document": {"data": {"a": "b"}}})
    said = sent("cohere", drawn("Here:", document))["messages"][-1]
    assert said["content"] == [{"type": "text", "text": "Here:"}, document.extra]


def test_a_medium_that_a_protocol_cannot_carry_is_refused_by_name():
    sound = Media("audio", "audio/wav", b"noise")
    with pytest.raises(UsageError, match="audio"):
        sent("anthropic", drawn(sound))


def test_a_medium_that_a_provider_refuses_is_refused_in_a_result_too():
    groq = catalog.find("groq")
    provider = replace(groq, quirks=replace(groq.quirks, refuse=["image"]))
    with pytest.raises(UsageError, match="image"):
        check(Call("m", (Message("tool", (drawn(PICTURE),)),)), provider)


def test_a_picture_in_a_result_is_counted_as_one_in_a_question():
    alone = Call("m", (Message("user", (PICTURE,)),))
    given = Call("m", (Message("tool", (drawn(PICTURE),)),))
    assert estimate.asked(given) == estimate.asked(alone)
