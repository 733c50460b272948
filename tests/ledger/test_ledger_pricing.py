"""Costs are exact to the nano-dollar, and unknown where nobody knows."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.ledger import corrections, price, price_list
from nbprovider.ledger.pricing import UNBILLED, UNKNOWN, Cost, total
from nbprovider.types import Usage

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def cost(provider: str, model: str, usage: Usage, at: datetime = NOON, asked: str = "") -> Cost:
    return price(catalog.find(provider), model, usage, at, asked)


# Each sum is worked out by hand: tokens x dollars per million x 1000 is nano-dollars.
BY_HAND = {
    "OpenAI: cached input at a twentieth, reasoning within the output": (
        *("openai", "gpt-6.1-sol", Usage(6_000, 3_000, 4_000, 0, 1_000)),
        6_000 * 2_000 + 4_000 * 100 + 3_000 * 10_000,
    ),
    "OpenAI: a cache write costs a quarter more, once": (
        *("openai", "gpt-6.1-sol", Usage(1_000, 10, 0, 2_000)),
        1_000 * 2_000 + 2_000 * 2_500 + 10 * 10_000,
    ),
    "OpenAI: beyond 272,000 tokens the whole request is dearer": (
        *("openai", "gpt-6.1-sol", Usage(300_000, 1_000)),
        300_000 * 4_000 + 1_000 * 15_000,
    ),
    "OpenAI: the flex tier is half": (
        *("openai", "gpt-6.1-sol", Usage(6_000, 3_000, 4_000, extra={"tier": "flex"})),
        6_000 * 1_000 + 4_000 * 50 + 3_000 * 5_000,
    ),
    "OpenAI: the default tier is the list": (
        *("openai", "gpt-6.1-sol", Usage(100, 10, extra={"tier": "default"})),
        100 * 2_000 + 10 * 10_000,
    ),
    "Anthropic: cache read, five-minute and one-hour writes, each at its price": (
        "anthropic",
        "claude-sonnet-5-5",
        Usage(3, 700, 100_000, 2_000, extra={"cache_write_1h": 500}),
        3 * 2_000 + 100_000 * 100 + 1_500 * 2_500 + 500 * 4_000 + 700 * 10_000,
    ),
    "Anthropic: cached tokens count towards the long context": (
        *("anthropic", "claude-haiku-5-5", Usage(1, 100, 100_000)),
        1 * 500 + 100_000 * 50 + 100 * 2_500,
    ),
    "Anthropic: a search is a cent": (
        *("anthropic", "claude-sonnet-5-5", Usage(100, 10, extra={"searches": 2})),
        100 * 2_000 + 10 * 10_000 + 2 * 10_000_000,
    ),
    "Anthropic: fast mode is double": (
        *("anthropic", "claude-opus-5-5", Usage(1_000, 100, extra={"tier": "fast"})),
        1_000 * 8_000 + 100 * 40_000,
    ),
    "Cohere: what is billed, not all that was read and written": (
        "cohere",
        "command-r7b-12-2024",
        Usage(100, 60, 400, None, 30, {"billed_input": 8, "billed_output": 56}),
        8 * Decimal("37.5") + 56 * 150,
    ),
    "Gemini: thoughts are output": (
        *("google", "gemini-3.8-flash", Usage(1_000, 500, 9_000, None, 300)),
        1_000 * 750 + 9_000 * 75 + 500 * 3_750,
    ),
    "Gemini: the long name of a model is the same model": (
        *("google", "models/gemini-3.8-flash", Usage(1_000, 0)),
        1_000 * 750,
    ),
    "Groq": ("groq", "openai/gpt-oss-120b", Usage(100, 50), 100 * 150 + 50 * 600),
    "DeepSeek: what its cache held": (
        *("deepseek", "deepseek-flash", Usage(100, 10, 1_000)),
        100 * 150 + 1_000 * 3 + 10 * 600,
    ),
    "xAI": ("xai", "grok-4.7", Usage(100, 10, 50, None, 4), 100 * 2_000 + 50 * 500 + 10 * 6_000),
    "Moonshot": ("moonshot", "kimi-k3.1-pro", Usage(10, 1), 10 * 2_000 + 1 * 10_000),
}


@pytest.mark.parametrize("case", BY_HAND.values(), ids=BY_HAND.keys())
def test_exact_to_the_nano_dollar(case):
    """Row 10 of the rivals: cache reads or writes are dropped, charged twice, or overpriced."""
    provider, model, usage, nano = case
    found = cost(provider, model, usage)
    assert (found.nano, found.source, found.unknown) == (nano, "list", 0)
    assert found.price_list.startswith("genai-prices ")


@pytest.mark.parametrize(
    ("told", "nano"),
    [(0.00012345, 123_450), (0, 0), (Decimal("1.5"), 1_500_000_000), ("0.1", 100_000_000)],
)
def test_what_the_provider_charges_comes_first(told, nano):
    found = cost("openrouter", "anthropic/claude-sonnet-5.5", Usage(10, 10, extra={"cost": told}))
    assert (found.nano, found.source) == (nano, "provider")


@pytest.mark.parametrize("told", [None, "much", True, -1, float("nan"), float("inf"), {"a": 1}])
def test_a_charge_that_makes_no_sense_is_passed_over(told):
    usage = Usage(10, 10, extra={"cost": told})
    assert cost("openrouter", "anthropic/claude-sonnet-5.5", usage).nano == 10 * 2_000 + 10 * 10_000


@pytest.mark.parametrize("provider", ["ollama", "lmstudio", "vllm", "llamacpp", "embedded"])
def test_ones_own_computer_costs_nothing_however_many_tokens(provider):
    assert cost(provider, "any", Usage()) == Cost(0, "local")


def test_a_plan_pays_for_its_calls():
    assert cost("chatgpt", "gpt-6.1-sol", Usage(10, 10)) == Cost(0, "subscription")


def test_a_cloud_model_of_ollama_is_not_free():
    assert cost("ollama", "gpt-oss:120b", Usage(1, 1), asked="gpt-oss:120b-cloud") == UNKNOWN


@pytest.mark.parametrize(
    ("provider", "model", "usage"),
    [
        ("openai", "gpt-none-of-the-list", Usage(10, 10)),
        ("openai-compatible", "gpt-6.1-sol", Usage(10, 10)),
        ("anthropic-compatible", "claude-sonnet-5-5", Usage(10, 10)),
        ("openai", "gpt-6.1-sol", Usage()),
        ("openai", "gpt-6.1-sol", Usage(10, None)),
        ("openai", "gpt-6.1-sol", Usage(None, 10, 5)),
        ("openai", "gpt-6.1-sol", Usage(-10, 10)),
        ("openai", "gpt-6.1-sol", Usage(10, 10, extra={"tier": "hyperfast"})),
        ("groq", "openai/gpt-oss-120b", Usage(10, 10, extra={"searches": 1})),
        ("openrouter", "openai/gpt-oss-120b:free", Usage(10, 10)),
        ("openai", "", Usage(10, 10)),
    ],
)
def test_what_nobody_knows_is_unknown_and_never_0(provider, model, usage):
    assert cost(provider, model, usage) == UNKNOWN


def test_the_model_that_answered_is_priced_not_the_one_that_was_asked():
    usage = Usage(1_000, 0)
    assert cost("openai", "gpt-6-luna", usage, asked="gpt-6.1-sol").nano == 1_000 * 100


def test_an_answering_name_that_the_list_lacks_is_priced_as_the_asked_one():
    usage = Usage(1_000, 0)
    assert cost("openai", "sol-internal-7", usage, asked="gpt-6.1-sol").nano == 1_000 * 2_000


def test_a_price_is_that_of_its_hour():
    """DeepSeek's larger model has prices by the hour, UTC; at weekends it is off-peak all day."""
    friday = datetime(2026, 11, 20, tzinfo=UTC)
    hours = [friday + timedelta(hours=hour) for hour in range(4 * 24)]
    costs = [cost("deepseek", "deepseek-v4-pro", Usage(1_000, 0), hour).nano for hour in hours]
    dear = [*range(1, 4), *range(6, 10)]
    assert {hour for hour in range(24) if costs[hour] == 1_320_000} == set(dear)
    assert set(costs[24:72]) == {660_000}  # Saturday and Sunday
    assert costs[72:] == costs[:24]  # Monday


