"""Accounts of the vault: who comes first, where each leads, and what never leads them elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbprovider import catalog, credentials
from nbprovider.credentials import (
    Secret,
    Stored,
    access,
    accounts,
    sign,
    stored_access,
    vault,
)
from nbprovider.credentials.oauth import Tokens
from nbprovider.credentials.stored import new_id
from nbprovider.errors import ConfigError, MissingKey, UsageError, VaultLocked
from nbprovider.types import Request

KEY = "zQ81seededKEY77xyzzy"
REQUEST = Request("POST", "https://host/v1/x", {}, b"{}")


def add(provider: str, name: str, key: str = KEY, **more) -> Stored:
    secrets = {"key": Secret(key)} if key else {}
    return vault().add(Stored(new_id(), provider, name, **more), secrets)


def names() -> list[str]:
    return [account.name for account in accounts()]


def key_of(name: str) -> str:
    found = access(name).secret
    assert found
    return found.reveal()


def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the passphrase that the vault was made with."""
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "quite another passphrase")


def test_a_stored_account_is_asked_with_its_own_key_at_its_providers_address() -> None:
    add("groq", "work")
    way = access("work")
    assert way.endpoint.base_url == "https://api.groq.com/openai/v1"
    assert sign(REQUEST, way).headers["Authorization"] == f"Bearer {KEY}"
    assert way.source == "vault"


def test_one_provider_has_as_many_accounts_as_one_likes() -> None:
    add("groq", "work", "key-of-work")
    add("groq", "home", "key-of-home")
    assert names() == ["work", "home"]
    assert (key_of("work"), key_of("HOME")) == ("key-of-work", "key-of-home")


def test_a_providers_name_means_its_first_account_in_the_vault() -> None:
    add("groq", "work", "key-of-work")
    home = add("groq", "home", "key-of-home")
    assert key_of("groq") == "key-of-work"
    vault().prefer(home.id)
    assert key_of("groq") == "key-of-home"


def test_the_environment_comes_before_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "work")
    monkeypatch.setenv("GROQ_API_KEY", "key-of-environment")
    assert names() == ["groq", "work"]
    assert (key_of("groq"), key_of("work")) == ("key-of-environment", KEY)


def test_the_vault_comes_before_a_dotenv_file() -> None:
    add("groq", "work")
    Path(".env").write_text("GROQ_API_KEY=key-of-file\n")
    assert names() == ["work", "groq"]


def test_of_two_accounts_of_one_name_the_first_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "Groq", "key-of-vault")
    Path(".env").write_text("GROQ_API_KEY=key-of-file\n")
    assert [one.source for one in accounts()] == ["vault"]
    assert key_of("groq") == "key-of-vault"
    monkeypatch.setenv("GROQ_API_KEY", "key-of-environment")
    assert [one.source for one in accounts()] == ["environment GROQ_API_KEY"]
    assert key_of("groq") == "key-of-environment"


def test_an_account_says_what_it_has_of_its_own() -> None:
    kept = add("openai", "mine", model="m-1", protocol="openai_chat", base_url="https://gw.example")
    (account,) = accounts()
    assert (account.id, account.model, account.protocol) == (kept.id, "m-1", "openai_chat")
    assert (account.base_url, account.has_key, account.problem) == (
        "https://gw.example/v1",
        True,
        "",
    )
    assert access("mine").endpoint.protocol == "openai_chat"


def test_no_variable_leads_a_stored_key_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of an account goes to the account's own address: no redirect counts."""
    add("openai", "mine")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://evil.example")
    assert access("mine").endpoint.base_url == "https://api.openai.com/v1"
    assert access("openai").endpoint.base_url == "https://api.openai.com/v1"


def test_no_dotenv_file_leads_a_stored_key_elsewhere() -> None:
    add("openai", "mine")
    add("azure", "company")
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example\nAZURE_RESOURCE_NAME=evil\n")
    assert access("mine").endpoint.base_url == "https://api.openai.com/v1"
    with pytest.raises(ConfigError, match="needs to know its resource"):
        access("company")


def test_parts_of_an_address_come_from_the_account_then_the_environment_then_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add("bedrock", "own", fields={"region": "eu-west-1"})
    add("bedrock", "usual")
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    assert ".eu-west-1." in access("own").endpoint.base_url
    assert ".us-east-2." in access("usual").endpoint.base_url


