"""A chat has options and tools of its own, also in another kernel."""

from __future__ import annotations

import sys

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import session
from nbprovider.errors import UsageError
from nbprovider.session import usual

MODEL = "openai-compatible:tiny"


@pytest.fixture
def server(monkeypatch):
    with serving(answering("fine")) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        yield running


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Rain in {city}."


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "weather", weather, raising=False)


@pytest.fixture
def again(monkeypatch):
    """Begin as another kernel does: a new session on the same files."""

    def begin():
        session.current().ledger.close()
        monkeypatch.setattr(session.session, "_SESSIONS", {})

    return begin


def sent(server):
    return server.requests[-1]["body"]


def test_a_chat_goes_on_with_its_options_and_tools_in_another_kernel(server, notebook, again):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.options = {"temperature": 0.2, "max_tokens": 50, "extra": {"user": "me"}}
    chat.tools = [weather]
    chat.ask("One?")
    first = sent(server)
    assert (first["temperature"], first["max_tokens"], first["user"]) == (0.2, 50, "me")
    assert [tool["function"]["name"] for tool in first["tools"]] == ["weather"]
    again()
    chat = nbprovider.Chat("paper")
    assert chat.tools == ["weather"]
    chat.ask("Two?")
    for name in ("temperature", "max_tokens", "user", "tools"):
        assert sent(server)[name] == first[name]


def test_what_a_question_says_comes_first_and_is_not_kept(server):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.options = {"temperature": 0.2, "seed": 1}
    chat.ask("One?", temperature=1)
    assert (sent(server)["temperature"], sent(server)["seed"]) == (1, 1)
    chat.ask("Two?")
    assert sent(server)["temperature"] == 0.2
    chat.ask("Three?", temperature=None)
    assert "temperature" not in sent(server)


def test_a_tool_that_is_not_in_the_notebook_is_named_and_nothing_is_sent(server):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.tools = ["weather"]
    with pytest.raises(UsageError, match="the tool 'weather', which is not in this notebook"):
        chat.ask("One?")
    assert server.requests == []
    chat.ask("Two?", tools=[])
    assert "tools" not in sent(server)


def test_what_is_no_option_of_a_chat_is_refused(server):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.options = {"model": "other"}
    with pytest.raises(UsageError, match="no option 'model' of its own"):
        chat.ask("One?")
    chat.options = {"temperature": 9}
    with pytest.raises(UsageError, match="temperature must be"):
        chat.ask("One?")
    assert server.requests == []


def test_a_fork_has_them_and_a_chat_shows_them(server, notebook):
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.options, chat.tools = {"temperature": 0.2}, ["weather"]
    chat.ask("One?")
    copy = nbprovider.chats.fork("paper", "bold")
    assert (copy.options, copy.tools) == ({"temperature": 0.2}, ["weather"])
    assert "temperature=0.2 · tools: weather" in nbprovider.chats.show("bold").summary


def test_keys_in_options_are_not_written():
    key = "sk-proj-" + "a1B2" * 10
    assert key not in usual.written({"extra": {"user": key}})
    assert usual.read(usual.written({"temperature": 0.5})) == {"temperature": 0.5}
    assert usual.read("no JSON") == {}
    assert usual.read('{"of a later version": 1, "seed": 2}') == {"seed": 2}
