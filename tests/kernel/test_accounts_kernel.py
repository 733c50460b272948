"""Accounts in a real kernel: the key is typed in the front end, and shown nowhere."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from kernels import Ran, kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

KEY = "correcthorsebatterySEEDED0123"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def running(home: Path):
    with kernel(NBPROVIDER_HOME=str(home)) as made:
        made.run("%load_ext nbprovider")
        yield made


def typing(running, code: str, *replies: str) -> tuple[Ran, list[str]]:
    """Run a cell, answer what it asks; return what ran, and the prompts, hidden ones marked."""
    name = running.client.execute(code, allow_stdin=True)
    prompts = []
    for reply in replies:
        asked = running.client.get_stdin_msg(timeout=30)["content"]
        prompts.append(("unseen: " if asked["password"] else "seen: ") + asked["prompt"])
        running.client.input(reply)
    return running.finish(name), prompts


def shown(ran: Ran) -> str:
    assert ran.status == "ok", ran.of("error")
    return ran.shown[-1]["data"]["text/plain"]


def test_an_account_lives_in_a_kernel_and_its_key_is_shown_nowhere(running, home: Path):
    with serving(answering("fine")) as server:
        line = (
            f"%provider account add openai-compatible --name work --base-url {server.url} -m tiny"
        )
        ran = [running.run(line)]
        keyed, prompts = typing(running, "%provider key work", KEY)
        ran.append(keyed)
        assert prompts == [
            f"unseen: Key for OpenAI-compatible server (the account work, for {server.url}): "
        ]
        ran.append(running.run("%provider account list"))
        assert "work" in shown(ran[-1])
        ran.append(running.run("%%chat work\nhi"))
        assert "fine" in shown(ran[-1])
        ran.append(running.run("%provider account remove work"))
        assert "work" not in shown(running.run("%provider account"))
        gone = running.run("%%chat tiny@work\nhi")
        assert gone.status == "error"
        ran += [gone, running.run("%provider account restore work")]
        ran.append(running.run("import nbprovider\nprint(nbprovider.ask('hi', model='work').text)"))
        assert ran[-1].text == "fine\n"
        sent = [request["headers"]["authorization"] for request in server.requests]
        assert sent == [f"Bearer {KEY}"] * 2
        ran.append(
            running.run(
                "print(get_ipython().run_line_magic('provider', 'usage')['account'].iloc[-1])"
            )
        )
        assert ran[-1].text == "work\n"
    assert KEY not in json.dumps([one.messages for one in ran], default=str)
    assert KEY not in running.run("print(In, Out, _i, _ii)").text
    nowhere(home)


def nowhere(home: Path) -> None:
    """Look for the key in every file of the user's, IPython's history among them."""
    files = [path for path in home.rglob("*") if path.is_file()]
    (history,) = [path for path in files if path.name == "history.sqlite"]
    rows = sqlite3.connect(history).execute("SELECT source_raw FROM history").fetchall()
    assert any("%provider key work" in row[0] for row in rows), "the history was written"
    assert [path for path in files if KEY.encode() in content(path)] == []


def content(path: Path) -> bytes:
    """Return what a file holds; SQLite's journal may be gone meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_a_key_is_typed_once_and_serves_the_next_kernel(home: Path):
    with kernel(NBPROVIDER_HOME=str(home)) as first:
        first.run("%load_ext nbprovider")
        ran, prompts = typing(first, "%provider key groq", KEY)
        assert "in the vault" in shown(ran)
        assert prompts[0].startswith("unseen: Key for Groq")
    with kernel(NBPROVIDER_HOME=str(home)) as second:
        second.run("%load_ext nbprovider")
        words = shown(second.run("%provider account show groq"))
        assert "key" in words
        assert "locked" not in words


def test_purge_is_confirmed_by_typing(running):
    typing(running, "%provider key groq", KEY)
    running.run("%provider account remove groq")
    ran, prompts = typing(running, "%provider account purge groq", "groq")
    assert prompts[0].startswith("seen: Nothing brings groq back")
    assert "gone for good" in shown(ran)


def test_a_front_end_that_cannot_ask_gets_an_error_at_once(running):
    for line in ("%provider key groq", "%provider account add groq"):
        ran = running.run(line)
        assert ran.error["ename"] == "MissingKey"
        assert "cannot be asked for here" in ran.error["evalue"]
    typing(running, "%provider key groq", KEY)
    running.run("%provider account remove groq")
    assert "--yes" in running.run("%provider account purge groq").error["evalue"]


def test_a_locked_account_is_shown_and_entered_again_in_another_kernel(home: Path):
    with kernel(NBPROVIDER_HOME=str(home), NBPROVIDER_ENCRYPTION_KEY="first passphrase") as first:
        first.run("%load_ext nbprovider")
        typing(first, "%provider key groq", KEY)
    with kernel(NBPROVIDER_HOME=str(home)) as second:
        second.run("%load_ext nbprovider")
        words = shown(second.run("%provider account"))
        assert "locked: " in words
        assert "`%provider account remove groq`" in words
        assert "locked: " in shown(second.run("%provider doctor"))
        assert second.run("%provider").status == "ok"
        assert second.run("%provider account remove groq").status == "ok"
