"""Bedrock, Azure and Vertex the whole way: from a question to bytes on a socket and back."""

from __future__ import annotations

import json

import pytest

import nbprovider
from event_stream import event, exception
from loopback import Peer, Server, answering, serving
from nbprovider import config
from nbprovider.errors import RateLimited, Unavailable
from sigv4 import signature

SECRET = "wJalrSEEDED/K7MDENG+bPxRfiCYzzEXAMPLEKEY"
MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
SAID = (
    event("messageStart", {"role": "assistant"}),
    event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
    event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "lo"}}),
    event("messageStop", {"stopReason": "end_turn"}),
    event("metadata", {"usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10}}),
)


@pytest.fixture(autouse=True)
def own_session(monkeypatch, isolated):
    """Begin a session of one's own, which tries once."""
    config.made(config.settings_file().parent)
    config.settings_file().write_text("tries = 1\n")


@pytest.fixture
def server():
    with serving(converse) as server:
        yield server


def converse(peer: Peer) -> None:
    """Answer by an event stream that is cut inside its messages."""
    peer.head(kind="application/vnd.amazon.eventstream")
    stream = b"".join(SAID)
    for at in range(0, len(stream), 37):
        peer.chunk(stream[at : at + 37])
    peer.end()


@pytest.fixture
def bearer(monkeypatch, server: Server):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSKseeded0123456789")
    monkeypatch.setenv("AWS_BEDROCK_BASE_URL", server.url)


@pytest.mark.usefixtures("bearer")
def test_bedrock_streams_by_a_bearer_key(server: Server):
    answer = nbprovider.ask("hi", model=f"bedrock:{MODEL}")
    assert (answer.text, answer.usage.input, answer.usage.output) == ("Hello", 7, 3)
    (request,) = server.requests
    assert request["path"] == f"/model/{MODEL.replace(':', '%3A')}/converse-stream"
    assert request["headers"]["authorization"] == "Bearer ABSKseeded0123456789"
    assert request["body"]["messages"] == [{"role": "user", "content": [{"text": "hi"}]}]


def test_bedrock_streams_by_a_signature_that_is_right_on_the_wire(monkeypatch, server: Server):
    """What the HTTP client sends is what was signed: host, path, headers and body."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE00000SEED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_BEDROCK_BASE_URL", server.url)
    assert nbprovider.ask("hé", model=f"bedrock:{MODEL}").text == "Hello"
    (request,) = server.requests
    body = json.dumps(request["body"], ensure_ascii=False, separators=(",", ":")).encode()
    told = (request["method"], request["path"], request["headers"])
    found, right = signature(*told, body, SECRET)
    assert found == right


@pytest.mark.usefixtures("bearer")
def test_an_exception_in_a_bedrock_stream_is_its_error(server: Server):
    def script(peer: Peer) -> None:
        peer.head(kind="application/vnd.amazon.eventstream")
        peer.chunk(SAID[1] + exception("throttlingException", {"message": "Too many tokens"}))
        peer.end()

    server.script = script
    with pytest.raises(RateLimited, match="Too many tokens"):
        nbprovider.ask("hi", model=f"bedrock:{MODEL}")


@pytest.mark.usefixtures("bearer")
def test_a_broken_bedrock_stream_is_garbled(server: Server):
    def script(peer: Peer) -> None:
        peer.head(kind="application/vnd.amazon.eventstream")
        peer.chunk(SAID[1] + SAID[2][:-1] + b"\x00")
        peer.end()

    server.script = script
    with pytest.raises(Unavailable, match="garbled"):
        nbprovider.ask("hi", model=f"bedrock:{MODEL}")


def test_azure_is_asked_at_its_deployment(monkeypatch, server: Server):
    server.script = answering("Hello")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "seeded0123456789")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.url)
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    assert nbprovider.ask("hi", model="azure:mine").text == "Hello"
    (request,) = server.requests
    path = "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    assert request["path"] == path
    assert request["headers"]["api-key"] == "seeded0123456789"


def test_vertex_is_asked_by_a_key(monkeypatch, server: Server):
    def script(peer: Peer) -> None:
        candidate = {"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}
        peer.head()
        peer.chunk(f"data: {json.dumps({'candidates': [candidate]})}\n\n")
        peer.end()

    server.script = script
    monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "AQ.seeded0123456789")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", f"{server.url}/v1")
    assert nbprovider.ask("hi", model="vertex:gemini-3.8-flash").text == "Hello"
    (request,) = server.requests
    verb = "streamGenerateContent?alt=sse"
    assert request["path"] == f"/v1/publishers/google/models/gemini-3.8-flash:{verb}"
    assert request["headers"]["x-goog-api-key"] == "AQ.seeded0123456789"
