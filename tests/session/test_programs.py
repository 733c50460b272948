"""A vendor's program from the user's side: found on PATH, asked, counted, and missing."""

from __future__ import annotations

import pytest

import nbprovider
from nbprovider import credentials
from nbprovider.errors import ConfigError, MissingKey, UsageError
from nbprovider.magics import listing
from nbprovider.session import Session, current
from programs import claude, codex, gemini, put_on_path, said

SAYS = {"claude": claude, "gemini": gemini, "codex": codex}
each = pytest.mark.parametrize("name", SAYS)


@pytest.fixture
def session(monkeypatch) -> Session:
    monkeypatch.setattr(nbprovider.session.session, "_embedded_installed", lambda: False)
    return current()


def last():
    return nbprovider.usage().iloc[-1]


@each
def test_a_program_on_path_is_an_account(name, monkeypatch, tmp_path):
    assert not [a for a in credentials.accounts() if a.provider == f"{name}-cli"]
    program = put_on_path(monkeypatch, tmp_path, name, "pass")
    (account,) = [a for a in credentials.accounts() if a.provider == f"{name}-cli"]
    assert account.source == f"program {program.path}"
    assert not account.problem


def test_a_program_comes_after_everything_else(monkeypatch, tmp_path):
    """It is on many a machine without a login, and a plan is not spent unasked."""
    put_on_path(monkeypatch, tmp_path, "claude", "pass")
    monkeypatch.setenv("GROQ_API_KEY", "gsk_x")
    found = [account.provider for account in credentials.accounts(embedded=True)]
    assert found == ["groq", "embedded", "claude-cli"]


@each
def test_asking_it_answers_and_costs_nothing_on_a_plan(name, session, monkeypatch, tmp_path):
    put_on_path(monkeypatch, tmp_path, name, said(*SAYS[name]("Hello")))
    answer = session.ask("hi", {"model": f"{name}-cli"})
    assert answer.text == "Hello"
    assert (answer.cost_nano, answer.cost_source) == (0, "subscription")
    row = last()
    assert (row.status, row.cost, row.cost_source) == ("ok", 0, "subscription")
    assert row.output > 0


def test_by_a_key_it_costs_what_the_program_says(session, monkeypatch, tmp_path):
    lines = claude("Hello")
    by_key = ({**lines[0], "apiKeySource": "ANTHROPIC_API_KEY"}, *lines[1:])
    put_on_path(monkeypatch, tmp_path, "claude", said(*by_key))
    answer = session.ask("hi", {"model": "claude-cli"})
    assert (answer.cost_nano, answer.cost_source) == (2_100_000, "provider")


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("gemini", "GEMINI_API_KEY"),
        ("codex", "CODEX_API_KEY"),
        ("claude", "CLAUDE_CODE_USE_BEDROCK"),
    ],
)
def test_where_somebody_may_pay_by_the_token_the_cost_is_unknown(
    name, variable, session, monkeypatch, tmp_path
):
    monkeypatch.setenv(variable, "1")
    put_on_path(monkeypatch, tmp_path, name, said(*SAYS[name]("Hello")))
    answer = session.ask("hi", {"model": f"{name}-cli"})
    assert (answer.cost_nano, answer.cost_source) == (None, "unknown")


@each
def test_a_missing_program_says_how_to_install_it(name, session):
    with pytest.raises(ConfigError, match=rf"`{name}` is not installed.*npm install -g @"):
        session.ask("hi", {"model": f"{name}-cli"})


@each
def test_a_short_test_call_works(name, session, monkeypatch, tmp_path):
    put_on_path(monkeypatch, tmp_path, name, said(*SAYS[name]("ready")))
    assert listing.tried(f"{name}-cli").said == "ready"
    assert last().purpose == "test"


def test_the_list_and_the_route_name_it(session, monkeypatch, tmp_path):
    program = put_on_path(monkeypatch, tmp_path, "claude", "pass")
    rows = {row[0]: row for row in listing.providers().rows}
    assert rows["claude-cli"][3] == f"program {program.path}"
    assert rows["codex-cli"][3] == "no"
    (row,) = listing.route("claude-cli:opus").rows
    assert row[1:4] == ("claude-cli", "opus", "claude-cli")


def test_claude_alone_still_means_the_api(session, monkeypatch, tmp_path):
    put_on_path(monkeypatch, tmp_path, "claude", "pass")
    assert session.route("claude-sonnet-5-5").provider == "anthropic"
    assert session.route("claude").provider == "anthropic"


def test_no_key_and_no_program_is_no_account(session, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingKey):
        session.route(None)


def test_an_option_that_it_has_not_is_refused_by_name(session, monkeypatch, tmp_path):
    put_on_path(monkeypatch, tmp_path, "claude", "pass")
    with pytest.raises(UsageError, match="'temperature'"):
        session.ask("hi", {"model": "claude-cli", "temperature": 0.5})


def test_a_conversation_goes_on(session, monkeypatch, tmp_path):
    program = put_on_path(monkeypatch, tmp_path, "claude", said(*claude("Hello Ada")))
    chat = session.chat("main")
    session.ask("I am Ada", {"model": "claude-cli"}, chat)
    session.ask("Who am I?", {"model": "claude-cli"}, chat)
    assert "Hello Ada" in program.started["stdin"]
    assert program.started["stdin"].endswith("Who am I?")
