"""A provider's own JSON mode is used where it is sure to be taken, and nowhere else."""

from __future__ import annotations

import json

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.protocols import openai_responses
from nbprovider.session import current
from nbprovider.session.json_mode import promises_json
from nbprovider.types import Call, Message, Options, Text

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "GEMINI_API_KEY")


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in KEYS:
        monkeypatch.setenv(name, "sk-0123456789abcdefghijkl")


def promised(model: str) -> bool:
    session = current()
    route = session.route(model)
    accounts = {account.name: account for account in session.accounts()}
    return promises_json(route, accounts.get(route.account))


@pytest.mark.parametrize("model", ["openai", "deepseek:deepseek-flash", "google"])
def test_a_model_that_is_known_to_write_json_is_held_to_it(model):
    assert promised(model)


def test_where_the_protocol_refuses_json_without_a_schema_words_must_do():
    assert not promised("anthropic")


def test_a_model_of_which_nothing_is_known_is_only_told():
    assert not promised("openai:gpt-99-unheard-of")


def test_another_server_at_a_providers_place_is_only_told(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert not promised("openai")


def test_responses_says_json_among_the_input_where_openai_looks_for_it():
    said = (Message("system", (Text("Answer in JSON."),)), Message("user", (Text("hi"),)))
    endpoint = Endpoint(catalog.find("openai"), "https://api.openai.com/v1")
    call = Call("gpt-6-luna", said, Options(json=True))
    body = json.loads(openai_responses.build(call, endpoint).body)
    assert body["text"]["format"] == {"type": "json_object"}
    assert "JSON" in json.dumps(body["input"])
