import os
import traceback
from pathlib import Path

import pytest

from nbprovider import catalog, credentials
from nbprovider.credentials import Secret, access, sign
from nbprovider.errors import ConfigError, MissingKey, NbproviderError, UsageError
from nbprovider.types import Request

KEY = "zQ81seededKEY77xyzzy"
REQUEST = Request("POST", "https://host/v1/x", {"content-type": "application/json"}, b"{}")


def signed(name: str) -> dict[str, str]:
    return dict(sign(REQUEST, access(name)).headers)


@pytest.mark.parametrize(
    ("provider", "env", "header", "value"),
    [
        ("openai", "OPENAI_API_KEY", "Authorization", f"Bearer {KEY}"),
        ("anthropic", "ANTHROPIC_API_KEY", "x-api-key", KEY),
        ("anthropic", "ANTHROPIC_AUTH_TOKEN", "Authorization", f"Bearer {KEY}"),
        ("google", "GEMINI_API_KEY", "x-goog-api-key", KEY),
        ("ollama", "OLLAMA_API_KEY", "Authorization", f"Bearer {KEY}"),
    ],
)
def test_signing_puts_the_key_into_the_providers_header(
    monkeypatch: pytest.MonkeyPatch, provider: str, env: str, header: str, value: str
) -> None:
    monkeypatch.setenv(env, KEY)
    headers = signed(provider)
    assert headers[header] == value
    assert sum(KEY in value for value in headers.values()) == 1


@pytest.mark.parametrize("env", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_token_of_a_login_goes_the_way_of_tokens_wherever_it_was_found(
    monkeypatch: pytest.MonkeyPatch, env: str
) -> None:
    """Anthropic takes an OAuth token only as a Bearer and with this beta header."""
    token = "sk-ant-oat01-" + KEY
    monkeypatch.setenv(env, token)
    headers = signed("anthropic")
    assert headers["Authorization"] == f"Bearer {token}"
    assert headers["anthropic-beta"] == "oauth-2025-04-20"
    assert headers["anthropic-version"] == "2023-06-01"
    assert "x-api-key" not in headers


def test_a_key_carries_no_header_of_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-" + KEY)
    assert "anthropic-beta" not in signed("anthropic")


def test_signing_adds_the_providers_headers_and_keeps_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    request = sign(REQUEST, access("anthropic"))
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["content-type"] == "application/json"
    assert (request.method, request.url, request.body) == ("POST", REQUEST.url, REQUEST.body)
    assert "x-api-key" not in REQUEST.headers


def test_without_a_key_nothing_is_signed_where_none_is_needed() -> None:
    way = access("ollama")
    assert way.secret is None
    assert way.endpoint.base_url == "http://127.0.0.1:11434"
    assert signed("ollama") == REQUEST.headers


def test_a_provider_is_found_by_its_alias_and_an_unknown_one_is_not() -> None:
    assert access("ollama-local").endpoint.provider.key == "ollama"
    with pytest.raises(UsageError, match="Did you mean 'ollama'"):
        access("olama")


def test_a_missing_key_names_what_was_looked_for_and_the_next_step() -> None:
    with pytest.raises(MissingKey, match="MOONSHOT_API_KEY, MOONSHOTAI_API_KEY, KIMI_API_KEY") as e:
        access("kimi")
    assert "`%provider key moonshot`" in e.value.hint
    assert "https://platform.moonshot.ai" in e.value.hint


def test_a_relays_token_is_never_sent_to_anthropic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://relay.example.org/v1")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    way = access("anthropic-compatible")
    assert way.endpoint.base_url == "https://relay.example.org"
    assert signed("anthropic-compatible")["Authorization"] == f"Bearer {KEY}"
    with pytest.raises(MissingKey, match="speak for another server") as caught:
        access("anthropic")
    assert "anthropic-compatible:MODEL" in caught.value.hint


def test_a_custom_server_without_an_address_names_the_variable() -> None:
    with pytest.raises(ConfigError, match=r"no address yet.*OPENAI_COMPATIBLE_BASE_URL"):
        access("openai-compatible")


def test_a_bad_address_is_an_error_when_the_account_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://proxy.example.org")
    with pytest.raises(ConfigError, match="environment OPENAI_BASE_URL"):
        access("openai")


def test_an_address_of_a_dotenv_file_gets_no_key_from_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example.org/v1\n")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(ConfigError, match="the key is not sent there"):
        access("openai")


def test_an_address_and_a_key_of_one_dotenv_file_belong_together() -> None:
    Path(".env").write_text(f"OPENAI_BASE_URL=https://own.example.org\nOPENAI_API_KEY={KEY}\n")
    assert access("openai").endpoint.base_url == "https://own.example.org/v1"


def test_a_dotenv_file_is_never_put_into_the_environment() -> None:
    Path(".env").write_text(f"GROQ_API_KEY={KEY}\nOTHER=1\n")
    before = dict(os.environ)
    assert access("groq").secret
    assert dict(os.environ) == before


def test_an_entered_key_is_used_until_it_is_released() -> None:
    groq = catalog.find("groq")
    credentials.hold(groq, Secret(KEY))
    secret = access("groq").secret
    assert secret
    credentials.release(groq)
    assert not secret
    with pytest.raises(MissingKey):
        access("groq")


@pytest.mark.parametrize("bad", [f"{KEY} and more", f"{KEY}\u2026", f"{KEY}\r\nX: 1", f"ключ{KEY}"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", bad)
    with pytest.raises(ConfigError, match="environment GROQ_API_KEY") as caught:
        access("groq")
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("url", ["nonsense", "http://x.example.org", "https://u@h"])
def test_no_error_of_the_way_to_a_provider_shows_a_key(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(NbproviderError) as caught:
        access("openai")
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(credentials.accounts())


def test_one_key_is_one_secret_so_that_redaction_goes_on_knowing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    assert access("mistral").secret is access("mistral").secret
    assert KEY not in credentials.redact(f"401 {KEY}")
