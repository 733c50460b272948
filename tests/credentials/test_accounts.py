from pathlib import Path

import pytest

from nbprovider import catalog, credentials
from nbprovider.credentials import Account, Secret, accounts


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch):
    """Return a function that sets environment variables."""

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


def names() -> list[str]:
    return [account.name for account in accounts()]


def only() -> Account:
    (account,) = accounts()
    return account


def test_nothing_set_is_no_account() -> None:
    assert accounts() == []


def test_the_embedded_model_is_an_account_once_installed() -> None:
    (account,) = accounts(embedded=True)
    assert (account.name, account.base_url, account.source) == ("embedded", "", "installed")


TEMPLATES = {"json-proxy"}
"""Files that are no account before a user's own file says more."""


@pytest.mark.parametrize("key", sorted(set(catalog.load()) - TEMPLATES))
def test_each_key_name_of_each_provider_makes_its_account(env, key: str) -> None:
    provider = catalog.find(key)
    if provider.kind == "custom":
        env(**{provider.base_url_env[0]: "https://own.example.org"})
    for name in provider.env:
        env(**{name: "some-key-1234"})
        account = only()
        assert (account.provider, account.has_key) == (key, True)
        assert account.source == f"environment {provider.env[0]}"


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_counts_as_unset(env, value: str) -> None:
    env(OPENAI_API_KEY=value, OLLAMA_HOST=value)
    assert accounts() == []


def test_accounts_come_in_the_order_of_preference(env) -> None:
    env(OPENAI_API_KEY="a", GROQ_API_KEY="b", OPENROUTER_API_KEY="c", ANTHROPIC_API_KEY="d")
    env(OLLAMA_HOST="gpu", OPENAI_COMPATIBLE_BASE_URL="https://own.example.org", XAI_API_KEY="e")
    assert [account.name for account in accounts(embedded=True)] == [
        *("anthropic", "openrouter", "openai", "groq", "xai"),
        *("openai-compatible", "ollama", "embedded"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "provider", "base_url"),
    [
        ("OLLAMA_HOST", "gpu", "ollama", "http://gpu:11434"),
        ("OLLAMA_BASE_URL", "http://gpu:1", "ollama", "http://gpu:1"),
        ("VLLM_BASE_URL", "http://127.0.0.1:8000", "vllm", "http://127.0.0.1:8000/v1"),
        ("LMSTUDIO_BASE_URL", "http://127.0.0.1:1234", "lmstudio", "http://127.0.0.1:1234/v1"),
        ("LLAMA_CPP_BASE_URL", "http://127.0.0.1:80/v1/", "llamacpp", "http://127.0.0.1:80/v1"),
    ],
)
def test_a_server_of_ones_own_is_an_account_by_its_address(
    env, name: str, value: str, provider: str, base_url: str
) -> None:
    env(**{name: value})
    account = only()
    assert (account.provider, account.base_url, account.has_key) == (provider, base_url, False)
    assert account.source == f"environment {name}"


def test_an_address_alone_makes_no_account_where_a_key_is_needed(env) -> None:
    env(OPENAI_BASE_URL="https://proxy.example.org")
    assert accounts() == []


def test_a_key_alone_makes_no_account_where_there_is_no_address(env) -> None:
    env(OPENAI_COMPATIBLE_API_KEY="some-key-1234")
    assert accounts() == []


def test_a_redirected_account_says_so_by_its_address(env) -> None:
    env(OPENAI_API_KEY="some-key-1234", OPENAI_BASE_URL="https://proxy.example.org/v1/")
    assert only().base_url == "https://proxy.example.org/v1"


def test_a_bad_address_is_the_accounts_problem_and_nobody_elses(env) -> None:
    env(OPENAI_API_KEY="some-key-1234", OPENAI_BASE_URL="nonsense", GROQ_API_KEY="k")
    openai, groq = accounts()
    assert "environment OPENAI_BASE_URL" in openai.problem
    assert groq.problem == ""


@pytest.mark.parametrize(
    ("used", "unused"),
    [("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"), ("GOOGLE_API_KEY", "GEMINI_API_KEY")],
)
def test_of_two_keys_the_first_is_used_and_the_other_reported(env, used: str, unused: str) -> None:
    env(**{used: "first-key-1234", unused: "second-key-1234"})
    account = only()
    assert account.source == f"environment {used}"
    assert account.unused == (unused,)


def test_a_key_in_dotenv_is_found_after_the_environment(env) -> None:
    Path(".env").write_text("GROQ_API_KEY=from-file\nXAI_API_KEY=from-file\n")
    env(XAI_API_KEY="from-environment")
    groq, xai = accounts()
    assert (groq.source, xai.source) == (".env GROQ_API_KEY", "environment XAI_API_KEY")


def test_an_entered_key_comes_before_all_others(env) -> None:
    env(GROQ_API_KEY="from-environment")
    credentials.hold(catalog.find("groq"), Secret("entered-key"))
    account = only()
    assert account.source == "entered in this kernel"
    assert account.unused == ("GROQ_API_KEY",)
    credentials.release(catalog.find("groq"))
    assert only().source == "environment GROQ_API_KEY"


def test_a_users_provider_without_a_key_is_an_account_by_its_file(isolated: Path) -> None:
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(
        'name = "Lab"\nprotocol = "openai_chat"\nkind = "custom"\nneeds_key = false\n'
        'base_url = "http://gpu:8000/v1"\n'
    )
    catalog.forget()
    account = only()
    assert (account.name, account.source) == ("lab", "its provider file")


RELAY = {"ANTHROPIC_BASE_URL": "https://relay.example.org", "ANTHROPIC_AUTH_TOKEN": "relay-token"}


def test_a_token_with_another_address_is_an_account_of_that_server_only(env) -> None:
    env(**RELAY)
    account = only()
    assert (account.name, account.base_url) == ("anthropic-compatible", "https://relay.example.org")
    assert account.unused == ()


def test_a_relay_ranks_where_anthropic_would(env) -> None:
    env(**RELAY, OPENAI_API_KEY="some-key-1234")
    assert names() == ["anthropic-compatible", "openai"]


@pytest.mark.parametrize("url", ["", "https://api.anthropic.com", "https://api.anthropic.com/v1/"])
def test_a_token_without_another_address_is_anthropics(env, url: str) -> None:
    env(ANTHROPIC_AUTH_TOKEN="own-token-1234", ANTHROPIC_BASE_URL=url)
    account = only()
    assert (account.name, account.base_url) == ("anthropic", "https://api.anthropic.com")


def test_an_api_key_with_another_address_is_anthropic_redirected(env) -> None:
    env(**RELAY, ANTHROPIC_API_KEY="own-key-1234")
    account = only()
    assert (account.name, account.base_url) == ("anthropic", "https://relay.example.org")
    assert account.unused == ("ANTHROPIC_AUTH_TOKEN",)


def test_beside_a_relay_an_entered_key_goes_to_anthropic_itself(env) -> None:
    env(**RELAY)
    credentials.hold(catalog.find("anthropic"), Secret("entered-key"))
    addresses = {account.name: account.base_url for account in accounts()}
    assert addresses == {
        "anthropic": "https://api.anthropic.com",
        "anthropic-compatible": "https://relay.example.org",
    }
