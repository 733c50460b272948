import pytest

from nbprovider import catalog
from nbprovider.credentials import prefix_trouble

REST = "Zq81seededKEY77xyzzy"


def trouble(provider: str, key: str) -> str:
    return prefix_trouble(catalog.find(provider), key)


@pytest.mark.parametrize(
    ("provider", "begins", "owner"),
    [
        ("openai", "sk-ant-api03-", "Anthropic"),
        ("openai", "sk-or-v1-", "OpenRouter"),
        ("anthropic", "sk-proj-", "OpenAI"),
        ("anthropic", "sk-", "OpenAI"),
        ("groq", "xai-", "xAI"),
        ("google", "gsk_", "Groq"),
        ("mistral", "gsk_", "Groq"),
        ("azure", "sk-ant-", "Anthropic"),
    ],
)
def test_a_key_with_the_beginning_of_anothers_is_told_without_the_key(
    provider: str, begins: str, owner: str
) -> None:
    told = trouble(provider, begins + REST)
    assert told.startswith(f"The key begins with `{begins}`")
    assert owner in told
    assert REST not in told


def test_the_right_beginning_is_told_too() -> None:
    assert "those of Groq with `gsk_`" in trouble("groq", "sk-ant-" + REST)


@pytest.mark.parametrize("key", sorted(catalog.load()))
def test_no_beginning_of_a_providers_own_is_trouble(key: str) -> None:
    provider = catalog.find(key)
    assert [p for p in provider.key_prefix if prefix_trouble(provider, p + REST)] == []


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("mistral", "sk-" + REST),  # many vendors' keys begin so
        ("openai", "eyJ" + REST),  # a token of a company's gateway
        ("openai", REST),
        ("openai-compatible", "sk-ant-" + REST),
        ("vllm", "sk-or-v1-" + REST),
    ],
)
def test_a_beginning_that_tells_nothing_is_no_trouble(provider: str, key: str) -> None:
    assert trouble(provider, key) == ""
