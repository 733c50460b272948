"""An account's own addresses of services: what is sent where, over real sockets."""

from __future__ import annotations

import contextlib

import pytest

import nbprovider
from loopback import serving
from nbprovider.credentials import Secret, Stored, vault
from nbprovider.credentials.stored import new_id
from nbprovider.errors import UsageError

KEY = "sk-services0123456789abcdef"
MP3 = b"ID3\x04\x00 a very short song"


@pytest.fixture
def serve():
    """Start scripted servers for the length of a test."""
    with contextlib.ExitStack() as stack:
        yield lambda script: stack.enter_context(serving(script))


def add(provider, name, **more):
    return vault().add(Stored(new_id(), provider, name, **more), {"key": Secret(KEY)})


def service(peer):
    """Answer whatever service is asked for."""
    path = peer.request["path"]
    if path.endswith("speech"):
        peer.whole(200, MP3, "audio/mpeg")
    elif path.endswith("transcriptions"):
        peer.whole(200, {"text": "Hello"})
    else:
        peer.whole(200, {"model": "tiny", "data": [{"index": 0, "embedding": [1.0, 2.0]}]})


def paths(server):
    return [request["path"] for request in server.requests]


def test_each_service_is_asked_at_the_accounts_own_address(serve):
    chat, embed, speak, hear = (serve(service) for _ in range(4))
    add(
        "openai-compatible",
        "lab",
        base_url=f"{chat.url}/v1",
        services={
            "embeddings": f"{embed.url}/v1/embeddings",
            "tts": f"{speak.url}/v1/audio/speech",
            "stt": f"{hear.url}/v1",
        },
    )
    assert nbprovider.embed("a", model="lab:tiny").tolist() == [1, 2]
    assert nbprovider.speak("Hello", model="lab:voice").data == MP3
    assert nbprovider.transcribe(MP3, model="ear@lab").text == "Hello"
    assert paths(embed) == ["/v1/embeddings"]
    assert paths(speak) == ["/v1/audio/speech"]
    assert paths(hear) == ["/v1/audio/transcriptions"]
    assert paths(chat) == []
    sent = [server.requests[0]["headers"]["authorization"] for server in (embed, speak, hear)]
    assert sent == [f"Bearer {KEY}"] * 3
    assert nbprovider.usage()["account"].tolist() == ["lab"] * 3


def test_an_account_has_a_service_that_its_provider_lacks(serve):
    server = serve(service)
    add("deepseek", "plain")
    add("deepseek", "helped", services={"embeddings": server.url})
    assert nbprovider.embed("a", model="helped:tiny").tolist() == [1, 2]
    assert paths(server) == ["/v1/embeddings"]
    with pytest.raises(UsageError, match="DeepSeek has no service that makes embeddings"):
        nbprovider.embed("a", model="plain:tiny")


def test_an_account_with_a_service_of_its_own_is_asked_where_none_is_named(serve):
    server = serve(service)
    add("deepseek", "helped", services={"embeddings": f"{server.url}/v1"}, model="unused")
    with pytest.raises(UsageError, match="no usual model that makes embeddings"):
        nbprovider.embed("a")


def test_two_accounts_of_a_provider_keep_their_addresses_apart(serve):
    one, two = serve(service), serve(service)
    add("openai-compatible", "one", base_url=one.url)
    add("openai-compatible", "two", base_url=two.url)
    nbprovider.embed("a", model="two:tiny")
    assert (paths(one), paths(two)) == ([], ["/v1/embeddings"])


def test_no_variable_leads_a_stored_accounts_service_elsewhere(serve, monkeypatch):
    own, evil = serve(service), serve(service)
    add("openai-compatible", "lab", base_url=own.url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", evil.url)
    nbprovider.embed("a", model="lab:tiny")
    assert (len(own.requests), len(evil.requests)) == (1, 0)


def test_a_chat_goes_to_a_stored_account_by_its_name(serve):
    def talk(peer):
        told = {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}
        peer.whole(200, told)

    server = serve(talk)
    add("openai-compatible", "lab", base_url=server.url, model="m-1")
    answer = nbprovider.ask("Hello", model="lab", whole=True)
    assert answer.text == "hello"
    assert server.requests[0]["body"]["model"] == "m-1"
    assert server.requests[0]["headers"]["authorization"] == f"Bearer {KEY}"


def test_a_vault_that_cannot_be_read_stops_no_other_account(serve, monkeypatch):
    server = serve(service)
    add("groq", "work")
    path = vault().path
    path.rename(path.with_name("aside"))
    path.symlink_to(path.with_name("aside"))
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", server.url)
    assert nbprovider.embed("a", model="openai-compatible:tiny").tolist() == [1, 2]
