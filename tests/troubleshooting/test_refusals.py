"""Money, limits, models and questions: what a provider refuses, and what is told of it."""

from __future__ import annotations

import asyncio

import pytest

import nbprovider
from loopback import Peer
from nbprovider import errors, session

LUNA = "openai:gpt-6-luna"


@pytest.fixture
def refused(serve, monkeypatch):
    """Have OpenAI, as it speaks Chat Completions, refuse every question; its list is served."""

    def start(status: int, code: str, words: str, param: str | None = None, **headers: str):
        told = {"error": {"message": words, "type": "x", "param": param, "code": code}}

        def script(peer: Peer) -> None:
            if peer.request["method"] == "GET":
                peer.whole(200, {"object": "list", "data": [{"id": "gpt-6-luna"}]})
            else:
                peer.whole(status, told, **headers)

        server = serve(script)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-seeded0123456789abcdef")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        return server

    return start


def test_an_empty_balance_is_no_rate_limit(person, refused):
    refused(429, "insufficient_quota", "You exceeded your current quota.")
    error = person.sees("429 insufficient_quota", LUNA)
    assert type(error) is errors.QuotaExhausted


def test_when_all_routes_fail_the_first_ones_fix_is_told(person, refused, serve, monkeypatch):
    refused(402, "payment_required", "Insufficient Balance")
    told = {"error": {"message": "No.", "code": "invalid_api_key"}}
    monkeypatch.setenv("GROQ_API_KEY", "gsk_seeded0123456789")
    monkeypatch.setenv("GROQ_BASE_URL", serve(lambda peer: peer.whole(401, told)).url)
    error = person.sees("none of several routes answered", LUNA)
    assert len(error.errors) == 2


def test_who_failed_too_often_is_left_alone(person, refused, monkeypatch):
    server = refused(503, "overloaded", "Busy.")
    monkeypatch.setattr(session.current().breakers, "_clock", lambda: 0.0)
    for _ in range(3):
        with pytest.raises(errors.Overloaded):
            nbprovider.ask("hi", model=LUNA)
    asked = len(server.requests)
    assert type(person.sees("an account is left alone", LUNA)) is errors.CircuitOpen
    assert len(server.requests) == asked


def test_a_spent_budget_says_how_to_go_on(person, refused):
    server = refused(503, "overloaded", "Busy.")
    nbprovider.set_budget("day", 0.000001)
    assert type(person.sees("a budget is spent", LUNA)) is errors.BudgetExceeded
    nbprovider.set_budget("day", 0)
    nbprovider.set_budget("call", 0.000001)
    person.sees("a call is dearer than it may be", LUNA)
    assert server.requests == []


