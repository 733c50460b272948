"""Which account a name means when a provider has several."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprovider import session
from nbprovider.credentials import Secret, Stored, vault
from nbprovider.credentials.stored import new_id


def add(provider: str, name: str, **more) -> Stored:
    return vault().add(Stored(new_id(), provider, name, **more), {"key": Secret("some-key-1234")})


def ref(name: str | None) -> str:
    return str(session.current().route(name).ref)


@pytest.mark.parametrize("word", ["work:m", "m@work", "WORK:m", "groq:m@work"])
def test_an_account_is_meant_by_its_own_name(word: str) -> None:
    add("groq", "home")
    add("groq", "work")
    assert ref(word) == "groq:m@work"


@pytest.mark.parametrize("word", ["groq:m", "groqcloud:m", "m@groq"])
def test_a_providers_name_means_its_first_account(word: str) -> None:
    add("groq", "home")
    add("groq", "work")
    assert ref(word) == "groq:m@home"


@pytest.mark.parametrize("word", ["groq:m", "groqcloud:m", "m@groq"])
def test_the_vault_comes_before_a_dotenv_file(word: str) -> None:
    """Also where the key of the file makes an account that is called like the provider."""
    add("groq", "work")
    Path(".env").write_text("GROQ_API_KEY=of-file\n")
    assert ref(word) == "groq:m@work"


@pytest.mark.parametrize("word", ["groq:m", "groqcloud:m", "m@groq"])
def test_the_environment_comes_before_the_vault(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "work")
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    assert ref(word) == "groq:m"


def test_an_accounts_own_model_is_its_default() -> None:
    add("groq", "work", model="own-model")
    assert ref("work") == "groq:own-model@work"
    assert ref(None) == "groq:own-model@work"


def test_a_name_by_its_beginning_goes_to_the_first_account_of_its_provider() -> None:
    add("anthropic", "team")
    assert ref("claude-opus-5-5") == "anthropic:claude-opus-5-5@team"
