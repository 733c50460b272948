"""In a terminal a form's questions are put line by line."""

from __future__ import annotations

import getpass

import pytest
from waiting import buttons, settled

import nbprovider
from loopback import serving
from nbprovider.errors import UsageError
from nbprovider.ui.ask import Asking
from nbprovider.ui.forms.accounts import AccountsTable
from nbprovider.ui.forms.credentials import Credentials
from on_offer import Provider
from seeds import SEEDS, seen

KEY = SEEDS["openai project"]


class Keyboard:
    """Somebody who answers each question by the words that stand in it."""

    def __init__(self, secret="", **answers):
        self.answers = {words.replace("_", " "): said for words, said in answers.items()}
        self.secret = secret
        self.told = []

    def read(self, question):
        self.told.append(question)
        for words, said in self.answers.items():
            if words in question:
                return said if isinstance(said, str) else self.chosen(said)
        return ""

    def chosen(self, labels):
        """Return the number that stands before the next of these words."""
        if not labels:
            return "q"
        label = labels.pop(0)
        lines = [line.split(None, 1) for line in self.told if line.lstrip()[:1].isdigit()]
        return next((n for n, *rest in reversed(lines) if rest == [label]), label)

    def unseen(self, question):
        self.told.append(question)
        return self.secret

    def ask(self, form):
        Asking(form, self.read, self.unseen, self.told.append).run()
        return "\n".join(self.told)


def test_an_account_is_entered_tried_and_kept_line_by_line():
    with serving(Provider(KEY)) as server:
        keyboard = Keyboard(
            KEY,
            Find="",
            Provider="openai-compatible",
            Address=f"{server.url}/v1",
            Account="work",
            What_now=["Test connection", "Save"],
        )
        told = keyboard.ask(Credentials())
    assert "It works: tiny answered" in told
    assert "Saved as work" in told
    assert nbprovider.accounts.show("work").base_url == f"{server.url}/v1"
    assert not seen(told)
    assert "(unseen)" in told


def test_a_word_that_means_several_is_asked_again_with_a_list():
    told, said = [], iter(["compatible", "1"])

    def read(question):
        return next(said, "") if question.startswith("Provider,") else ""

    Asking(Credentials(), read, read, told.append).run()
    shown = "\n".join(told)
    assert "   1  Anthropic-compatible server" in shown
    assert "   2  OpenAI-compatible server" in shown
    assert "\nAnthropic-compatible server\n" in shown, "it was chosen"


def test_a_row_is_acted_on_by_its_number():
    nbprovider.accounts.add("groq", KEY, name="work")
    table = AccountsTable()
    settled(table, lambda: "edit work" in buttons(table))
    told = Keyboard("", What_now=["Remove work"]).ask(table)
    assert "work is removed" in told
    assert "work" not in [entry.name for entry in nbprovider.accounts.list()]


@pytest.mark.parametrize("error", [EOFError, NotImplementedError, getpass.GetPassWarning])
def test_where_nobody_can_be_asked_it_is_told_and_nothing_waits(error):
    def read(_):
        raise error

    form = Credentials("groq")
    with pytest.raises(UsageError, match="Nobody can be asked here"):
        Asking(form, read, read, lambda _: None).run()
    assert form.closed


def test_an_interrupt_leaves_nothing_under_way():
    def read(_):
        raise KeyboardInterrupt

    form = Credentials("groq")
    with pytest.raises(KeyboardInterrupt):
        Asking(form, read, read, lambda _: None).run()
    assert form.closed
