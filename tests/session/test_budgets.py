"""Budgets through the whole session, on a provider with a list price."""

from __future__ import annotations

import threading

import pytest

import nbprovider
from loopback import answering, delta, ending, serving
from nbprovider.errors import BudgetExceeded, UsageError
from nbprovider.ledger import budget
from nbprovider.session import current
from nbprovider.session.standing import budgets as standing
from nbprovider.session.standing import set_budget

MODEL = "openai:gpt-4o"
"""Listed at $2.50 and $10 for a million tokens: 32,000 tokens of answer are 32 cents."""

UNPRICED = "openai-compatible:tiny"


@pytest.fixture
def server(monkeypatch):
    with serving(answering("Hel", "lo")) as started:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{started.url}/v1")
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{started.url}/v1")
        yield started


def rows():
    return nbprovider.usage()


def test_without_a_budget_nothing_is_limited(server):
    nbprovider.ask("hi", model=MODEL)
    assert "max_completion_tokens" not in server.requests[0]["body"]


def test_a_call_that_could_cost_too_much_is_made_shorter(server):
    """The provider itself is told the limit, so that it cannot be passed."""
    answer = nbprovider.ask("hi", model=MODEL, max_cost=0.001)
    sent = server.requests[0]["body"]["max_completion_tokens"]
    assert 90 <= sent <= 100
    assert f"at most {sent} tokens, by the budget" in answer.footer.text()


def test_a_limit_that_hardly_any_answer_reaches_is_not_told_beforehand(server):
    """Told when it cut the answer off."""
    answer = nbprovider.ask("hi", model=MODEL, max_cost=0.1)
    assert 8_000 <= server.requests[0]["body"]["max_completion_tokens"] < 10_000
    assert "by the budget" not in answer.footer.text()

    def cut_off(peer):
        peer.head()
        peer.chunk(delta("word"))
        peer.chunk(ending("length"))
        peer.end()

    server.script = cut_off
    answer = nbprovider.ask("hi", model=MODEL, max_cost=0.1)
    assert "by the budget · cut off at the token limit" in answer.footer.text()


def test_a_limit_of_the_users_own_that_is_affordable_stays(server):
    nbprovider.ask("hi", model=MODEL, max_cost=0.01, max_tokens=50)
    assert server.requests[0]["body"]["max_completion_tokens"] == 50


def test_a_spent_budget_blocks_before_anything_is_sent(server):
    set_budget("day", 0.000001)
    with pytest.raises(BudgetExceeded, match="Nothing was sent"):
        nbprovider.ask("hi", model=MODEL)
    assert server.requests == []
    last = rows().iloc[-1]
    assert (last["status"], last["cost"], last["cost_source"]) == ("failed", 0.0, "unbilled")


def test_a_budget_is_passed_on_purpose_and_that_is_recorded(server):
    set_budget("day", 0.000001)
    nbprovider.ask("hi", model=MODEL, over_budget=True)
    assert len(server.requests) == 1
    assert rows().iloc[-1]["over_budget"]


def test_what_was_reserved_is_settled_when_the_call_ends(server):
    set_budget("day", 1.0)
    nbprovider.ask("hi", model=MODEL)
    (account,) = budget.standing(current().ledger, budget.Limits(day=1.0), budget.CallContext("x"))
    assert account.reserved == 0
    assert account.spent == 7 * 2500 + 3 * 10000


def test_a_call_that_failed_settles_too(server):
    set_budget("day", 1.0)
    server.script = lambda peer: peer.whole(401, {"error": {"message": "no"}})
    with pytest.raises(nbprovider.errors.Unauthorized):
        nbprovider.ask("hi", model=MODEL, fallback=False)
    assert current().ledger.run("SELECT count(*) FROM reservations") == [(0,)]


def test_a_warning_appears_once_in_the_footer(server):
    set_budget("chat", 0.0001)
    chat = nbprovider.Chat("thrifty", model=MODEL)
    footers = [chat.ask("hi", over_budget=True).footer.text() for _ in range(3)]
    warned = ["of the budget of the chat thrifty is spent" in footer for footer in footers]
    assert warned == [False, True, False]
    assert "95 % of the budget" in footers[1]


def test_an_unknown_price_is_said_or_blocked(server, settings):
    set_budget("day", 1.0)
    answer = nbprovider.ask("hi", model=UNPRICED)
    assert "price unknown: no budget counts it" in answer.footer.text()
    settings('budget_unknown = "block"')
    with pytest.raises(BudgetExceeded, match="price of openai-compatible:tiny is not known"):
        nbprovider.ask("hi", model=UNPRICED)
    assert len(server.requests) == 1


@pytest.fixture
def settings():
    from nbprovider import config

    def write(text: str) -> None:
        path = config.settings_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def test_settings_say_the_budgets_that_no_word_has_set(server, settings):
    settings("[budget]\nday = 0.000001")
    with pytest.raises(BudgetExceeded):
        nbprovider.ask("hi", model=MODEL)
    set_budget("day", 0)
    nbprovider.ask("hi", model=MODEL)
    set_budget("day", None)
    with pytest.raises(BudgetExceeded):
        nbprovider.ask("hi", model=MODEL)


def test_an_answer_that_costs_all_there_is_ends(server):
    """A provider that goes on beyond the limit it was told is left; what came is kept."""
    gone = threading.Event()

    def endless(peer):
        peer.head()
        for _ in range(2000):
            peer.chunk(delta("word after word after word "))
        gone.set()
        peer.chunk(ending())
        peer.end()

    server.script = endless
    answer = nbprovider.ask("hi", model=MODEL, max_cost=0.001)
    assert answer.status == "interrupted"
    assert "ended at $0.001, all that the budget leaves" in answer.footer.text()
    assert "word after word" in answer.text
    last = rows().iloc[-1]
    assert last["status"] == "interrupted"
    assert 0.001 < last["cost"] < 0.002


def test_a_preview_sends_and_records_nothing(server):
    set_budget("day", 2.0)
    told = nbprovider.preview("hi", model=MODEL)
    assert server.requests == []
    assert len(rows()) == 0
    (route, forecast), *_ = told.routes
    assert str(route.ref) == "openai:gpt-4o"
    assert 0 < forecast.likely < forecast.highest
    assert "day: $2.00 left of $2.00" in repr(told)


@pytest.mark.parametrize(("scope", "usd"), [("week", 1.0), ("day", -1.0), ("day", float("inf"))])
def test_a_budget_that_cannot_be_is_refused(scope, usd):
    with pytest.raises(UsageError):
        set_budget(scope, usd)


@pytest.mark.parametrize("most", [0, -1, True, float("nan")])
def test_a_max_cost_that_cannot_be_is_refused(server, most):
    with pytest.raises(UsageError, match="max_cost"):
        nbprovider.ask("hi", model=MODEL, max_cost=most)


def test_a_notebook_that_nobody_names_has_no_budget_and_that_is_said():
    set_budget("notebook", 1.0)
    (row,) = [row for row in standing().rows if row[0] == "notebook"]
    assert row[4].startswith("not kept")


def test_the_standing_shows_a_bar(server):
    set_budget("day", 0.0001)
    nbprovider.ask("hi", model=MODEL, max_tokens=2, over_budget=True)
    (row,) = [row for row in standing().rows if row[0] == "day"]
    assert row[4].endswith("%")
    assert "█" in row[4]