def test_an_azure_account_has_its_resource_and_version_to_itself() -> None:
    add("azure", "new", fields={"resource": "contoso"})
    add("azure", "old", fields={"resource": "contoso", "api_version": "2024-10-21"})
    add("azure", "there", base_url="https://c.example", fields={"api_version": "2024-10-21"})
    assert access("new").endpoint.base_url == "https://contoso.openai.azure.com/openai/v1"
    old = "https://contoso.openai.azure.com/openai/deployments/{model}?api-version=2024-10-21"
    assert access("old").endpoint.base_url == old
    there = "https://c.example/openai/deployments/{model}?api-version=2024-10-21"
    assert access("there").endpoint.base_url == there


def test_a_vertex_account_with_a_key_needs_no_project() -> None:
    add("vertex", "express")
    assert access("express").endpoint.base_url == "https://aiplatform.googleapis.com/v1"


def test_an_edited_address_opens_no_key() -> None:
    """Row 22 of the rivals: what lies on the disk is sealed, and for its own address only."""
    add("openai", "mine")
    path = vault().path
    assert KEY not in path.read_text()
    assert key_of("mine") == KEY
    edited = path.read_bytes().replace(b'"provider":"openai"', b'"provider":"groq"')
    path.write_bytes(edited)
    with pytest.raises((VaultLocked, UsageError)):
        access("mine")


def test_a_change_of_address_is_seen_though_the_key_was_open() -> None:
    """An open key is for the account as it stood: a changed one is opened anew."""
    kept = add("openai", "mine")
    assert key_of("mine") == KEY
    moved = Stored(kept.id, "openai", "mine", base_url="https://evil.example", sealed=kept.sealed)
    with pytest.raises(VaultLocked):
        stored_access.key(moved)


def test_a_secret_that_does_not_open_is_listed_with_its_problem_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Row 20 of the rivals: one that cannot be decrypted is shown as locked; the rest works."""
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "the first passphrase")
    lost = add("groq", "lost")
    locked(monkeypatch)
    monkeypatch.setenv("MISTRAL_API_KEY", "another-key")
    assert sorted(names()) == ["lost", "mistral"]
    with pytest.raises(VaultLocked) as caught:
        access("lost")
    (shown,) = (account for account in accounts() if account.name == "lost")
    assert shown.problem == str(caught.value)
    assert shown.has_key
    assert key_of("mistral") == "another-key"
    vault().purge(lost.id)
    assert names() == ["mistral"]


def test_a_locked_account_is_well_again_once_its_key_is_entered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Row 20 of the rivals: it can be re-entered."""
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "the first passphrase")
    lost = add("groq", "lost")
    locked(monkeypatch)
    assert stored_access.tried(lost)
    vault().rekey()
    vault().seal(lost.id, "key", Secret("entered-anew"))
    assert accounts()[0].problem == ""
    assert key_of("lost") == "entered-anew"


def test_a_question_which_accounts_there_are_opens_none(monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "work")

    def never(*_):
        raise AssertionError("a secret was opened")

    monkeypatch.setattr(vault(), "secret", never)
    assert accounts()[0].has_key


def test_an_opened_secret_is_one_secret_that_redaction_knows() -> None:
    add("groq", "work")
    assert access("work").secret is access("work").secret
    assert KEY not in credentials.redact(f"401 {KEY}")


def test_a_login_is_carried_as_a_bearer_token() -> None:
    tokens = Tokens("token-of-a-login", refresh_token="never-sent")
    kept = add("anthropic", "plan", "")
    vault().seal(kept.id, "oauth", tokens.sealed())
    headers = sign(REQUEST, access("plan")).headers
    assert headers["Authorization"] == "Bearer token-of-a-login"
    assert "never-sent" not in json.dumps(dict(headers))
    assert "x-api-key" not in headers


def test_redaction_knows_both_tokens_of_a_login() -> None:
    kept = add("anthropic", "plan", "")
    vault().seal(kept.id, "oauth", Tokens("a-token-77", refresh_token="a-refresh-88").sealed())
    access("plan")
    assert "a-token-77" not in (shown := credentials.redact("a-token-77 a-refresh-88"))
    assert "a-refresh-88" not in shown