def test_a_price_is_that_of_its_day():
    model, usage = "mistral-large-4", Usage(1_000, 0)
    days = [datetime(2026, 10, day, tzinfo=UTC) for day in (19, 20, 29)]
    assert [cost("mistral", model, usage, day).nano for day in days] == [
        680_000,
        1_360_000,
        700_000,
    ]


def test_a_known_mistake_of_the_list_is_corrected():
    usage = Usage(1_000, 1_000)
    assert cost("mistral", "mistral-large-latest", usage).nano == 1_000 * 500 + 1_000 * 1_500


def test_a_correction_is_the_named_providers_alone():
    assert corrections.priced_as("openrouter", "mistral-large-latest") == "mistral-large-latest"
    assert corrections.priced_as("mistral", "Mistral-Large-Latest") == "mistral-large-2512"
    assert corrections.priced_as("ollama", "qwen3:480b-cloud") == ""
    assert corrections.priced_as("ollama", "soundcloud") == "soundcloud"


def test_every_correction_names_a_provider_of_ours_and_its_source():
    found = corrections.rows()
    for row in (*found.alias, *found.gap, *found.factor, *found.quiet_days):
        assert catalog.known(row.provider)
        assert row.source
        assert row.models
        assert row.checked >= date(2026, 11, 21)


