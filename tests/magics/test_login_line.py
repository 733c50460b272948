"""How `%provider login` is read, and which way a login takes."""

from __future__ import annotations

import os

import pytest

from login_server import written
from nbprovider import config, credentials
from nbprovider.credentials.oauth import Tokens
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.errors import LoginFailed, UsageError
from nbprovider.magics import login, status
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run
from nbprovider.session import Session
from nbprovider.session import session as sessions
from nbprovider.session.login import Whom

BROWSER = {"authorize": "https://a.test/login", "token": "https://a.test/token"}
DEVICE = {"device": "https://a.test/device", "token": "https://a.test/token"}


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(login, "elsewhere", lambda: "")


@pytest.fixture
def away(monkeypatch):
    monkeypatch.setattr(login, "elsewhere", lambda: "JupyterHub")


def way(table, word=""):
    written("campus", table)
    return login._way(Whom("campus"), word)


def setting(word):
    config.settings_file().parent.mkdir(parents=True, exist_ok=True)
    config.settings_file().write_text(f'login = "{word}"', encoding="utf-8")


def test_a_login_is_completed_on_the_line():
    assert complete("%provider login ") == ["chatgpt", "openrouter"]
    assert complete("%provider login chat") == ["chatgpt"]
    credentials.vault().add(Stored(new_id(), "chatgpt", "work"), {"oauth": Tokens("a").sealed()})
    assert complete("%provider login chatgpt ") == ["work", "paste"]
    assert complete("%provider logout w") == ["work"]


@pytest.mark.usefixtures("here")
def test_on_one_machine_the_browser_comes_back():
    assert way(BROWSER) == "listen"
    assert way({**BROWSER, **DEVICE}) == "listen"


@pytest.mark.usefixtures("away")
def test_elsewhere_a_device_code_is_easier_than_pasting():
    assert way(BROWSER) == "paste"
    assert way({**BROWSER, **DEVICE}) == "device"


@pytest.mark.usefixtures("here")
def test_the_word_and_the_setting_choose_pasting():
    assert way(BROWSER, "paste") == "paste"
    setting("paste")
    assert way(BROWSER) == "paste"


@pytest.mark.usefixtures("away")
def test_the_setting_chooses_the_browser():
    setting("browser")
    assert way(BROWSER) == "listen"


@pytest.mark.usefixtures("here")
def test_where_no_browser_comes_back_a_device_code_is_all_there_is():
    assert way(DEVICE, "paste") == "device"


@pytest.mark.parametrize(
    ("rest", "read"),
    [
        ((), ("", "")),
        (("work",), ("work", "")),
        (("paste",), ("", "paste")),
        (("work", "paste"), ("work", "paste")),
    ],
)
def test_the_words_are_an_account_and_paste(rest, read):
    assert login._read("campus", rest) == read


def test_a_word_too_many_is_told_with_the_right_form():
    with pytest.raises(UsageError, match="ACCOUNT"):
        login._read("campus", ("work", "pste"))


def test_without_anybody_it_ends_before_anything_is_shown(capsys, monkeypatch):
    written("campus", BROWSER)
    monkeypatch.setattr(login, "somebody_is_here", lambda: False)
    with pytest.raises(LoginFailed) as caught:
        login.log_in("campus")
    assert caught.value.code == "nobody"
    assert not capsys.readouterr().out


def test_using_a_plan_that_nobody_is_logged_in_to_logs_in(monkeypatch):
    began = []
    monkeypatch.setitem(sessions._SESSIONS, os.getpid(), Session())
    monkeypatch.setattr(login, "log_in", began.append)
    run("use chatgpt:gpt-6.1-sol")
    assert began == ["chatgpt"]


def test_the_status_says_how_to_log_in():
    table = status.table(Session())
    assert "%provider login" not in table.title
    session = Session()
    session.active = "chatgpt:gpt-6.1-sol"
    assert "not logged in: `%provider login chatgpt`" in status.table(session).title
