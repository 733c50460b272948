"""Sampling while a model of OpenAI's reasons is explained before it is sent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import UsageError
from nbprovider.protocols import openai_chat, openai_responses
from nbprovider.types import Call, Message, Options, Text


def built(model, key="openai", **options):
    provider = catalog.find(key)
    call = Call(model, (Message("user", (Text("Hi"),)),), Options(**options))
    return openai_responses.build(call, Endpoint(provider, "https://example.org/v1"))


@pytest.mark.parametrize(
    ("model", "effort"),
    [
        ("gpt-6-luna", None),
        ("gpt-6-luna", "low"),
        ("gpt-5.5", None),
        ("gpt-5.4", "high"),
        ("gpt-5-mini", None),
        ("gpt-5.3-chat-latest", None),
        ("o4-mini", "medium"),
        ("gpt-6.1-sol", None),
    ],
)
@pytest.mark.parametrize("name", ["temperature", "top_p"])
def test_sampling_while_a_model_reasons_is_refused_with_the_way_out(model, effort, name):
    with pytest.raises(UsageError, match=f"{name} while it reasons") as caught:
        built(model, effort=effort, **{name: 0.2})
    assert f"Leave out {name}" in caught.value.hint


def test_only_a_model_that_can_stop_reasoning_is_told_to():
    with pytest.raises(UsageError) as caught:
        built("gpt-6-luna", temperature=0.2)
    assert "effort 'none'" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        built("o3", temperature=0.2)
    assert "effort 'none'" not in caught.value.hint


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("gpt-6-luna", {"effort": "none", "temperature": 0.2}),
        ("gpt-5.4", {"temperature": 0.2, "top_p": 0.5}),
        ("gpt-4.1", {"temperature": 0.2}),
        ("o3", {"temperature": 1}),
        ("gpt-9-unheard-of", {"temperature": 0.2}),
        ("gpt-50", {"temperature": 0.2}),
    ],
)
def test_what_the_api_takes_is_sent(model, options):
    assert b'"temperature"' in built(model, **options).body


def test_no_effort_is_refused_where_there_is_no_stopping():
    with pytest.raises(UsageError, match="always reasons"):
        built("o3", effort="none")


def chatted(key, base_url, **options):
    provider = replace(catalog.find(key), protocol="openai_chat")
    call = Call("gpt-6-luna", (Message("user", (Text("Hi"),)),), Options(**options))
    return openai_chat.build(call, Endpoint(provider, base_url)).body


@pytest.mark.parametrize(
    ("key", "base_url"),
    [("openai", "https://api.openai.com/v1"), ("azure", "https://us.openai.azure.com/openai/v1")],
)
def test_chat_completions_of_the_makers_own_have_the_same_rules(key, base_url):
    with pytest.raises(UsageError, match="temperature while it reasons"):
        chatted(key, base_url, temperature=0.2)
    with pytest.raises(UsageError, match="'max'"):
        chatted(key, base_url, effort="max")
    assert b'"temperature":0.2' in chatted(key, base_url, temperature=0.2, effort="none")


def test_a_gateway_behind_openais_key_has_rules_of_its_own():
    body = chatted("openai", "https://gateway.example/v1", temperature=0.2, effort="max")
    assert b'"temperature":0.2' in body


def test_others_that_sell_the_model_have_rules_of_their_own():
    assert b'"temperature":0.2' in built("gpt-5-mini", "openrouter", temperature=0.2).body