def test_a_call_without_a_price_is_blocked_where_that_is_wanted(person, refused, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{refused(503, 'x', 'y').url}/v1")
    person.set("tries = 1", 'budget_unknown = "block"', "[budget]", "day = 5")
    person.sees("no price, and a budget", "openai-compatible:tiny")


def test_a_402_is_an_empty_balance(person, refused):
    refused(402, "payment_required", "Insufficient Balance")
    assert type(person.sees("402", LUNA)) is errors.QuotaExhausted


def test_a_limit_that_names_its_end_is_told_with_it(person, refused):
    refused(429, "rate_limit_exceeded", "Slow down.", retry_after="7")
    assert type(person.sees("429 with Retry-After", LUNA)) is errors.RateLimited


def test_a_limit_without_an_end_is_told(person, refused):
    refused(429, "rate_limit_exceeded", "Slow down.")
    assert type(person.sees("429", LUNA)) is errors.RateLimited


def test_a_pause_that_is_too_long_is_told_and_not_waited_for(person, refused):
    person.set("tries = 3")
    server = refused(429, "rate_limit_exceeded", "Slow down.", retry_after="3600")
    person.sees("429 with a very long Retry-After", LUNA)
    assert len(server.requests) == 2, "one by the API, one by the cell"


def test_an_overload_is_waited_out(person, refused):
    refused(529, "overloaded_error", "Overloaded")
    assert type(person.sees("529 or 503", LUNA)) is errors.Overloaded


def test_a_slip_in_a_models_name_is_told_with_the_nearest(person, refused):
    refused(404, "model_not_found", "The model does not exist.")
    person.sees("the model is not found, a similar one is", "openai:gpt-6-lunna")


@pytest.mark.usefixtures("person")
def test_every_way_to_ask_names_the_nearest_model(refused, page):
    refused(404, "model_not_found", "The model does not exist.")

    async def answered() -> None:
        await nbprovider.aask("hi", model="openai:gpt-6-lunna")

    async def streamed() -> None:
        async for _ in nbprovider.astream("hi", model="openai:gpt-6-lunna"):
            pass

    ways = (
        lambda: list(nbprovider.stream("hi", model="openai:gpt-6-lunna")),
        lambda: asyncio.run(answered()),
        lambda: asyncio.run(streamed()),
    )
    for way in ways:
        with pytest.raises(errors.UnknownModel) as raised:
            way()
        assert raised.value.hint == page["the model is not found, a similar one is"]


def test_a_model_that_is_like_no_other_is_told_with_the_list(person, refused):
    refused(404, "model_not_found", "The model does not exist.")
    person.sees("the model is not found", "openai:zephyr-tools")


def test_a_retired_model_is_told_with_its_successor(person, refused):
    refused(404, "model_not_found", "The model has been deprecated.")
    person.sees("the model is retired", "openai:gpt-4")


def test_a_model_of_another_provider_is_told_with_its_owner(person, campus, serve):
    told = {"error": {"message": "No such model.", "code": "model_not_found"}}
    campus(serve(lambda peer: peer.whole(404, told)).url)
    person.sees("the model is another provider's", "campus:claude-sonnet-5-5")


def test_a_gateways_model_without_a_slash_is_told_how_it_is_written(person, serve, monkeypatch):
    told = {"error": {"message": "gpt-6-luna is not a valid model ID", "code": 400}}
    server = serve(lambda peer: peer.whole(400, told))
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-seeded0123456789")
    monkeypatch.setenv("OPENROUTER_BASE_URL", f"{server.url}/api/v1")
    error = person.sees("OpenRouter's model has no slash", "openrouter:gpt-6-luna")
    assert type(error) is errors.UnknownModel


def test_a_model_that_ollama_lacks_is_told_how_to_get(person, serve, monkeypatch):
    def script(peer: Peer) -> None:
        if peer.request["path"] == "/api/tags":
            peer.whole(200, {"models": []})
        else:
            peer.whole(404, {"error": "model 'qwen3' not found"})

    monkeypatch.setenv("OLLAMA_HOST", serve(script).url)
    person.sees("Ollama has not got the model", "ollama:qwen3")


def test_a_temperature_is_refused_before_sending_where_a_model_thinks(person, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-seeded0123456789abcdef")
    error = person.sees(
        "temperature while the model thinks",
        "anthropic:claude-sonnet-4-5",
        "-t 0.2 --effort high --max-tokens 9000",
        temperature=0.2,
        effort="high",
        max_tokens=9000,
    )
    assert type(error) is errors.UsageError


def test_an_option_that_the_provider_blames_is_named(person, refused):
    words = "Unsupported value: 'temperature' does not support 0.2 with this model."
    refused(400, "unsupported_value", words, "temperature")
    person.sees("the provider blames an option", LUNA, "-t 0.2", temperature=0.2)


def test_a_conversation_that_is_too_long_is_told(person, refused):
    refused(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")
    assert type(person.sees("the conversation is too long", LUNA)) is errors.ContextTooLong


def test_a_refusal_of_content_is_told(person, refused):
    refused(400, "content_policy_violation", "Your request was rejected by our safety system.")
    assert type(person.sees("the content is refused", LUNA)) is errors.ContentRefused
