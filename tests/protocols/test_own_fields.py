"""What only one provider knows of a part rides in its `extra`, and goes into the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.types import Call, Media, Message, Text, Thinking

MARK = {"cache_control": {"type": "ephemeral"}}
PDF = b"%PDF-1.7 of no importance"


def built(protocol: str, provider: str, *messages: Message, **more: Any) -> dict[str, Any]:
    endpoint = Endpoint(catalog.find(provider), "https://example.org", protocol).speaking("m")
    return json.loads(protocols.load(protocol).build(Call("m", messages, **more), endpoint).body)


def test_a_text_can_be_marked_for_anthropics_cache():
    """The mark stands on its block; marked instructions are blocks, plain ones one text."""
    marked = Message("system", (Text("Be short."), Text("Long rules.", MARK)))
    asked = Message("user", (Text("Hello"), Text("A long text.", MARK)))
    body = built("anthropic", "anthropic", marked, asked)
    plain, kept = ({"type": "text", "text": "Be short."}, {"type": "text", "text": "Long rules."})
    assert body["system"] == [plain, {**kept, **MARK}]
    assert body["messages"][0]["content"][1] == {"type": "text", "text": "A long text.", **MARK}
    plainly = built("anthropic", "anthropic", Message("system", (Text("Be short."),)), asked)
    assert plainly["system"] == "Be short."


@pytest.mark.parametrize(
    ("protocol", "provider", "kind"),
    [("anthropic", "anthropic", "type"), ("bedrock", "bedrock", "document")],
)
def test_a_document_can_be_asked_to_be_cited(protocol, provider, kind):
    wanted = {"citations": {"enabled": True}, "context": "The handbook of 2026"}
    document = Media("document", "application/pdf", PDF, name="handbook", extra=wanted)
    body = built(protocol, provider, Message("user", (document, Text("How many days?"))))
    block = body["messages"][0]["content"][0]
    block = block if kind == "type" else block[kind]
    assert {name: block[name] for name in wanted} == wanted


@pytest.mark.parametrize("protocol", ["openai_chat", "openai_responses"])
def test_how_closely_to_look_at_an_image_can_be_said(protocol):
    image = Media("image", "image/png", url="https://example.org/a.png", extra={"detail": "low"})
    body = built(protocol, "openai", Message("user", (image,)))
    assert '"detail": "low"' in json.dumps(body)


def test_reasoning_is_named_by_its_id_only_where_it_is_stored():
    """Under an id nothing is stored unless the call says so; then the id is enough."""
    thought = Thinking("", extra={"openai_responses": {"id": "rs_1", "field": "summary"}})
    said = Message("assistant", (thought, Text("Hello.")))
    asked = (Message("user", (Text("Hi"),)), said, Message("user", (Text("Go on"),)))
    kinds = [one["type"] for one in built("openai_responses", "openai", *asked)["input"]]
    assert kinds == ["message"] * 3
    stored = built("openai_responses", "openai", *asked, extra={"store": True})["input"]
    assert stored[1] == {"type": "reasoning", "id": "rs_1", "summary": []}
