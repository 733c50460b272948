"""Every provider file of ours keeps the rules that the code relies on."""

import re
from collections import defaultdict

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.types import Options

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
def test_protocols_are_ours(provider: Provider) -> None:
    elsewhere = filter(None, (provider.protocol_elsewhere,))
    others = {*elsewhere, *provider.model_protocols.values()}
    assert {provider.protocol, *others} <= protocols.OWN
    assert set(provider.quirks_in) <= others - {provider.protocol}


@every_file
def test_default_and_small_model_are_not_retired(provider: Provider) -> None:
    ended = {*provider.retired, *provider.retiring}
    assert not {provider.default_model, provider.small_model} & ended


@every_file
def test_no_model_that_is_recommended_or_listed_by_us_ends_soon(provider: Provider) -> None:
    best = provider.guide.best
    named = {best.quality, best.speed, best.price, *provider.models.static}
    assert not named & {*provider.retired, *provider.retiring}


@every_file
def test_what_is_recommended_chats_and_is_complete(provider: Provider) -> None:
    best = provider.guide.best
    named = [best.quality, best.speed, best.price]
    assert all(named) or not any(named)
    assert all(map(provider.models.chats, filter(None, named)))


@every_file
def test_a_cloud_that_has_a_default_model_recommends_some(provider: Provider) -> None:
    if provider.kind in {"cloud", "gateway"} and provider.default_model:
        assert provider.guide.best.quality


@every_file
def test_a_successor_is_itself_not_retired(provider: Provider) -> None:
    followers = {*provider.retired.values(), *(end.successor for end in provider.retiring.values())}
    assert not followers & set(provider.retired)


@every_file
def test_a_successor_outlives_what_it_follows(provider: Provider) -> None:
    for end in provider.retiring.values():
        heir = provider.retiring.get(end.successor)
        assert heir is None or heir.on > end.on


@every_file
def test_a_model_is_retired_or_will_be_but_not_both(provider: Provider) -> None:
    assert not set(provider.retired) & set(provider.retiring)


@every_file
def test_a_service_that_ended_is_followed_by_one_that_did_not(provider: Provider) -> None:
    assert bool(provider.succeeded_by) == (provider.kind == "retired")
    if provider.succeeded_by:
        assert catalog.find(provider.succeeded_by).kind != "retired"
        assert not provider.env


@every_file
def test_a_model_of_a_service_belongs_to_a_service_with_a_path(provider: Provider) -> None:
    assert set(provider.service_models) <= set(provider.services)


@every_file
def test_listed_models_of_ours_include_the_default(provider: Provider) -> None:
    if provider.models.static and not provider.program:
        assert {provider.default_model, provider.small_model} <= set(provider.models.static)
        assert all(map(provider.models.chats, provider.models.static))


@every_file
def test_default_and_small_model_are_listed_as_chat_models(provider: Provider) -> None:
    for model in filter(None, (provider.default_model, provider.small_model)):
        assert provider.models.chats(model)


@every_file
def test_what_needs_a_key_says_where_to_get_one(provider: Provider) -> None:
    if provider.needs_key and provider.kind not in {"custom", "retired"}:
        assert provider.env
        assert provider.key_url.startswith("https://")
        assert provider.default_model


@every_file
def test_address_is_given_or_asked_for_and_has_no_slash_at_its_end(provider: Provider) -> None:
    template = provider.proxy  # its address is what a user's own file is for
    started = provider.launcher or provider.program
    assert provider.base_url or provider.base_url_env or started or template
    assert not provider.base_url.endswith("/")


@every_file
def test_address_ends_as_its_own_rules_ask(provider: Provider) -> None:
    if provider.base_url and provider.base_path:
        assert provider.base_url.endswith(provider.base_path)
    assert not any(provider.base_url.endswith(end) for end in provider.base_drop)


@every_file
def test_plain_http_is_only_for_this_machine(provider: Provider) -> None:
    if provider.base_url and not provider.base_url.startswith("http://127.0.0.1:"):
        assert provider.base_url.startswith("https://")


@every_file
def test_a_header_that_carries_the_key_belongs_to_an_environment_name(provider: Provider) -> None:
    assert set(provider.auth_by_env) <= set(provider.env)


@every_file
def test_longer_key_prefixes_come_first(provider: Provider) -> None:
    for i, prefix in enumerate(provider.key_prefix):
        assert not any(later.startswith(prefix) for later in provider.key_prefix[i + 1 :])


@every_file
def test_renamed_and_refused_options_exist(provider: Provider) -> None:
    for quirks in (provider.quirks, *provider.quirks_in.values()):
        assert {*quirks.rename, *quirks.refuse} <= set(Options.__struct_fields__)


@every_file
def test_price_list_is_known_to_genai_prices(provider: Provider) -> None:
    from genai_prices.data import providers

    assert provider.prices in {"", *(listed.id for listed in providers)}


@every_file
def test_guide_says_what_for_how_and_what_it_costs(provider: Provider) -> None:
    guide = provider.guide
    assert guide.pick_for
    assert guide.steps
    assert guide.cost
    assert all(step.endswith((".", ":free.")) for step in (*guide.steps, *guide.trouble))


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
