"""llama.cpp's own server with a real model, in each of the three protocols that it speaks."""

from __future__ import annotations

import json

import pytest

from model_fixture import model_home, model_weights
from nbprovider import catalog, embedded, flow, transport
from nbprovider.catalog import Endpoint, Provider
from nbprovider.credentials import Access, Secret
from nbprovider.errors import ContextTooLong, Unauthorized
from nbprovider.types import Call, Message, Options, Text, Turn, fold

__all__ = ["model_home", "model_weights"]

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("model_home")]

PROTOCOLS = ("openai_chat", "openai_responses", "anthropic")
MODEL = "smollm2-135m-instruct"
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def asked(protocol: str, words: str, key: str = "", **more) -> Turn:
    """Return what the server says to one question, asked in a protocol."""
    base_url, own_key = embedded.endpoint()
    provider = Provider("llamacpp", "llama.cpp", protocol)
    access = Access(Endpoint(provider, base_url), Secret(key or own_key), provider.auth)
    options = Options(max_tokens=more.pop("max_tokens", 8), temperature=0)
    call = Call(MODEL, (Message("user", (Text(words),)),), options, **more)
    return fold(transport.run(flow.attempt(call, access), transport.Settings()))


@every_protocol
def test_a_real_model_answers_in_every_protocol(protocol):
    """Streamed and whole, and in each protocol, one model at no temperature says the same.

    Why it stopped, and how much was read and written, is told as well.
    """
    plain = asked("openai_chat", "Count from one to five.").text
    for stream in (True, False):
        turn = asked(protocol, "Count from one to five.", stream=stream)
        assert turn.text == plain != ""
        assert turn.finish in ("stop", "length")
        assert turn.usage.output
        assert turn.usage.total_input or protocol == "anthropic"


@every_protocol
def test_a_real_refusal_has_its_class(protocol):
    with pytest.raises(Unauthorized):
        asked(protocol, "Hello?", key="wrong-key-0123456789")
    with pytest.raises(ContextTooLong):
        asked(protocol, "word " * 6000)


def test_an_answer_keeps_to_its_schema():
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}},
        "required": ["city"],
        "additionalProperties": False,
    }
    told = asked("openai_chat", "Name a city, as JSON.", schema=schema, max_tokens=60).text
    assert list(json.loads(told)) == ["city"]


def test_its_models_are_listed_by_itself():
    base_url, key = embedded.endpoint()
    provider = catalog.find("llamacpp")
    access = Access(Endpoint(provider, base_url), Secret(key), provider.auth)
    found = transport.result(flow.discover(access), transport.Settings())
    assert [one.id for one in found] == [MODEL]
