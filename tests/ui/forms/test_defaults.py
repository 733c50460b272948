"""The form of defaults: a model for each part, chains in their order, what may be spent."""

from __future__ import annotations

import pytest
from waiting import buttons, idle, part, said, settled

import nbprovider
from nbprovider.ui.ask import Asking
from nbprovider.ui.forms.defaults import Defaults
from seeds import SEEDS

STRONG, SMALL = "groq:openai/gpt-oss-120b", "groq:openai/gpt-oss-20b"


@pytest.fixture
def form(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", SEEDS["groq"])
    form = Defaults()
    idle(form)
    yield form
    form.close()


def values(form, name):
    return [option.value for option in part(form, name).options]


def order(form):
    return [row.key for row in part(form, "members").rows]


def test_the_models_of_accounts_and_those_registered_can_be_chosen(form):
    nbprovider.register_model("groq:mine")
    again = Defaults()
    idle(again)
    assert {STRONG, SMALL} <= {*values(form, "role chat")}
    assert "groq:mine" not in values(form, "role chat")
    assert "groq:mine" in values(again, "role chat")
    again.close()


def test_a_role_is_given_and_taken_away_at_once(form):
    form.set("role cheap", SMALL)
    assert nbprovider.roles() == {"cheap": SMALL}
    assert part(form, "role cheap").value == SMALL
    form.set("role cheap", "")
    assert nbprovider.roles() == {}


def test_a_word_of_ones_own_stands_among_the_folded_ones():
    nbprovider.set_role("coder", "groq:x")
    form = Defaults()
    idle(form)
    assert part(form, "role coder").value == "groq:x"
    assert "role coder" in {one.name for one in part(form, "more_roles").parts}
    form.close()


def test_a_chain_is_made_ordered_shortened_and_deleted(form):
    form.set("member", STRONG)
    assert "The chain has no name yet." in form.said.text
    form.set("chain_name", "safe")
    form.set("member", STRONG)
    form.set("written", "mistral:some-model")
    form.set("member", SMALL)
    assert order(form) == [STRONG, "mistral:some-model", SMALL]
    form.act("up", SMALL)
    form.act("down", STRONG)
    assert nbprovider.chains["safe"] == (SMALL, STRONG, "mistral:some-model")
    ends = [(row.buttons[0].enabled, row.buttons[1].enabled) for row in part(form, "members").rows]
    assert ends == [(False, True), (True, True), (True, False)]
    form.act("out", STRONG)
    assert nbprovider.chains["safe"] == (SMALL, "mistral:some-model")
    assert "safe" in values(form, "role chat"), "a role may be a chain"
    form.act("delete")
    assert list(nbprovider.chains) == []
    assert "delete" not in buttons(form)


def test_a_chain_that_cannot_be_is_refused_with_the_reason(form):
    form.set("chain_name", "groq")
    form.set("member", STRONG)
    assert "'groq' is an account already." in form.said.text
    assert form.said.tone == "bad"
    assert list(nbprovider.chains) == []


def test_a_budget_is_set_shown_as_a_bar_and_taken_away(form):
    assert part(form, "bar day") is None
    form.set("budget day", "$2.50")
    bar = settled(form, lambda: part(form, "bar day"))
    assert bar.words == "$0.00 of $2.50 (0 %)"
    assert part(form, "budget day").value == "2.5"
    form.set("budget day", "much")
    assert "'much' is no amount." in form.said.text
    assert part(form, "budget day").value == "2.5"
    form.set("budget day", "")
    settled(form, lambda: part(form, "bar day") is None)
    assert said(form) == "A day has no budget."


def test_in_a_terminal_the_same_is_asked_line_by_line(form):
    def read(question):
        return "gpt-oss-20b" if question.startswith("cheap") else ""

    Asking(form, read, write=lambda _: None).run()
    assert nbprovider.roles() == {"cheap": SMALL}