def test_every_gap_is_one_that_the_list_leaves():
    """A row that the list knows by now would never be looked at."""
    for row in corrections.rows().gap:
        listed = catalog.find(row.provider).prices
        for model in row.models if listed else ():
            assert price_list.bundled().find(listed, model) is None, (row.provider, model)


def test_every_provider_that_has_prices_is_in_the_list():
    from genai_prices.data_snapshot import find_provider_by_id, get_snapshot

    named = {provider.prices for provider in catalog.load().values() if provider.prices}
    listed = get_snapshot().providers
    assert [name for name in named if find_provider_by_id(listed, name) is None] == []


def test_a_provider_that_the_list_lacks_is_unknown():
    provider = replace(catalog.find("openai"), prices="nobody")
    assert price(provider, "gpt-6.1-sol", Usage(10, 10), NOON) == UNKNOWN


def test_fractions_of_a_nano_dollar_are_rounded_half_to_even():
    charged = [cost("openai", "x", Usage(extra={"cost": f"{n}.5e-9"})).nano for n in (0, 1, 2)]
    assert charged == [0, 2, 2]


@pytest.mark.parametrize(
    ("costs", "together"),
    [
        ([], Cost()),
        ([UNKNOWN], Cost(None, "unknown", 1)),
        ([UNBILLED], Cost(0, "unbilled")),
        ([UNBILLED, Cost(5, "list")], Cost(5, "list")),
        ([Cost(5, "list"), UNBILLED], Cost(5, "list")),
        ([UNKNOWN, Cost(5, "list"), UNKNOWN], Cost(5, "list", 2)),
        ([Cost(1, "list"), Cost(2, "provider")], Cost(3, "provider")),
        ([UNBILLED, UNKNOWN], Cost(None, "unknown", 1)),
    ],
)
def test_a_sum_is_of_what_is_known_and_counts_what_is_not(costs, together):
    assert total(costs) == together


def test_loading_the_ledger_imports_neither_prices_nor_pandas():
    script = (
        "import sys, nbprovider.ledger\n"
        "print({'genai_prices', 'pandas', 'httpx2', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
