"""Chats with a name are kept in the store, and go on in another kernel."""

from __future__ import annotations

import threading

import pytest

import nbprovider
from loopback import answering, delta, ending
from nbprovider import config, session
from nbprovider.errors import Unavailable
from nbprovider.ledger import chat_merge, chats
from nbprovider.types import Message, Text

MODEL = "openai-compatible:tiny"


@pytest.fixture
def again(monkeypatch):
    """Begin as another kernel does: a new session on the same files."""

    def begin():
        session.current().ledger.close()
        monkeypatch.setattr(session.session, "_SESSIONS", {})
        return session.current()

    return begin


def texts(chat):
    return [message.text for message in chat.messages]


def stored(name):
    found = chats.in_use(session.current().ledger, name)
    return found and [turn.message.text for turn in chats.said(session.current().ledger, found.id)]


def setting(text):
    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    config._read.cache_clear()


def test_a_named_chat_goes_on_in_another_kernel_with_model_and_instructions(point, again):
    server = point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL, system="Be kind.")
    chat.cycle = [MODEL, "embedded"]
    chat.ask("One?")
    again()
    chat = nbprovider.Chat("paper")
    assert (chat.model, chat.system, chat.cycle) == (MODEL, "Be kind.", [MODEL, "embedded"])
    answer = chat.ask("Two?")
    sent = [message["content"] for message in server.requests[-1]["body"]["messages"]]
    assert sent == ["Be kind.", "One?", "fine", "Two?"]
    assert any("goes on after 2 messages of" in note for note in answer.notes)
    assert chat.ask("Three?").notes == ()


def test_a_session_gives_the_stored_chat_of_a_name(point, again):
    point(answering("fine"))
    session.current().ask("One?", {"model": MODEL}, session.current().chat("paper"))
    assert texts(again().chat("paper")) == ["One?", "fine"]
    assert session.current().chat("paper") is session.current().chat("paper")


def test_what_is_given_comes_before_what_was_kept(point, again):
    point(answering("fine"))
    nbprovider.Chat("paper", model=MODEL, system="Be kind.").ask("One?")
    again()
    chat = nbprovider.Chat("paper", model="embedded", system="Be brief.")
    assert (chat.model, chat.system, texts(chat)) == ("embedded", "Be brief.", ["One?", "fine"])


def test_a_chat_without_a_name_is_kept_nowhere(point):
    point(answering("fine"))
    nbprovider.Chat(model=MODEL).ask("One?")
    nbprovider.ask("Two?", model=MODEL)
    assert session.current().ledger.run("SELECT count(*) FROM turns") == [(0,)]


def test_main_begins_anew_in_each_kernel_and_the_earlier_one_is_kept_by_its_day(point, again):
    point(answering("fine"))
    for number in range(3):
        main = again().chat("main")
        assert main.messages == []
        session.current().ask(f"Question {number}", {"model": MODEL}, main)
    names = {name: stored(name)[0] for (name,) in _names()}
    assert names.pop("main") == "Question 2"
    assert sorted(names.values()) == ["Question 0", "Question 1"]
    assert all(name.startswith("main-20") for name in names)


def _names():
    return session.current().ledger.run("SELECT name FROM chats WHERE deleted_at IS NULL")


def test_clear_begins_a_new_chat_and_the_old_one_stays_under_another_name(point):
    point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.ask("One?")
    chat.clear()
    assert stored("paper") == ["One?", "fine"]
    chat.ask("Two?")
    assert stored("paper") == ["Two?", "fine"]
    (old,) = {name for (name,) in _names()} - {"paper"}
    assert stored(old) == ["One?", "fine"]


def test_an_interrupted_answer_is_kept_and_marked(point, again):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    point(script)
    chat = nbprovider.Chat("paper", model=MODEL)
    with chat.stream("Count!") as stream:
        next(stream)
    again()
    found = chats.in_use(session.current().ledger, "paper")
    turns = chats.said(session.current().ledger, found.id)
    assert [(turn.message.text, turn.status) for turn in turns] == [
        ("Count!", "ok"),
        ("one ", "interrupted"),
    ]
    assert texts(nbprovider.Chat("paper")) == ["Count!", "one "]


def test_a_question_that_failed_leaves_nothing(point):
    point(lambda peer: peer.whole(500, {"error": {"message": "no"}}))
    chat = nbprovider.Chat("paper", model=MODEL)
    setting("tries = 1")
    with pytest.raises(Unavailable):
        chat.ask("One?")
    assert chat.messages == []
    assert stored("paper") is None


def test_turns_lead_to_what_they_cost(point):
    point(answering("fine"))
    nbprovider.Chat("paper", model=MODEL).ask("One?")
    rows = session.current().ledger.run(
        "SELECT t.role, a.status, a.chat FROM turns t JOIN attempts a USING (call_id)"
    )
    assert rows == [("user", "ok", "paper"), ("assistant", "ok", "paper")]


