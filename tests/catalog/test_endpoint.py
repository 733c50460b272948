"""Which protocol is spoken where, and to whom."""

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider, Quirks

HOME = "https://api.example.org/v1"
TWO_FACED = Provider(
    "two",
    "Two",
    "openai_responses",
    protocol_elsewhere="openai_chat",
    base_url=HOME,
    quirks=Quirks(system_role="developer"),
    quirks_in={"openai_chat": Quirks(rename={"max_tokens": "max_completion_tokens"})},
)
GATEWAY = Provider(
    "zen",
    "Zen",
    "openai_chat",
    base_url=HOME,
    model_protocols={"gpt-": "openai_responses", "gpt-oss": "openai_chat", "claude-": "anthropic"},
)


@pytest.mark.parametrize(
    ("base_url", "protocol"),
    [
        (HOME, "openai_responses"),
        ("https://eu.api.example.org/v1", "openai_responses"),
        ("https://api.example.org:8443/other", "openai_responses"),
        ("http://127.0.0.1:8000/v1", "openai_chat"),
        ("https://notapi.example.org/v1", "openai_chat"),
        ("https://api.example.org.evil.example/v1", "openai_chat"),
    ],
)
def test_another_host_than_the_providers_own_may_speak_another_protocol(base_url, protocol):
    assert Endpoint(TWO_FACED, base_url).protocol_for("m") == protocol
    assert Endpoint(GATEWAY, base_url).protocol_for("m") == "openai_chat"


@pytest.mark.parametrize(
    ("model", "protocol"),
    [
        ("gpt-6", "openai_responses"),
        ("gpt-oss-120b", "openai_chat"),
        ("claude-opus", "anthropic"),
        ("kimi", "openai_chat"),
        ("", "openai_chat"),
    ],
)
def test_a_gateway_speaks_by_the_longest_beginning_of_the_models_name(model, protocol):
    assert Endpoint(GATEWAY, HOME).protocol_for(model) == protocol


def test_the_accounts_own_choice_comes_first():
    assert Endpoint(TWO_FACED, "http://127.0.0.1:1", "anthropic").protocol_for("m") == "anthropic"
    assert Endpoint(GATEWAY, HOME, "gemini").protocol_for("claude-opus") == "gemini"


def test_a_provider_without_an_address_of_its_own_is_nowhere_else():
    bare = Provider("azure", "Azure", "openai_responses", protocol_elsewhere="openai_chat")
    assert Endpoint(bare, "https://mine.example.net/v1").protocol_for("m") == "openai_responses"


def test_quirks_are_those_of_the_protocol_that_is_spoken():
    at_home, away = Endpoint(TWO_FACED, HOME), Endpoint(TWO_FACED, "http://127.0.0.1:1/v1")
    assert at_home.speaking("m") is at_home
    spoken = away.speaking("m").provider
    assert (spoken.protocol, spoken.quirks) == ("openai_chat", TWO_FACED.quirks_in["openai_chat"])
    assert Endpoint(TWO_FACED, HOME, "anthropic").speaking().provider.quirks == Quirks()


def test_words_of_one_protocol_have_another_origin_than_those_of_the_providers_own():
    gateway = Endpoint(GATEWAY, HOME)
    assert gateway.origin("kimi") == "zen"
    assert gateway.origin("claude-opus") == "zen/anthropic"


def test_openai_itself_is_asked_by_responses_and_what_stands_for_it_by_chat():
    openai = catalog.find("openai")
    assert Endpoint(openai, openai.base_url).protocol_for("gpt-6-luna") == "openai_responses"
    assert Endpoint(openai, "http://127.0.0.1:1/v1").protocol_for("m") == "openai_chat"