def test_the_token_of_a_login_has_the_headers_of_its_prefix() -> None:
    kept = add("anthropic", "plan", "")
    vault().seal(kept.id, "oauth", Tokens("sk-ant-oat01-" + KEY).sealed())
    assert sign(REQUEST, access("plan")).headers["anthropic-beta"] == "oauth-2025-04-20"


def test_tokens_that_make_no_sense_lead_back_to_the_login() -> None:
    kept = add("anthropic", "plan", "")
    vault().seal(kept.id, "oauth", Secret("nonsense"))
    with pytest.raises(VaultLocked, match="makes no sense") as caught:
        access("plan")
    assert "%provider login anthropic" in caught.value.hint


def test_an_account_without_a_key_says_so_where_one_is_needed() -> None:
    add("groq", "empty", "")
    assert accounts()[0].problem == "No key is stored."
    with pytest.raises(MissingKey, match="empty has no key"):
        access("empty")


def test_a_server_that_needs_no_key_gets_none() -> None:
    add("ollama", "gpu", "", base_url="http://127.0.0.1:1")
    way = access("gpu")
    assert (way.endpoint.base_url, way.secret) == ("http://127.0.0.1:1", None)
    assert accounts()[0].problem == ""


def test_a_key_can_be_held_for_a_stored_account() -> None:
    kept = add("groq", "work")
    credentials.hold(kept, Secret("for-this-kernel"))
    assert key_of("work") == "for-this-kernel"
    credentials.release(kept)
    assert key_of("work") == KEY


def test_an_account_of_a_provider_that_is_gone_breaks_nothing() -> None:
    add("no-such-provider", "orphan")
    add("groq", "work")
    assert names() == ["work"]
    with pytest.raises(UsageError, match="No provider is called 'no-such-provider'"):
        access("orphan")


def test_a_vault_that_cannot_be_read_breaks_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "work")
    path = vault().path
    aside = path.with_name("aside")
    path.rename(aside)
    path.symlink_to(aside)
    monkeypatch.setenv("MISTRAL_API_KEY", "another-key")
    assert names() == ["mistral"]
    assert key_of("mistral") == "another-key"


def test_a_bad_address_is_the_accounts_problem_and_nobody_elses() -> None:
    add("openai", "bad", base_url="http://plain.example.org")
    add("openai", "good")
    bad, good = accounts()
    assert "the account bad" in bad.problem
    assert good.problem == ""


@pytest.mark.parametrize(
    ("service", "given", "asked"),
    [
        ("embeddings", "http://gpu:8000", "http://gpu:8000/v1/embeddings"),
        ("embeddings", "http://gpu:8000/v1", "http://gpu:8000/v1/embeddings"),
        ("embeddings", "http://gpu:8000/v1/", "http://gpu:8000/v1/embeddings"),
        ("embeddings", "http://gpu:8000/embed", "http://gpu:8000/embed"),
        ("tts", "http://gpu:8000/openai/v1", "http://gpu:8000/openai/v1/audio/speech"),
        ("stt", "http://gpu:8000/v1/audio/transcriptions", ""),
    ],
)
def test_an_address_of_a_service_may_be_whole_or_end_in_its_version(
    service: str, given: str, asked: str
) -> None:
    add("openai-compatible", "lab", base_url="http://gpu:1/v1", services={service: given})
    services = access("lab").endpoint.provider.services
    assert services[service] == (asked or given)
    assert accounts()[0].services == {service: asked or given}


def test_a_key_for_another_server_is_not_sent_to_the_vendor(isolated: Path) -> None:
    """An address that a provider's file names whole is the vendor's: it is no gateway's."""
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(
        'name = "Lab"\nprotocol = "openai_chat"\nbase_url = "https://lab.example/v1"\n'
        'env = ["LAB_KEY"]\n[services]\ntts = "https://voice.example/v1"\nembeddings = "/emb"\n'
    )
    catalog.forget()
    add("lab", "gateway", base_url="https://gw.example/v1")
    add("lab", "usual")
    assert dict(access("gateway").endpoint.provider.services) == {"embeddings": "/emb"}
    assert "tts" in access("usual").endpoint.provider.services
