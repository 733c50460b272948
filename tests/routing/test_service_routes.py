"""Which account and model a service is asked of, and why."""

from __future__ import annotations

import pytest

from nbprovider import catalog
from nbprovider.credentials import Account
from nbprovider.errors import UsageError
from nbprovider.routing import Known
from nbprovider.routing.services import EMBEDDINGS, SPEECH, TRANSCRIPTION, service_route


def known(*keys, **more):
    accounts = tuple(Account(key, key, "", "test", has_key=True) for key in keys)
    return Known(providers=catalog.load(), accounts=accounts, **more)


def way(name, service, given):
    route = service_route(name, service, given)
    return f"{route.provider}:{route.model}"


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("openai", "openai:text-embedding-3-small"),
        ("OpenAI", "openai:text-embedding-3-small"),
        ("openai:text-embedding-3-large", "openai:text-embedding-3-large"),
        ("ollama", "ollama:nomic-embed-text"),
        ("mistral-embed", "mistral:mistral-embed"),
        ("embed-v5.0-pro", "cohere:embed-v5.0-pro"),
        ("something-else", "openai:something-else"),
    ],
)
def test_a_name_means_an_account_that_has_the_service(name, means):
    given = known("anthropic", "openai", "mistral", "cohere", "ollama")
    assert way(name, EMBEDDINGS, given) == means


@pytest.mark.parametrize(
    ("service", "means"),
    [
        (EMBEDDINGS, "openai:text-embedding-3-small"),
        (SPEECH, "openai:gpt-4o-mini-tts"),
        (TRANSCRIPTION, "openai:gpt-transcribe"),
    ],
)
def test_no_name_means_the_first_account_that_has_the_service(service, means):
    assert way(None, service, known("anthropic", "openai", "google")) == means


def test_no_name_prefers_the_active_account_if_it_has_the_service():
    given = known("openai", "google", default_model="google:gemini-3.8-flash")
    assert way(None, EMBEDDINGS, given).startswith("google:gemini-embedding")
    lacking = known("openai", "anthropic", default_model="anthropic:claude-sonnet-5-5")
    assert way(None, EMBEDDINGS, lacking).startswith("openai:")


def test_an_account_without_a_usual_model_gives_way_to_one_that_has_it():
    assert way(None, SPEECH, known("openai-compatible", "groq")).startswith("groq:")


def test_the_role_comes_before_any_account_and_may_name_a_provider_alone():
    given = known("openai", "ollama", roles={"embedding": "ollama", "tts": "openai:loud"})
    assert way(None, EMBEDDINGS, given) == "ollama:nomic-embed-text"
    assert way(None, SPEECH, given) == "openai:loud"
    assert "role 'tts'" in service_route(None, SPEECH, given).reason


def test_a_provider_without_the_service_is_refused_with_those_that_have_it():
    with pytest.raises(UsageError, match="Anthropic has no service that transcribes") as told:
        service_route("anthropic", TRANSCRIPTION, known("anthropic", "groq"))
    assert told.value.hint.startswith("These have: groq, ")


def test_an_account_without_a_usual_model_says_how_to_name_one():
    with pytest.raises(UsageError, match="no usual model that makes embeddings") as told:
        service_route(None, EMBEDDINGS, known("llamacpp"))
    assert told.value.hint == 'Name one: model="llamacpp:MODEL".'


def test_a_usual_model_leads_to_its_provider_also_without_a_key():
    assert way("text-embedding-3-small", EMBEDDINGS, known()) == "openai:text-embedding-3-small"


@pytest.mark.parametrize("name", [None, "some-model"])
def test_without_any_account_the_providers_are_named(name):
    with pytest.raises(UsageError, match="No account is configured that speaks") as told:
        service_route(name, SPEECH, known("anthropic"))
    assert "openai" in told.value.hint
