"""`%provider migrate` shows keys that lie elsewhere, and copies them into the vault when asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbprovider import accounts, config, credentials
from nbprovider.errors import UsageError
from nbprovider.magics import banner, status
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run
from nbprovider.session import Session

GROQ = "gsk_seededGROQ0123456789abcdef"
MISTRAL = "seededMISTRAL0123456789abcdef"
TOGETHER = "tgp_v1_seeded0123456789abcdef"


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[Path, str]:
    """Put a key into the environment, one into `.env`, one into `llm`'s file; return the files."""
    monkeypatch.setenv("GROQ_API_KEY", GROQ)
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    (tmp_path / "llm").mkdir()
    files = {
        Path(".env").absolute(): f"MISTRAL_API_KEY={MISTRAL}\n",
        tmp_path / "llm" / "keys.json": json.dumps({"together": TOGETHER}),
    }
    for path, text in files.items():
        path.write_text(text)
    return files


def shown(line: str) -> str:
    return run(line)._repr_mimebundle_()["text/plain"]


def kept() -> dict[str, str]:
    here = credentials.vault()
    return {one.name: here.secret(one).reveal() for one in here.accounts()}


@pytest.mark.usefixtures("places")
def test_what_was_found_is_shown_and_nothing_is_changed():
    words = shown("migrate")
    for told in ("groq", "environment GROQ_API_KEY", "mistral", ".env MISTRAL_API_KEY", "llm ("):
        assert told in words
    assert not any(key in words for key in (GROQ, MISTRAL, TOGETHER))
    assert kept() == {}


def test_all_are_copied_and_what_had_them_stays(places: dict[Path, str]):
    words = shown("migrate all")
    assert kept() == {"groq": GROQ, "mistral": MISTRAL, "together": TOGETHER}
    assert "by hand" in words
    assert all(told in words for told in ("GROQ_API_KEY", ".env MISTRAL_API_KEY", "keys.json"))
    assert {path: path.read_text() for path in places} == places


@pytest.mark.usefixtures("places")
def test_only_those_that_are_named_are_copied():
    run("migrate mistral")
    assert kept() == {"mistral": MISTRAL}
    with pytest.raises(UsageError, match="Did you mean 'groq'"):
        run("migrate groqq")
    with pytest.raises(UsageError, match="names every key"):
        run("migrate all groq")


@pytest.mark.usefixtures("places")
def test_a_key_that_the_vault_has_is_not_moved_again():
    accounts.add("groq", GROQ, name="work")
    assert "GROQ_API_KEY" not in shown("migrate")
    run("migrate all")
    assert set(kept()) == {"work", "mistral", "together"}
    assert "No key was found" in shown("migrate")
    assert "no key to move" in shown("migrate all")


def test_another_key_of_a_provider_becomes_another_account(monkeypatch: pytest.MonkeyPatch):
    accounts.add("groq", "gsk_another0123456789abcdef")
    monkeypatch.setenv("GROQ_API_KEY", GROQ)
    run("migrate all")
    assert kept()["groq-2"] == GROQ


def test_a_key_in_doubt_is_moved_only_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ant-api03-seeded0123456789")
    assert "Anthropic" in shown("migrate")
    run("migrate all")
    assert kept() == {}
    run("migrate openai")
    assert set(kept()) == {"openai"}


def test_a_key_moves_with_the_address_it_goes_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "seeded0123456789")
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:9/v1")
    run("migrate all")
    assert accounts.show("openai-compatible").base_url == "http://127.0.0.1:9/v1"


def test_a_key_whose_address_may_not_be_used_stays_where_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "seeded0123456789")
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://far.example/v1")
    assert "cannot be moved" in shown("migrate")
    run("migrate all")
    with pytest.raises(UsageError, match="cannot be moved"):
        run("migrate openai-compatible")
    assert kept() == {}


@pytest.mark.usefixtures("places")
def test_names_are_completed():
    assert complete("%provider migrate gr") == ["groq"]
    assert complete("%provider migrate al") == ["all"]


def note() -> str:
    return status.table(Session()).note


@pytest.mark.usefixtures("places")
def test_the_status_says_once_that_keys_could_be_moved():
    assert "3 keys were found outside the vault: `%provider migrate`" in note()
    assert "migrate" not in note()


def test_the_status_says_once_that_the_protection_could_be_stronger():
    assert "this machine" not in note()
    accounts.add("groq", GROQ)
    assert "bound to this machine only. Set NBPROVIDER_ENCRYPTION_KEY" in note()
    assert "this machine" not in note()


@pytest.mark.usefixtures("places")
def test_what_cannot_be_remembered_is_not_said(isolated: Path):
    folder = isolated / "data"
    folder.mkdir(parents=True)
    (folder / banner.FILE).mkdir()
    assert banner.once() == ""


@pytest.mark.usefixtures("places")
def test_nothing_is_said_where_nothing_was_asked():
    """An answer, and loading, carry no banner: only `%provider` does."""
    assert not (config.home().data / banner.FILE).exists()
    run("list")
    assert not (config.home().data / banner.FILE).exists()
