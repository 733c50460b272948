"""The list as it came, and as it was fetched; what tiers, regions and hours do to a price."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.ledger import fetched, price, price_list
from nbprovider.ledger.fetched import Fetched
from nbprovider.ledger.pricing import UNKNOWN
from nbprovider.types import Usage
from published import model, published

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
VERSION = price_list.bundled().version.split()[1]


def cost(provider: str, name: str, usage: Usage):
    return price(catalog.find(provider), name, usage, NOON)


def keep(data: bytes, version: str = VERSION) -> None:
    fetched.keep(Fetched(NOON, version, "https://example.org/data.json", data))


def dearer(told) -> None:
    model(told, "groq", "openai/gpt-oss-120b")["prices"]["input_mtok"] = 7


def test_fetched_prices_take_the_place_of_those_that_came_with_the_library():
    used = Usage(1_000, 0)
    before = cost("groq", "openai/gpt-oss-120b", used)
    keep(published(dearer))
    after = cost("groq", "openai/gpt-oss-120b", used)
    assert (before.nano, after.nano) == (150_000, 7_000_000)
    assert after.price_list == f"genai-prices {VERSION}, fetched 2026-11-20"


def test_prices_that_another_kernel_has_fetched_are_used_at_once():
    keep(published())
    assert cost("groq", "openai/gpt-oss-120b", Usage(1_000, 0)).nano == 150_000
    keep(published(dearer))
    assert cost("groq", "openai/gpt-oss-120b", Usage(1_000, 0)).nano == 7_000_000


def test_a_newer_library_comes_before_what_was_fetched_for_an_older_one():
    keep(published(dearer), "0.0.1")
    assert price_list.current() is price_list.bundled()


@pytest.mark.parametrize("text", [b"", b"{", b"[]x", b'{"at": 1}', b"\xff\xfe"])
def test_a_damaged_file_of_prices_leaves_those_of_the_library(text):
    keep(published(dearer))
    fetched.path().write_bytes(text)
    assert fetched.kept() is None
    assert price_list.current() is price_list.bundled()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"<html>", b'[{"id": 1}]'])
def test_what_is_no_price_list_is_none(data):
    assert price_list.parsed(data) is None


def test_a_published_list_says_what_it_said_when_it_was_bundled():
    found = price_list.PriceList(price_list.parsed(published()), "")
    for provider, name in (("openai", "gpt-6.1-sol"), ("anthropic", "claude-sonnet-5-5")):
        told = price_list.bundled().card(provider, name, NOON)
        assert found.card(provider, name, NOON) == told


ASKED = Usage(1_000, 100)
PLAIN = 1_000 * 2_000 + 100 * 10_000


@pytest.mark.parametrize(
    ("tier", "times"),
    [
        *(("", 1), ("auto", 1), ("DEFAULT", 1), ("batch", 0.5)),
        *(("flex", 0.5), ("priority", 2), ("fast", 2), ("ultrafast", 6)),
    ],
)
def test_the_tier_in_the_reply_is_the_one_that_is_charged(tier, times):
    assert cost("openai", "gpt-6.1-sol", replace(ASKED, extra={"tier": tier})).nano == PLAIN * times


@pytest.mark.parametrize("tier", ["ON_DEMAND", "standard", "STANDARD"])
def test_googles_words_for_the_usual_tier_are_the_usual_price(tier):
    used = Usage(1_000, 0, extra={"tier": tier})
    assert cost("vertex", "gemini-3.8-flash", used).nano == 750_000


def test_vertexs_word_for_flex_is_flex():
    used = Usage(1_000, 0, extra={"tier": "ON_DEMAND_FLEX"})
    assert cost("vertex", "gemini-3.8-flash", used) == UNKNOWN  # no row for Vertex
    assert cost("google", "gemini-3.8-flash", used).nano == 375_000


@pytest.mark.parametrize("tier", ["PROVISIONED_THROUGHPUT", "scale", "reserved"])
def test_a_tier_that_a_contract_pays_for_is_unknown(tier):
    assert cost("google", "gemini-3.8-flash", replace(ASKED, extra={"tier": tier})) == UNKNOWN


def test_another_providers_tier_is_not_taken_for_this_ones():
    """Azure's flex is not in the list, though OpenAI's is, and Azure's models are OpenAI's."""
    assert cost("azure", "gpt-6.1-sol", ASKED).nano == PLAIN
    assert cost("azure", "gpt-6.1-sol", replace(ASKED, extra={"tier": "flex"})) == UNKNOWN


def test_tokens_cost_a_tenth_more_in_a_region_and_searches_do_not():
    used = replace(ASKED, extra={"region": "eu", "searches": 1})
    found = cost("openai", "gpt-6.1-sol", used)
    assert found.nano == PLAIN * 11 // 10 + 10_000_000
    assert found.price_list.endswith(", corrected")


def test_a_region_changes_only_models_that_it_is_dearer_for():
    older = Usage(1_000, 0, extra={"region": "eu"})
    assert cost("openai", "gpt-4.1", older).nano == cost("openai", "gpt-4.1", Usage(1_000, 0)).nano
    claude = Usage(1_000, 0, extra={"region": "us"})
    assert cost("anthropic", "claude-sonnet-5-5", claude).nano == 2_200_000


def test_bedrocks_profiles_have_their_own_prices():
    one = Usage(1_000, 0)
    assert cost("bedrock", "us.anthropic.claude-sonnet-5-5", one).nano == 2_200_000
    assert cost("bedrock", "global.anthropic.claude-sonnet-5-5", one).nano == 2_000_000


def test_what_stays_12_hours_costs_twice_a_write_and_does_not_lengthen_the_prompt():
    used = Usage(1_000, 0, 0, 200_000, extra={"cache_write_12h": 200_000})
    assert cost("openai", "gpt-6.1-sol", used).nano == 1_000 * 2_000 + 2 * 200_000 * 2_500


@pytest.mark.parametrize(
    ("provider", "name", "extra", "nano"),
    [
        ("openai", "whisper-1", {"seconds": 60}, 6_000_000),
        ("groq", "whisper-large-v3", {"seconds": 3}, 308_333),  # at least ten seconds
        ("openai", "tts-1", {"characters": 1_000}, 15_000_000),
        ("groq", "canopylabs/orpheus-v1-english", {"characters": 1_000}, 22_000_000),
    ],
)
def test_speech_and_recordings_cost_by_their_length(provider, name, extra, nano):
    assert cost(provider, name, Usage(extra=extra)).nano == nano


def test_a_length_that_nobody_tells_is_unknown():
    assert cost("openai", "whisper-1", Usage()) == UNKNOWN
    assert cost("openai", "gpt-4o-mini-tts", Usage(extra={"characters": 10})) == UNKNOWN


def test_sound_pictures_and_searches_of_files_have_their_own_rates():
    heard = Usage(1_100, 0, extra={"audio_input": 100})
    assert cost("google", "gemini-2.5-flash", heard).nano == 1_000 * 300 + 100 * 1_000
    drawn = Usage(0, 1_300, extra={"image_output": 1_290})
    found = cost("google", "gemini-2.5-flash-image", drawn)
    assert found.nano == 10 * 2_500 + 1_290 * 30_000
    files = replace(ASKED, extra={"file_searches": 2})
    assert cost("openai", "gpt-6.1-sol", files).nano == PLAIN + 5_000_000


def test_a_model_that_the_list_lacks_has_the_price_of_our_row():
    found = cost("sambanova", "DeepSeek-R1", Usage(1_000, 100))
    assert (found.nano, found.source) == (1_000 * 5_000 + 100 * 7_000, "list")
    assert found.price_list == "correction of 2026-11-21"
    flex = Usage(1_000, 100, extra={"tier": "flex"})
    assert cost("sambanova", "DeepSeek-R1", flex) == UNKNOWN
