"""The snapshot of models is read late, small, and true to what providers are called here."""

import msgspec
import pytest

from nbprovider import catalog
from nbprovider.catalog.model import SNAPSHOT, Facts, snapshot


def test_a_model_is_told_with_window_and_abilities() -> None:
    found = catalog.model("anthropic", "claude-sonnet-5-5")
    assert found
    assert found.facts.kind == "chat"
    assert found.facts.context == 1_000_000
    assert found.can("vision") is True


def test_a_model_without_an_ability_says_so() -> None:
    found = catalog.model("groq", "openai/gpt-oss-120b")
    assert found
    assert found.can("vision") is False


def test_what_nobody_told_is_neither_yes_nor_no() -> None:
    assert catalog.Model("p", "m", Facts()).can("tools") is None


@pytest.mark.parametrize(("provider", "name"), [("openai", "no-such"), ("nobody", "gpt-6-luna")])
def test_an_unknown_model_is_none(provider: str, name: str) -> None:
    assert catalog.model(provider, name) is None


@pytest.mark.parametrize("name", ["anthropic/claude-opus-5.5", "x-ai/grok-4.7"])
def test_a_gateways_model_is_completed_by_its_vendors(name: str) -> None:
    found = catalog.model("openrouter", name)
    assert found
    assert found.facts.context
    assert found.can("tools") is True


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("azure", "gpt-6-luna"),
        ("vertex", "gemini-3.8-flash"),
        ("bedrock", "us.anthropic.claude-sonnet-5-5"),
        ("opencode-zen", "claude-sonnet-5-5"),
        ("chatgpt", "gpt-6.1-sol"),
    ],
)
def test_a_cloud_that_serves_a_makers_model_is_told_of_it_by_the_maker(
    provider: str, name: str
) -> None:
    found = catalog.model(provider, name)
    assert found
    assert found.provider == provider
    assert found.facts.context
    assert found.can("tools") is True


def test_a_server_of_ones_own_may_call_its_model_anything() -> None:
    assert catalog.model("vllm", "gpt-6-luna") is None


def test_what_a_gateway_tells_itself_comes_first() -> None:
    own = Facts(context=10, can=())
    other = Facts(context=20, max_output=5, can=("tools",))
    assert own.completed(other) == Facts(context=10, max_output=5, can=())


@pytest.mark.parametrize(
    ("provider", "name", "kind"),
    [
        ("openai", "text-embedding-3-small", "embedding"),
        ("openai", "gpt-transcribe", "stt"),
        ("groq", "canopylabs/orpheus-v1-english", "tts"),
    ],
)
def test_models_are_told_apart_by_kind(provider: str, name: str, kind: str) -> None:
    found = catalog.model(provider, name)
    assert found
    assert found.facts.kind == kind


def test_every_provider_in_the_snapshot_has_its_file() -> None:
    assert set(snapshot().models) <= set(catalog.load())


def test_the_snapshot_says_when_and_from_what_it_was_made() -> None:
    assert snapshot().date
    assert snapshot().sources


def test_the_snapshot_is_small() -> None:
    assert SNAPSHOT.stat().st_size < 200_000


def test_numbers_are_sizes_of_something() -> None:
    sizes = [
        size
        for models in snapshot().models.values()
        for facts in models.values()
        for size in (facts.context, facts.max_output)
        if size is not None
    ]
    assert sizes
    assert min(sizes) > 0


def test_the_snapshot_has_no_key_that_is_unknown() -> None:
    assert msgspec.json.decode(SNAPSHOT.read_bytes(), type=catalog.Snapshot) == snapshot()
