"""The user's own prices and discounts come before every list, and never before the provider."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbprovider import catalog, config
from nbprovider.errors import ConfigError
from nbprovider.ledger import price
from nbprovider.ledger.forecast import running
from nbprovider.ledger.pricing import UNKNOWN, Cost, rates
from nbprovider.types import Route, Usage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def settings():
    def write(text: str) -> None:
        path = config.settings_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def cost(provider: str, model: str, usage: Usage, account: str = "", asked: str = "") -> Cost:
    return price(catalog.find(provider), model, usage, NOON, asked, account)


def test_a_self_hosted_model_costs_what_the_user_says(settings):
    settings('[prices."vllm:*"]\ninput = 0.5\noutput = 1.5\n')
    assert cost("vllm", "qwen3", Usage(1_000, 100)) == Cost(1_000 * 500 + 100 * 1_500, "own")
    assert cost("ollama", "qwen3", Usage(1_000, 100)) == Cost(0, "local")


def test_a_custom_model_that_no_list_has_gets_a_price(settings):
    settings('[prices."openai-compatible:llama-x"]\ninput = 0.1\noutput = 0.2\n')
    assert cost("openai-compatible", "LLAMA-X", Usage(10, 10)).nano == 10 * 100 + 10 * 200
    assert cost("openai-compatible", "llama-y", Usage(10, 10)) == UNKNOWN


def test_each_kind_of_token_has_its_price_and_counts_once(settings):
    settings(
        '[prices."anthropic:claude-sonnet-5-5"]\n'
        "input = 3\noutput = 15\ncache_read = 0.3\ncache_write = 4\ncache_write_1h = 6\n"
        "reasoning = 20\nsearches = 10\nrequests = 1000\n"
    )
    used = Usage(100, 50, 1_000, 300, 20, {"cache_write_1h": 200, "searches": 2})
    read = 100 * 3_000 + 1_000 * 300 + 100 * 4_000 + 200 * 6_000
    written = 30 * 15_000 + 20 * 20_000
    calls = 2 * 10_000_000 + 1_000_000_000
    assert cost("anthropic", "claude-sonnet-5-5", used).nano == read + written + calls


def test_a_kind_without_a_price_costs_what_input_or_output_does(settings):
    settings('[prices."groq:m"]\ninput = 1\noutput = 2\n')
    used = Usage(10, 30, 40, 5, 9, {"audio_input": 4, "audio_output": 3, "cache_write_1h": 2})
    assert cost("groq", "m", used).nano == (10 + 40 + 5) * 1_000 + 30 * 2_000


@pytest.mark.parametrize(
    "used", [Usage(10, 10, extra={"searches": 1}), Usage(10), Usage(5, 5, extra={"audio_input": 9})]
)
def test_what_an_own_price_does_not_cover_is_unknown_and_never_0(settings, used):
    settings('[prices."groq:m"]\ninput = 1\noutput = 2\n')
    assert cost("groq", "m", used) == UNKNOWN


def test_what_the_provider_charged_comes_before_an_own_price(settings):
    settings('[prices."openrouter:*"]\ninput = 1\noutput = 1\n')
    assert cost("openrouter", "m", Usage(10, 10, extra={"cost": 0.5})).source == "provider"


def test_an_account_comes_before_its_provider_and_a_name_before_a_pattern(settings):
    settings(
        '[prices."openai:*"]\ninput = 1\noutput = 0\n'
        '[prices."openai:gpt-6-*"]\ninput = 2\noutput = 0\n'
        '[prices."openai:gpt-6-luna"]\ninput = 3\noutput = 0\n'
        '[prices."work:*"]\ninput = 4\noutput = 0\n'
    )
    one = Usage(1, 0)
    assert cost("openai", "x", one).nano == 1_000
    assert cost("openai", "gpt-6-sol", one).nano == 2_000
    assert cost("openai", "gpt-6-luna", one).nano == 3_000
    assert cost("openai", "gpt-6-luna", one, "work").nano == 4_000


def test_speech_and_recordings_have_prices_by_their_length(settings):
    settings('[prices."speaches:*"]\ncharacters = 10\naudio_hours = 0.36\n')
    assert cost("speaches", "tts", Usage(extra={"characters": 500})).nano == 500 * 10_000
    assert cost("speaches", "stt", Usage(extra={"seconds": 30})).nano == 3_000_000
    assert cost("speaches", "m", Usage(10, 10)) == UNKNOWN


def test_a_discount_is_the_part_of_the_list_price_that_is_paid(settings):
    settings("[discounts]\nopenai = 0.8\nwork = 0.5\n")
    used, full = Usage(1_000, 100), 1_000 * 2_000 + 100 * 10_000
    found = cost("openai", "gpt-6.1-sol", used)
    assert (found.nano, found.source) == (full * 8 // 10, "list")
    assert found.price_list.endswith(", times 0.8")
    assert cost("openai", "gpt-6.1-sol", used, "work").nano == full // 2
    assert cost("groq", "openai/gpt-oss-120b", Usage(100, 50)).nano == 100 * 150 + 50 * 600


def test_a_discount_is_none_on_what_the_provider_charged(settings):
    settings("[discounts]\nopenrouter = 0.5\n")
    assert cost("openrouter", "m", Usage(extra={"cost": 1})).nano == 1_000_000_000


def test_budgets_and_lists_of_models_know_own_prices_and_discounts(settings):
    settings('[prices."vllm:m"]\ninput = 1\noutput = 2\n[discounts]\nwork = 0.5\n')
    assert running(Route("vllm", "m", "vllm"), 10, 10) == 30_000
    assert running(Route("openai", "gpt-6.1-sol", "work"), 1_000, 0) == 1_000_000
    assert rates(catalog.find("openai"), "gpt-6.1-sol", "work") == (1.0, 5.0)


def test_a_mistake_in_a_price_is_named_with_its_key(settings):
    settings('[prices."vllm:m"]\nimput = 1\n')
    with pytest.raises(ConfigError, match="imput"):
        cost("vllm", "m", Usage(1, 1))
