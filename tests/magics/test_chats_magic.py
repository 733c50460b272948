"""`%provider chats`, word by word."""

from __future__ import annotations

import pytest

import nbprovider
from nbprovider import session
from nbprovider.errors import UsageError
from nbprovider.ledger.chat_merge import Draft, merge
from nbprovider.ledger.chats import Said
from nbprovider.magics import provider
from nbprovider.magics.chats import WORDS
from nbprovider.magics.complete import complete
from nbprovider.types import Message, Text


def say(name, *words):
    added = tuple(Said(Message("user", (Text(word),))) for word in words)
    merge(session.current().ledger, Draft("", name, anew=False, added=added))


def shown(line):
    return provider.run(line)._repr_mimebundle_()["text/plain"]


def test_a_chat_lives_through_all_the_words(tmp_path):
    say("my paper", "What is a median?")
    assert "my paper" in shown("chats")
    assert "What is a median?" in shown("chats list")
    assert "my paper" in shown("chats search median")
    assert "What is a median?" in shown("chats show 'my paper'")
    assert "go on with my paper now, after 1 messages" in shown("chats open 'my paper'")
    assert "chat.ipynb" in shown(f"chats export 'my paper' {tmp_path}/chat.ipynb")
    assert "called thesis now" in shown("chats rename 'my paper' thesis")
    assert "restore thesis" in shown("chats delete thesis")
    assert "thesis" in shown("chats list --deleted")
    assert "book is back" in shown("chats restore thesis --name book")
    shown("chats delete book")
    assert "1 chat with 1 turns are gone for good." in shown("chats purge --yes")
    assert "none yet" in shown("chats list --deleted")


def test_a_chat_is_forked_from_a_turn_on():
    say("paper", "One?", "Two?")
    assert "'my draft'` goes on with it" in shown("chats fork paper 'my draft' --at 1")
    assert "1 turns of paper" in shown("chats fork paper other --at 1")
    assert [len(one.messages) for one in map(nbprovider.Chat, ("my draft", "paper"))] == [1, 2]
    with pytest.raises(UsageError, match="needs a number"):
        provider.run("chats fork paper third --at two")
    assert "--at" in complete("%provider chats fork paper third ")
    assert "paper" in complete("%provider chats fork ")


@pytest.mark.parametrize("signs", ["--new", "-c x", "'it''s'", "NEAR(", "a:b", '\\"', "*", "é^"])
def test_any_words_can_be_looked_for(signs):
    say("paper", "What is a median?")
    assert "nothing found" in shown(f"chats search {signs}")


def test_purging_asks_whether_it_is_meant(monkeypatch):
    for name in ("a", "b"):
        say(name, "hello")
        nbprovider.chats.delete(name)
    asked = []
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or "no")
    with pytest.raises(UsageError, match="still there"):
        provider.run("chats purge")
    assert "a, b (2 in all)" in asked[0]
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert "1 chat with" in shown("chats purge a")

    def nobody(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(UsageError, match="Nobody can be asked"):
        provider.run("chats purge --older-than '0 days'")
    assert [one.name for one in nbprovider.chats.deleted()] == ["b"]


def test_where_there_is_nothing_to_purge_nobody_is_asked():
    """The file is written anew all the same: an earlier purge may have been held up."""
    say("paper", "hello")
    assert "0 chats with 0 turns" in shown("chats purge")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("chats opne x", "open"),
        ("chats open", "open NAME"),
        ("chats open a b", "quotes"),
        ("chats delete x --yes", "There are"),
        ("chats purge --older x", "--older-than"),
    ],
)
def test_a_mistake_names_what_is_right(line, hint):
    with pytest.raises(UsageError) as raised:
        provider.run(line)
    assert hint in f"{raised.value} {raised.value.hint}"


def test_the_status_says_which_chat_is_opened():
    say("paper", "hello")
    assert "go on with" not in shown("")
    nbprovider.chats.open("paper")
    assert "Cells that name no chat go on with paper." in shown("")


def test_use_gives_the_opened_chat_the_active_model(monkeypatch):
    """Else the model that was kept with it would go on to answer."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghijkl")
    say("paper", "hello")
    nbprovider.chats.open("paper").model = "embedded"
    provider.run("use gpt-6-luna")
    assert session.current().chat("paper").model is None


def test_words_names_and_options_are_completed():
    say("my paper", "hello")
    say("other", "hello")
    nbprovider.chats.delete("other")
    assert complete("%provider chats ") == list(WORDS)
    assert complete("%provider chats sh") == ["show"]
    assert complete("%provider chats open ") == ["'my paper'"]
    assert complete("%provider chats restore ") == ["other", "--name"]
    assert complete("%provider chats search ") == []
    assert complete("%provider chats purge --o") == ["--older-than"]
    assert complete("%%chat -c ") == ["'my paper'"]
