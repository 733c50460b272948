"""The report of where keys come from: who won, what lies unused, what is wrong, and no key."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprovider import catalog, credentials
from nbprovider.credentials import Origin, Secret, Stored, report, vault
from nbprovider.credentials.stored import new_id

KEY = "zQ81seededKEY77xyzzy"


def add(provider: str, name: str, key: str = KEY, **more) -> Stored:
    return vault().add(Stored(new_id(), provider, name, **more), {"key": Secret(key)})


def only() -> Origin:
    (origin,) = report()
    return origin


def test_nothing_found_is_nothing_to_report() -> None:
    assert report() == []
    assert credentials.notes() == ()


def test_of_all_places_the_first_wins_and_the_others_lie_unused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    Path(".env").write_text("GROQ_API_KEY=of-file\n")
    add("groq", "work")
    assert only() == Origin(
        "groq", "environment GROQ_API_KEY", others=("vault work",), unused=(".env GROQ_API_KEY",)
    )
    credentials.hold(catalog.find("groq"), Secret("held"))
    assert only().winner == "entered in this kernel"
    assert only().unused == ("environment GROQ_API_KEY", ".env GROQ_API_KEY")


def test_the_first_of_the_vault_wins_over_a_dotenv_file() -> None:
    add("groq", "work")
    add("groq", "home")
    Path(".env").write_text("GROQ_API_KEY=of-file\n")
    assert only() == Origin(
        "groq", "vault work", others=("vault home",), unused=(".env GROQ_API_KEY",)
    )


def test_a_stored_account_whose_name_is_taken_lies_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    add("groq", "groq")
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    assert only().unused == ("vault groq",)


def test_two_variables_of_one_provider_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "first")
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    assert only().unused == ("environment GEMINI_API_KEY",)


def test_a_key_that_looks_like_anothers_is_a_problem_and_no_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "sk-ant-api03-" + KEY
    monkeypatch.setenv("OPENAI_API_KEY", key)
    (problem,) = only().problems
    assert problem.startswith("environment OPENAI_API_KEY: The key begins with `sk-ant-api03-`")
    assert credentials.access("openai").secret


def test_the_same_of_a_stored_key() -> None:
    add("openai", "mine", "sk-ant-api03-" + KEY)
    (problem,) = only().problems
    assert problem.startswith("vault mine: The key begins with")


def test_a_key_of_another_server_looks_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    add("openai", "gateway", "sk-ant-api03-" + KEY, base_url="https://gw.example/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-or-v1-" + KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://openrouter.ai/api/v1")
    assert only().problems == ()


def test_a_locked_secret_is_a_problem_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "the first passphrase")
    add("groq", "lost")
    add("mistral", "lost-too")
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "quite another passphrase")
    assert [origin.problems[0].partition(":")[0] for origin in report()] == [
        *("vault lost", "vault lost-too")
    ]


def test_a_key_that_may_not_go_where_a_dotenv_file_leads_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example\n")
    assert "the key is not sent there" in only().problems[0]


def test_an_account_of_a_provider_that_is_gone_is_reported() -> None:
    add("no-such-provider", "orphan")
    origin = only()
    assert (origin.winner, origin.unused) == ("", ("vault orphan",))
    assert "No provider is called" in origin.problems[0]


def test_a_relays_token_is_not_the_vendors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://relay.example.org")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    assert only() == Origin("anthropic-compatible", "environment ANTHROPIC_AUTH_TOKEN")


def test_a_damaged_record_is_noted() -> None:
    add("groq", "work")
    path = vault().path
    path.write_bytes(path.read_bytes().replace(b'"groq"', b'"graq"'))
    assert credentials.notes() == ("The vault's record work is damaged.",)


def test_no_key_is_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, provider in enumerate(catalog.load().values()):
        for name in provider.env:
            monkeypatch.setenv(name, f"sk-ant-{KEY}{number}")
    Path(".env").write_text(f"GROQ_API_KEY=gsk_{KEY}\nOPENAI_API_KEY=gsk_{KEY}\n")
    add("groq", "work", "sk-proj-" + KEY)
    assert KEY not in repr((report(), credentials.notes()))
