"""Every provider file of ours keeps the rules that the code relies on."""

import re
from collections import defaultdict
from collections.abc import Callable

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.testing.provider import RULES

PROMISED = """
    chatgpt claude-cli gemini-cli codex-cli openai anthropic google openrouter groq ollama
    deepseek xai mistral moonshot together fireworks perplexity cohere cerebras azure bedrock
    vertex opencode-zen zai
    modal vllm lmstudio textgen-webui llamacpp huggingface nvidia sambanova deepinfra minimax
    github-models cloudflare speaches openai-compatible anthropic-compatible json-proxy embedded
"""
FILES = sorted(OURS.glob("*.toml"))
SHARED_ENV = {"ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"}  # anthropic and its stand-in
SHARED_PREFIX = {"sk-", "AIza", "AQ."}  # of many; Google's keys open both of its services

every_file = pytest.mark.parametrize("provider", [*map(parse, FILES)], ids=[f.stem for f in FILES])


def test_the_promised_providers_are_there() -> None:
    assert set(catalog.load()) == set(PROMISED.split())


@every_file
@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_each_rule_is_kept(provider: Provider, rule: Callable[[Provider], None]) -> None:
    rule(provider)


@every_file
def test_protocols_are_ours(provider: Provider) -> None:
    elsewhere = filter(None, (provider.protocol_elsewhere,))
    assert {provider.protocol, *elsewhere, *provider.model_protocols.values()} <= protocols.OWN


@every_file
def test_a_cloud_that_has_a_default_model_recommends_some(provider: Provider) -> None:
    if provider.kind in {"cloud", "gateway"} and provider.default_model:
        assert provider.guide.best.quality


@every_file
def test_a_service_that_ended_is_followed_by_one_that_did_not(provider: Provider) -> None:
    assert bool(provider.succeeded_by) == (provider.kind == "retired")
    if provider.succeeded_by:
        assert catalog.find(provider.succeeded_by).kind != "retired"
        assert not provider.env


@every_file
def test_price_list_is_known_to_genai_prices(provider: Provider) -> None:
    from genai_prices.data import providers

    assert provider.prices in {"", *(listed.id for listed in providers)}


@every_file
def test_stand_in_names_a_provider_of_the_same_protocol(provider: Provider) -> None:
    if provider.stands_in_for:
        assert catalog.find(provider.stands_in_for).protocol == provider.protocol


def test_no_environment_name_speaks_for_two_providers() -> None:
    owners = defaultdict(set)
    for provider in catalog.load().values():
        for name in (*provider.env, *provider.base_url_env):
            owners[name].add(provider.key)
    assert {name for name, keys in owners.items() if len(keys) > 1} == SHARED_ENV


def test_a_key_prefix_tells_its_provider_unless_it_is_known_to_be_shared() -> None:
    owners = defaultdict(set)
    for provider in catalog.load().values():
        for prefix in provider.key_prefix:
            owners[prefix].add(provider.key)
    assert {prefix for prefix, keys in owners.items() if len(keys) > 1} <= SHARED_PREFIX


def test_no_key_prefix_is_hidden_by_a_shorter_one_of_another_provider() -> None:
    pairs = [(p.key, prefix) for p in catalog.load().values() for prefix in p.key_prefix]
    for key, prefix in pairs:
        if prefix not in SHARED_PREFIX:
            assert not [q for k, q in pairs if k != key and q.startswith(prefix)]


def test_no_model_prefix_begins_another_providers() -> None:
    pairs = [(p.key, prefix) for p in catalog.load().values() for prefix in p.model_prefixes]
    assert pairs
    for key, prefix in pairs:
        assert not [other for k, other in pairs if k != key and other.startswith(prefix)]


def test_no_alias_is_used_twice_or_hides_a_provider() -> None:
    aliases = [alias for p in catalog.load().values() for alias in p.aliases]
    assert aliases
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(catalog.load())


def test_files_are_ascii_lower_case_names() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*\.toml", file.name) for file in FILES)


@pytest.mark.parametrize(
    ("key", "chat", "other"),
    [
        ("openai", "gpt-6-luna o3 chatgpt-4o-latest", "whisper-1 gpt-audio text-embedding-3-small"),
        ("google", "gemini-3.8-flash gemma-3", "gemini-embedding-001 gemini-3-pro-image veo-3"),
        ("groq", "openai/gpt-oss-120b", "whisper-large-v3 meta-llama/llama-guard-4-12b"),
        ("ollama", "qwen3:8b", "nomic-embed-text:latest bge-m3"),
        ("mistral", "codestral-latest", "mistral-embed mistral-ocr-latest"),
    ],
)
def test_listed_models_are_told_apart(key: str, chat: str, other: str) -> None:
    models = catalog.find(key).models
    assert all(map(models.chats, chat.split()))
    assert not any(map(models.chats, other.split()))
