"""How the parts of a conversation are put to Anthropic."""

from base64 import b64encode

import pytest

from nbprovider import catalog
from nbprovider.errors import UsageError
from nbprovider.protocols.anthropic_blocks import blocks
from nbprovider.types import (
    Citation,
    Media,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)


def _content(*parts, role="user", origin="anthropic"):
    return blocks(Message(role, parts, origin), catalog.find("anthropic"))


def test_what_the_model_said_goes_back_as_it_came():
    """Thoughts with their signatures, hidden blocks, citations and calls survive the round trip."""
    place = {"type": "char_location", "cited_text": "wide"}
    hidden = {"type": "redacted_thinking", "data": "xyz"}
    content = _content(
        Thinking("How wide?  ", "sig"),
        Opaque("anthropic", hidden),
        Text("It is wide."),
        Citation("document 0", "wide", "", place),
        ToolCall("t1", "f", '{"x": 1}', {"caller": {"type": "direct"}, "foreign": 1}),
        ToolCall("t2", "f"),
        role="assistant",
    )
    assert content == [
        {"type": "thinking", "thinking": "How wide?  ", "signature": "sig"},
        hidden,
        {"type": "text", "text": "It is wide.", "citations": [place]},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}}
        | {"caller": {"type": "direct"}},
        {"type": "tool_use", "id": "t2", "name": "f", "input": {}},
    ]


def test_thoughts_without_a_signature_or_of_others_are_not_sent():
    kept = [{"type": "text", "text": "Hi"}]
    text = Text("Hi")
    assert _content(Thinking("a"), Thinking("b", ""), text, role="assistant") == kept
    assert _content(Opaque("gemini", {"x": 1}), text, role="assistant") == kept
    foreign = (Thinking("a", "sig"), Opaque("anthropic", {"type": "x"}), text)
    assert _content(*foreign, role="assistant", origin="google") == kept


def test_another_protocols_citations_and_call_ids_are_made_legal():
    parts = (
        Text("Hi"),
        Citation("https://a.example", extra={"type": "url_citation"}),
        ToolCall("call|1", "f", "no json"),
        ToolCall("", "g"),
    )
    assert _content(*parts, role="assistant") == [
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "call_1", "name": "f", "input": {"arguments": "no json"}},
        {"type": "tool_use", "id": "g", "name": "g", "input": {}},
    ]


def test_tool_results_answer_the_same_id_and_say_whether_they_failed():
    content = _content(
        ToolResult("call|1", "f", "7"), ToolResult("t2", "f", "No.", error=True), role="tool"
    )
    assert content == [
        {"type": "tool_result", "tool_use_id": "call_1", "content": "7"},
        {"type": "tool_result", "tool_use_id": "t2", "content": "No.", "is_error": True},
    ]


def test_pictures_and_documents_go_as_bytes_or_by_address():
    url = "https://a.example/x"
    content = _content(
        Media("image", "image/png", b"\x89"),
        Media("image", "image/png", url=url),
        Media("document", "application/pdf", b"%PDF", name="Paper"),
        Media("document", "application/pdf", url=url),
        Media("document", "text/markdown", "wörds".encode()),
    )
    encoded = b64encode(b"%PDF").decode()
    pdf = {"type": "base64", "media_type": "application/pdf", "data": encoded}
    words = {"type": "text", "media_type": "text/plain", "data": "wörds"}
    assert content == [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "iQ=="},
        },
        {"type": "image", "source": {"type": "url", "url": url}},
        {"type": "document", "source": pdf, "title": "Paper"},
        {"type": "document", "source": {"type": "url", "url": url}},
        {"type": "document", "source": words},
    ]


@pytest.mark.parametrize(
    "media",
    [
        Media("audio", "audio/wav", b"x"),
        Media("video", "video/mp4", b"x"),
        Media("image", "image/tiff", b"x"),
        Media("document", "application/msword", b"x"),
        Media("document", "text/plain", url="https://a.example/x"),
    ],
)
def test_media_that_cannot_be_carried_are_refused_by_name(media):
    with pytest.raises(UsageError, match=media.mime):
        _content(media)
