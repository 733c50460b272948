"""With `--window summary` what is left out of a long conversation is told in short."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import pytest

import nbprovider
from loopback import delta, ending, serving
from nbprovider import catalog, session
from nbprovider.catalog.model import Facts, Model
from nbprovider.errors import BadRequest
from nbprovider.session.summing import TASK
from nbprovider.types import Media, Message, Text, ToolCall, ToolResult

MODEL = "openai-compatible:tiny"
WORDS = "word " * 400


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    monkeypatch.setattr(session.session, "_SESSIONS", {})
    told = Model("openai-compatible", "tiny", Facts(context=4000, max_output=500))
    monkeypatch.setattr(catalog, "model", lambda *_: told)


def script(peer):
    """Answer a task of shortening with a summary that is numbered, all else with `fine`."""
    messages = peer.request["body"]["messages"]
    words = f"summary {len(summaries(peer.server))}" if is_task(messages) else "fine"
    peer.head()
    peer.chunk(delta(words) + ending())
    peer.end()


def is_task(messages):
    return messages[0]["content"] == TASK


def summaries(server):
    found = [request["body"]["messages"] for request in server.requests]
    return [messages for messages in found if is_task(messages)]


@pytest.fixture
def server(monkeypatch):
    def run(peer):
        peer.server = running
        script(peer)

    with serving(run) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        yield running


@pytest.fixture
def chat():
    chat = nbprovider.Chat("long", model=MODEL, system="Be kind.")
    say(chat, 10)
    return chat


def say(chat, count, words=WORDS):
    for number in range(count):
        chat.messages.append(Message("user", (Text(f"Q{number} {words}"),)))
        chat.messages.append(Message("assistant", (Text(f"A{number}"),)))


def sent(server):
    return [message["content"] for message in server.requests[-1]["body"]["messages"]]


def test_the_oldest_are_told_in_short_in_a_call_of_its_own(server, chat):
    answer = chat.ask("Now?", window="summary")
    assert answer.text == "fine"
    told = summaries(server)
    first, second, *rest = sent(server)
    assert first == "Be kind."
    assert second == f"Before this, in short:\nsummary {len(told)}"
    assert rest[-1] == "Now?"
    left = 20 - (len(rest) - 1)
    assert any(f"first {left} messages sent as a summary" in note for note in answer.notes)
    shortened = "".join(messages[1]["content"] for messages in told)
    assert all(f"User: Q{n} " in shortened for n in range(left // 2))
    assert f"Q{left // 2} " not in shortened
    assert [message.text for message in chat.messages[-2:]] == ["Now?", "fine"]
    assert len(chat.messages) == 22


def test_it_is_in_the_ledger_and_counts_for_the_chat(server, chat):
    chat.ask("Now?", window="summary")
    rows = nbprovider.usage()
    *before, last = rows["purpose"]
    assert set(before) == {"summary"}
    assert last == "chat"
    assert set(rows["chat"]) == {"long"}


def test_a_new_one_is_written_only_when_more_is_left_out_and_from_the_old_one(server, chat):
    chat.ask("Now?", window="summary")
    before = len(summaries(server))
    chat.ask("And now?", window="summary")
    assert len(summaries(server)) == before
    say(chat, 4)
    chat.ask("And then?", window="summary")
    told = summaries(server)[before:]
    assert told
    assert told[0][1]["content"].startswith(f"summary {before}\n\nUser: ")


def test_one_of_a_conversation_that_was_changed_is_not_used(server, chat):
    chat.ask("Now?", window="summary")
    before = len(summaries(server))
    chat.messages[0] = Message("user", (Text("Something else. " + WORDS),))
    chat.messages[1:4] = chat.messages[1:2]
    chat.ask("And now?", window="summary")
    assert len(summaries(server)) > before
    assert "Something else." in summaries(server)[before][1]["content"]


def test_what_fits_and_what_is_not_asked_for_is_not_shortened(server, chat):
    chat.ask("Now?")
    assert summaries(server) == []
    assert any("not sent" in note for note in chat.ask("Again?", window="auto").notes)
    short = nbprovider.Chat(model=MODEL)
    say(short, 2, "few")
    short.ask("Now?", window="summary")
    assert summaries(server) == []


def test_without_blocking_and_streamed_it_is_the_same(server, chat):
    asyncio.run(chat.aask("Now?", window="summary"))
    assert summaries(server)
    assert "in short" in sent(server)[1]
    before = len(summaries(server))
    assert "".join(chat.stream("And now?", window="summary")) == "fine"
    assert len(summaries(server)) == before
    assert "in short" in sent(server)[1]


def test_a_dry_run_writes_none(server, chat):
    told = session.current().preview("Now?", {"window": "summary"}, chat)
    assert "not sent" in repr(told)
    assert server.requests == []


def test_where_none_can_be_had_the_question_fails_and_the_chat_stays(server, chat, monkeypatch):
    def down(peer):
        peer.whole(400 if is_task(peer.request["body"]["messages"]) else 200, {"error": {}})

    monkeypatch.setattr(server, "script", down)
    before = list(chat.messages)
    with pytest.raises(BadRequest):
        chat.ask("Now?", window="summary")
    assert chat.messages == before
    assert list(nbprovider.usage()["status"]) == ["failed"]


def test_who_stops_it_stops_the_question_and_what_was_said_before_is_the_last(server, chat):
    """Row 9 of the rivals: it is billed as far as it came."""
    nbprovider.ask("Before?", model=MODEL)

    def hanging(peer):
        peer.head()
        peer.chunk(delta("sum"))
        os.kill(os.getpid(), signal.SIGINT)
        peer.wait_closed()

    server.script = hanging

    class Impatient:
        def saw(self, _):
            raise AssertionError("the question itself is never asked")

    with pytest.raises(KeyboardInterrupt):
        session.current().ask("Now?", {"window": "summary"}, chat, Impatient())
    assert session.current().last.text == "fine"
    assert len(chat.messages) == 20
    assert list(nbprovider.usage()["status"]) == ["ok", "interrupted"]


def test_tools_and_pictures_are_named(server):
    chat = nbprovider.Chat(model=MODEL)
    chat.messages += [
        Message("user", (Media("image", "image/png", b"1", name="fig.png"), Text("Look!"))),
        Message("assistant", (ToolCall("1", "look", '{"at": 1}'),)),
        Message("tool", (ToolResult("1", "look", "blue"),)),
        Message("assistant", (Text("It is blue."),)),
    ]
    say(chat, 9)
    chat.ask("Now?", window="summary")
    told = json.dumps(summaries(server)[0][1]["content"])
    for words in ("[fig.png]", "[asks for look(", "[look gave: blue]", "Assistant: It is blue."):
        assert words in told
