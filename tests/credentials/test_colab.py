"""Colab's secrets: a stand-in for the module that only a Colab kernel has.

It raises what Colab's own raises, under the same class names (googlecolab/colabtools).
"""

from __future__ import annotations

import sys
import types

import pytest

from nbprovider import credentials
from nbprovider.credentials import access, accounts, colab
from nbprovider.credentials.colab import COLAB
from nbprovider.errors import MissingKey

KEY = "zQ81seededKEY77xyzzy"


class SecretNotFoundError(Exception):
    pass


class NotebookAccessError(Exception):
    pass


class TimeoutException(Exception):
    pass


class Panel:
    """The side panel: names and values, and what was asked."""

    def __init__(self, **secrets):
        self.secrets = secrets
        self.asked = []
        self.alive = True

    def get(self, name):
        self.asked.append(name)
        if not self.alive:
            raise TimeoutException(name)
        if name not in self.secrets:
            raise SecretNotFoundError(name)
        if self.secrets[name] is None:
            raise NotebookAccessError(name)
        return self.secrets[name]


@pytest.fixture
def panel(monkeypatch):
    """Return a panel; this kernel is one of Colab's."""
    panel = Panel()
    parts = {name: types.ModuleType(name) for name in ("google.colab", "google.colab.userdata")}
    parts["google.colab"].userdata = parts["google.colab.userdata"]
    parts["google.colab.userdata"].get = panel.get
    for name, module in parts.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(COLAB, "_answers", {})
    monkeypatch.setattr(COLAB, "_spent", 0.0)
    return panel


def sources():
    return {account.name: account.source for account in accounts()}


def test_a_secret_is_found_under_the_name_of_the_variable(panel):
    panel.secrets = {"GROQ_API_KEY": KEY}
    assert sources() == {"groq": "Colab secret GROQ_API_KEY"}
    assert access("groq").secret.reveal() == KEY


def test_outside_of_colab_nobody_is_asked(panel, monkeypatch):
    panel.secrets = {"GROQ_API_KEY": KEY}
    monkeypatch.delitem(sys.modules, "google.colab")
    assert sources() == {}
    assert panel.asked == []


def test_where_the_environment_has_a_key_no_secret_is_asked_for(panel, monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    assert access("groq").secret.reveal() == "of-environment"
    assert "GROQ_API_KEY" not in panel.asked


def test_a_secret_without_access_is_nothing_found_and_a_note(panel):
    panel.secrets = {"GROQ_API_KEY": None, "MISTRAL_API_KEY": KEY}
    assert sources() == {"mistral": "Colab secret MISTRAL_API_KEY"}
    (note,) = credentials.notes()
    assert note.startswith("This notebook may not read GROQ_API_KEY")


def test_answers_are_kept(panel):
    panel.secrets = {"GROQ_API_KEY": KEY}
    accounts()
    first = access("groq").secret
    asked = len(panel.asked)
    accounts()
    assert access("groq").secret is first
    assert len(panel.asked) == asked


def test_asking_ends_when_it_has_taken_its_time_with_the_preferred_providers_first(
    panel, monkeypatch
):
    """Each secret is asked of the browser: no question may wait for all of them."""
    monkeypatch.setattr(colab, "BUDGET", 0.0)
    COLAB._spent = -1e-9
    panel.secrets = {"ANTHROPIC_API_KEY": KEY, "ZAI_API_KEY": KEY}
    assert sources() == {"anthropic": "Colab secret ANTHROPIC_API_KEY"}
    assert panel.asked == ["ANTHROPIC_API_KEY"]


def test_a_page_that_does_not_answer_is_asked_once_and_said(panel, monkeypatch):
    panel.alive = False
    monkeypatch.setattr(colab, "BUDGET", 1e-9)
    assert sources() == sources() == {}
    assert panel.asked == ["ANTHROPIC_API_KEY"]
    assert "where its page is open" in COLAB.note()


def test_after_nothing_was_found_it_is_asked_again(panel):
    """Whoever adds a secret because none was found need not wait."""
    with pytest.raises(MissingKey):
        access("groq")
    panel.secrets = {"GROQ_API_KEY": KEY}
    assert access("groq").secret.reveal() == KEY


def test_a_secret_never_shows_itself(panel):
    panel.secrets = {"GROQ_API_KEY": KEY}
    found = accounts()
    assert KEY not in repr((found, access("groq"), COLAB._answers))
    assert KEY not in credentials.redact(f"401 {KEY}")
