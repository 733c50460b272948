"""OpenAI's Responses as llama.cpp's own server speaks it, with a real language model."""

from __future__ import annotations

import pytest

from model_fixture import model_home, model_weights  # noqa: F401 - fixtures
from nbprovider import catalog, embedded, transport
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access, Secret
from nbprovider.flow import Means, resilient
from nbprovider.types import Call, Message, Options, Route, Text, Tool, Turn, fold

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("model_home")]

MODEL = "smollm2-135m-instruct"


def ask(call: Call) -> Turn:
    provider = catalog.find("embedded")
    base_url, key = embedded.endpoint()
    at = Endpoint(provider, base_url, protocol="openai_responses")
    way = Access(at, Secret(key), provider.auth)
    flow = resilient(call, (Route("embedded", MODEL, "embedded"),), Means(lambda _: way))
    return fold(transport.run(flow, transport.Settings()))


@pytest.mark.parametrize("stream", [True, False])
def test_a_conversation_goes_there_and_back(stream):
    """Instructions, a turn of the model's own, and the reply's words, counts and end."""
    first = ask(_call(Message("user", (Text("Say hello."),)), stream=stream))
    assert first.text
    assert first.finish in ("stop", "length")
    assert first.origin == "embedded/openai_responses"
    again = _call(
        Message("user", (Text("Say hello."),)),
        first.message(),
        Message("user", (Text("And again."),)),
        stream=stream,
    )
    second = ask(again)
    assert second.text
    assert (second.usage.total_input or 0) > (first.usage.total_input or 0)
    assert 0 < (second.usage.output or 0) <= 12


def _call(*messages: Message, stream: bool) -> Call:
    system = Message("system", (Text("You are friendly."),))
    tool = Tool("now", "Tell the time.", {"type": "object", "properties": {}})
    options = Options(max_tokens=12, temperature=0.0)
    return Call(MODEL, (system, *messages), options, (tool,), "none", stream=stream)