def test_with_keep_chats_off_nothing_more_is_kept_and_what_is_there_stays(point):
    point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.ask("One?")
    setting("keep_chats = false")
    chat.ask("Secret?")
    assert texts(chat) == ["One?", "fine", "Secret?", "fine"]
    assert stored("paper") == ["One?", "fine"]
    setting("keep_chats = true")
    chat.ask("Three?")
    assert stored("paper") == ["One?", "fine", "Three?", "fine"]
    assert texts(chat) == ["One?", "fine", "Secret?", "fine", "Three?", "fine"]


def test_two_chats_of_one_name_interleave_and_lose_nothing(point):
    point(answering("fine"))
    one, other = (nbprovider.Chat("paper", model=MODEL) for _ in range(2))
    one.ask("One?")
    answer = other.ask("Two?")
    assert one.ask("Three?").notes == ("2 messages came from elsewhere",)
    assert "goes on after 2 messages" in answer.notes[0]
    assert stored("paper") == ["One?", "fine", "Two?", "fine", "Three?", "fine"]
    assert texts(one) == stored("paper")
    other.ask("Four?")
    assert texts(other) == stored("paper")


def test_answers_that_come_at_once_stay_with_their_questions(point):
    """Pairs of question and answer are never torn apart."""
    gate = threading.Barrier(4)

    def script(peer):
        gate.wait(20)
        said = peer.request["body"]["messages"][-1]["content"]
        peer.head()
        peer.chunk(delta(f"re {said}"))
        peer.chunk(ending())
        peer.end()

    point(script)
    kernels = [nbprovider.Chat("paper", model=MODEL) for _ in range(4)]
    asking = [threading.Thread(target=chat.ask, args=(f"Q{n}",)) for n, chat in enumerate(kernels)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    said = stored("paper")
    assert sorted(said[::2]) == ["Q0", "Q1", "Q2", "Q3"]
    assert said[1::2] == [f"re {question}" for question in said[::2]]


def test_what_is_taken_away_by_hand_is_taken_away_in_the_store(point):
    point(answering("fine"))
    one = nbprovider.Chat("paper", model=MODEL)
    one.ask("One?")
    other = nbprovider.Chat("paper")
    one.ask("Two?")
    del one.messages[2:]
    one.save()
    assert stored("paper") == ["One?", "fine"]
    answer = other.ask("Three?")
    assert answer.notes[-1] == "the chat was changed elsewhere"
    assert texts(other) == stored("paper") == ["One?", "fine", "Three?", "fine"]
    one.messages.insert(0, Message("user", (Text("Zero"),)))
    one.save()
    assert sorted(stored("paper")) == sorted(["Zero", "One?", "fine", "Three?", "fine"])


def test_a_chat_that_was_deleted_elsewhere_goes_on_with_what_is_new(point):
    """What was deleted is not written anew, and the new turns are not lost."""
    point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL)
    chat.ask("One?")
    session.current().ledger.run("DELETE FROM turns")
    session.current().ledger.run("DELETE FROM chats")
    chat.ask("Two?")
    assert stored("paper") == ["Two?", "fine"]
    assert texts(chat) == ["One?", "fine", "Two?", "fine"]
    chat.ask("Three?")
    assert stored("paper") == ["Two?", "fine", "Three?", "fine"]


def test_a_store_that_fails_costs_no_answer_and_gets_the_turns_later(point, monkeypatch):
    point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL)

    def broken(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(chat_merge, "merge", broken)
        answer = chat.ask("One?")
    assert answer.text == "fine"
    assert answer.notes == ("the chat cannot be kept (no space left on device)",)
    assert texts(chat) == ["One?", "fine"]
    assert chat.ask("Two?").notes == ()
    assert stored("paper") == ["One?", "fine", "Two?", "fine"]


def test_a_store_that_cannot_be_read_begins_an_empty_chat_and_says_so(point, monkeypatch):
    point(answering("fine"))
    monkeypatch.setattr(chats, "in_use", lambda *_: 1 / 0)
    chat = nbprovider.Chat("paper", model=MODEL)
    assert chat.ask("One?").notes == ("the chat cannot be read (division by zero)",)


def test_no_key_is_kept(point):
    """Neither one that is known, nor what is shaped like one."""
    key = "sk-proj-" + "a1B2" * 10
    point(answering("fine"))
    chat = nbprovider.Chat("paper", model=MODEL, system=f"Use {key}")
    chat.ask(f"What is {key}?")
    assert key in chat.messages[0].text
    rows = session.current().ledger.run("SELECT message, words FROM turns")
    rows += session.current().ledger.run("SELECT system, name FROM chats")
    assert key not in str(rows)
    assert "[redacted]" in str(rows)


def test_a_chat_whose_name_looks_like_a_key_is_not_kept(point):
    point(answering("fine"))
    chat = nbprovider.Chat("sk-proj-" + "a1B2" * 10, model=MODEL)
    assert "looks like a key" in chat.ask("One?").notes[0]
    assert _names() == []
