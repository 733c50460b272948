"""Keys that other places keep: found with the address they go to, and nothing is written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nbprovider.credentials import Secret, Stored, migration, vault
from nbprovider.credentials.migration import Migratable, found
from nbprovider.credentials.stored import new_id

KEY = "zQ81seededKEY77xyzzy"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Keep the places of this person's own programs out of it."""
    for name in ("LLM_USER_PATH", "JUPYTER_DATA_DIR", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write(path: Path, told) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))


def only() -> Migratable:
    (one,) = found()
    return one


def keys() -> dict[str, str]:
    return {one.provider: one.secret.reveal() for one in found()}


def test_nothing_is_nothing() -> None:
    assert found() == ()


def test_keys_of_variables_and_of_a_dotenv_file(monkeypatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    Path(".env").write_text("MISTRAL_API_KEY=of-file\n")
    assert keys() == {"groq": "of-environment", "mistral": "of-file"}
    assert [one.where for one in found()] == ["environment GROQ_API_KEY", ".env MISTRAL_API_KEY"]


def test_a_key_of_another_server_keeps_its_address(monkeypatch) -> None:
    """Else the vault would send it to the vendor."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ant-" + KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gw.example/v1")
    one = only()
    assert (one.provider, one.base_url, one.doubt) == ("openai", "https://gw.example/v1", "")


def test_a_dotenv_file_says_nothing_of_where_a_key_of_the_environment_goes(monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example\n")
    assert only().base_url == ""


def test_parts_of_the_address_come_along() -> None:
    Path(".env").write_text(f"AZURE_OPENAI_API_KEY={KEY}\nAZURE_RESOURCE_NAME=contoso\n")
    assert only().fields == {"resource": "contoso"}


def test_a_server_without_an_address_is_no_account(monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", KEY)
    assert found() == ()


@pytest.mark.parametrize("name", ["ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_AD_TOKEN"])
def test_a_token_that_passes_stays_where_it_is(monkeypatch, name) -> None:
    monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("AZURE_RESOURCE_NAME", "contoso")
    assert found() == ()


def test_a_relays_token_comes_with_the_relays_address(monkeypatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://relay.example")
    one = only()
    assert (one.provider, one.base_url) == ("anthropic-compatible", "https://relay.example")


@pytest.mark.parametrize("own", [True, False])
def test_keys_of_llm(monkeypatch, tmp_path, own) -> None:
    if own:
        monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    told = {
        "// Note": "This file stores secret API credentials. Do not share!",
        "openai": "of-openai",
        "gemini": "of-google",
        "my-own-name": "of-nobody",
        "mistral": 3,
    }
    write(migration.llm_file(), told)
    assert keys() == {"openai": "of-openai", "google": "of-google"}
    assert only_where() == {f"llm ({migration.llm_file()})"}
    folder = tmp_path / "llm" if own else tmp_path / "config" / "io.datasette.llm"
    assert migration.llm_file() == folder / "keys.json"


def only_where() -> set[str]:
    return {one.where for one in found()}


def test_keys_of_jupyter_ai(tmp_path) -> None:
    told = {"api_keys": {"ANTHROPIC_API_KEY": "of-anthropic", "GOOGLE_API_KEY": "g", "X": "x"}}
    write(tmp_path / "data" / "jupyter" / "jupyter_ai" / "config.json", told)
    assert keys() == {"anthropic": "of-anthropic", "google": "g"}


def test_a_key_that_jupyter_ai_sends_elsewhere_keeps_its_address(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    model = {"openai-chat-custom:m": {"openai_api_base": "https://gw.example/v1"}}
    write(migration.jupyter_ai_file(), {"api_keys": {"OPENAI_API_KEY": KEY}, "fields": model})
    assert only().base_url == "https://gw.example/v1"


@pytest.mark.parametrize("place", ["data/opencode/auth.json", ".opencode/auth.json"])
def test_keys_of_opencode_and_no_logins(tmp_path, place) -> None:
    told = {
        "anthropic": {"type": "oauth", "access": "a", "refresh": "r", "expires": 0},
        "moonshotai": {"type": "api", "key": "of-moonshot"},
        "zai-coding-plan": {"type": "api", "key": "of-another-address"},
        "openai": {"type": "api"},
        "groq": "nonsense",
    }
    write(tmp_path / place, told)
    assert keys() == {"moonshot": "of-moonshot"}


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\x00", '{"api_keys": 3, "openai": []}'])
def test_a_file_that_makes_no_sense_is_nothing(text) -> None:
    for path in (migration.llm_file(), migration.jupyter_ai_file(), migration.opencode_file()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert found() == ()


def test_each_key_is_found_once_and_none_that_the_vault_has(monkeypatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    Path(".env").write_text(f"GROQ_API_KEY={KEY}\n")
    write(migration.llm_file(), {"groq": KEY, "mistral": KEY})
    assert [one.provider for one in found()] == ["groq", "mistral"]
    vault().add(Stored(new_id(), "groq", "work"), {"key": Secret(KEY)})
    assert [one.provider for one in found()] == ["mistral"]


def test_a_key_that_looks_like_anothers_is_found_with_a_doubt() -> None:
    write(migration.llm_file(), {"openai": "sk-ant-" + KEY})
    assert only().doubt.startswith("The key begins with `sk-ant-`")


def test_nothing_is_written_and_no_key_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    write(migration.llm_file(), {"openai": KEY})
    before = {path: path.stat() for path in tmp_path.rglob("*") if path.is_file()}
    environment = dict(os.environ)
    assert KEY not in repr(found())
    after = {path: path.stat() for path in tmp_path.rglob("*") if path.is_file()}
    assert {p: (s.st_mtime_ns, s.st_size) for p, s in after.items()} == {
        p: (s.st_mtime_ns, s.st_size) for p, s in before.items()
    }
    assert dict(os.environ) == environment
