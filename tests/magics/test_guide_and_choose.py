"""`%provider guide` and `%provider choose` answer a newcomer's questions."""

from pathlib import Path

import pytest

from nbprovider import catalog, credentials
from nbprovider.errors import UsageError
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run


def test_guide_shows_the_providers_steps() -> None:
    assert "console.groq.com" in run("guide groq").plain()


def test_guide_takes_an_alias() -> None:
    assert run("guide kimi").provider.key == "moonshot"


def test_guide_without_a_name_says_what_each_is_good_for() -> None:
    assert {row[0] for row in run("guide").rows} == set(catalog.load())


def test_guide_to_nobody_proposes_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'groq'"):
        run("guide grok2q")


def test_choose_says_what_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBRAS_API_KEY", "csk-test")
    configured = {row[1].partition(":")[0]: row[3] for row in run("choose").rows}
    assert configured["cerebras"] == "yes"
    assert configured["perplexity"] == "no"


def test_a_key_for_a_service_that_ended_is_not_asked_for() -> None:
    with pytest.raises(UsageError, match="no longer there"):
        run("key github-models")


def test_names_are_completed_after_guide() -> None:
    assert complete("%provider guide gro") == ["groq"]


def test_who_downloads_models_is_completed_after_pull() -> None:
    assert complete("%provider pull ") == ["ollama"]
    assert complete("%provider pull qwen3 o") == ["ollama"]


def test_the_list_says_that_a_service_has_ended_and_what_follows() -> None:
    row = next(row for row in run("list").rows if row[0] == "github-models")
    assert row[3:] == ("no", "it has ended: use openrouter")


def test_a_service_that_ended_is_no_account_whatever_its_file_says(isolated: Path) -> None:
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    (folder / "old.toml").write_text(
        'name = "Old"\nprotocol = "openai_chat"\nbase_url = "https://old.example.org"\n'
        'kind = "retired"\nsucceeded_by = "groq"\nenv = ["OLD_KEY"]\n'
    )
    catalog.forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLD_KEY", "secret-0123456789")
        assert "old" not in {account.provider for account in credentials.accounts()}
