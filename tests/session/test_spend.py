"""What a chat has cost stands in its footer, and the ledger knows where and as what one asked."""

from __future__ import annotations

import sys

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import session
from nbprovider.ledger.pricing import Cost
from nbprovider.session import Place
from nbprovider.session.place import place
from nbprovider.session.spend import Tally
from nbprovider.session.standing import set_budget

MODEL = "openai:gpt-4o"
UNPRICED = "openai-compatible:tiny"


@pytest.fixture
def server(monkeypatch):
    with serving(answering("Hel", "lo")) as started:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{started.url}/v1")
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{started.url}/v1")
        yield started


def told(answer):
    """Return what an answer's footer says of its chat."""
    return [note for note in answer.notes if note.startswith("chat ")]


def test_a_chats_sum_is_told_from_the_second_answer_on(server):
    chat = nbprovider.Chat("paper", model=MODEL)
    first, second = chat.ask("one"), chat.ask("two")
    assert told(first) == []
    assert told(second) == [Tally(2, first.cost_nano + second.cost_nano).told()]
    assert told(second)[0].startswith("chat $")


def test_a_cleared_chat_begins_at_nothing(server):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.ask("one")
    chat.clear()
    assert told(chat.ask("two")) == []


def test_a_chat_that_is_opened_again_has_cost_what_it_had(server, monkeypatch):
    spent = [nbprovider.Chat("paper", model=MODEL).ask("one").cost_nano]
    monkeypatch.setattr(session.session, "_SESSIONS", {})
    again = nbprovider.Chat("paper").ask("two")
    spent.append(again.cost_nano)
    assert told(again) == [Tally(2, sum(spent)).told()]


def test_a_question_without_a_chat_tells_of_none(server):
    nbprovider.ask("one", model=MODEL)
    assert told(nbprovider.ask("two", model=MODEL)) == []


def test_unknown_prices_are_not_a_sum(server):
    chat = nbprovider.Chat(model=UNPRICED)
    chat.ask("one")
    assert told(chat.ask("two")) == []
    assert told(chat.ask("three", model=MODEL))[0].endswith(" and more")


def test_a_tally_counts_what_failed_too():
    tally = Tally()
    tally.add(Cost(0, "unbilled"))
    tally.add(Cost(20_000_000, "list"))
    assert tally.told() == "chat $0.0200"


def test_a_budget_that_is_set_is_a_bar_with_its_number(server):
    set_budget("day", 1.0)
    notes = nbprovider.ask("one", model=MODEL).notes
    assert any(note.startswith("day budget ░░░░░░░░░░ 0 %") for note in notes)
    set_budget("day", 0)
    assert not any("budget" in note for note in nbprovider.ask("one", model=MODEL).notes)


def test_the_row_says_the_role_by_whose_name_one_asked(server):
    nbprovider.set_role("cheap", MODEL)
    nbprovider.chains.create("mine", [MODEL])
    for name in ("cheap", "mine", MODEL):
        nbprovider.ask("hi", model=name)
    assert nbprovider.usage()["role"].tolist() == ["cheap", "mine", ""]
    assert set(nbprovider.cost("role")["role"]) == {"cheap", "mine", ""}


def test_a_default_that_is_a_role_is_one(server):
    nbprovider.set_role("chat", MODEL)
    nbprovider.ask("hi")
    assert nbprovider.usage()["role"].tolist() == ["chat"]


class Shell:
    """A kernel's shell, as far as it tells where a cell stands."""

    def __init__(self, cell="", **names):
        self.user_ns = names
        self._metadata = {"cellId": cell} if cell else {}

    def get_parent(self):
        return {"metadata": self._metadata}


@pytest.fixture
def front_end(monkeypatch):
    """Return a function that puts a shell in place of the one that runs."""

    def put(shell):
        ipython = type(sys)("IPython")
        ipython.get_ipython = lambda: shell
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)

    return put


@pytest.mark.parametrize(
    ("shell", "session_name", "found"),
    [
        (Shell("cell-9"), "work/thesis.ipynb", Place("thesis.ipynb", "cell-9")),
        (Shell("cell-9"), r"C:\work\thesis.ipynb", Place("thesis.ipynb", "cell-9")),
        (
            Shell(
                "vscode-notebook-cell:/home/ada/thesis.ipynb#W2sZmlsZQ==",
                __vsc_ipynb_file__="/home/ada/thesis.ipynb",
            ),
            "",
            Place("thesis.ipynb", "W2sZmlsZQ=="),
        ),
        (Shell(), "", Place()),
        (object(), "", Place()),
        (None, "", Place()),
    ],
    ids=["jupyter", "windows", "vs-code", "nothing told", "terminal", "plain python"],
)
def test_the_place_is_what_the_front_end_tells(front_end, monkeypatch, shell, session_name, found):
    front_end(shell)
    monkeypatch.setenv("JPY_SESSION_NAME", session_name)
    assert place() == found


def test_where_ipython_does_not_run_it_is_not_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert place() == Place()
    assert "IPython" not in sys.modules
