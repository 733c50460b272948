"""The last exchange of a chat is taken off, or asked again; nothing is lost on the way."""

from __future__ import annotations

import json

import pytest

import nbprovider
from loopback import delta, ending, serving
from nbprovider import config, session
from nbprovider.errors import ProviderError, UsageError
from nbprovider.session.rewinding import rewound
from nbprovider.types import Media, Message, Text, ToolCall, ToolResult

MODEL = "openai-compatible:tiny"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("tries = 1\nfirst_wait = 0\n", encoding="utf-8")


def numbered(peer):
    """Answer with the number of the request, as words; refuse what asks for it."""
    words = json.dumps(peer.request["body"]["messages"][-1]["content"])
    if "refuse" in words:
        peer.whole(400, {"error": {"message": "no", "type": "invalid_request_error"}})
        return
    numbered.count += 1
    peer.head()
    peer.chunk(delta(f"answer {numbered.count}") + ending())
    peer.end()


@pytest.fixture
def server(monkeypatch):
    numbered.count = 0
    with serving(numbered) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        yield running


@pytest.fixture
def chat(server):
    return session.current().chat("paper")


def ask(chat, *words):
    for word in words:
        chat.ask(word, model=MODEL)


def texts(messages):
    return [message.text for message in messages]


def stored(name="paper"):
    return [turn.message.text for turn in nbprovider.chats.show(name).turns]


def test_the_last_exchange_is_taken_off_in_the_store_too(chat):
    ask(chat, "One?", "Two?")
    assert texts(chat.undo()) == ["Two?", "answer 2"]
    assert texts(chat.messages) == stored() == ["One?", "answer 1"]
    ask(chat, "Three?")
    assert stored() == ["One?", "answer 1", "Three?", "answer 3"]
    chat.undo()
    chat.undo()
    assert chat.messages == stored() == []
    with pytest.raises(UsageError, match="Nothing was asked in the chat 'paper' yet"):
        chat.undo()


def test_an_exchange_goes_with_all_its_tools():
    chat = nbprovider.Chat()
    chat.messages += [
        Message("user", (Text("One?"),)),
        Message("assistant", (Text("Yes."),)),
        Message("user", (Text("Look!"),)),
        Message("assistant", (ToolCall("1", "look", "{}"),)),
        Message("tool", (ToolResult("1", "look", "blue"),)),
        Message("assistant", (Text("It is blue."),)),
    ]
    assert [message.role for message in chat.undo()] == ["user", "assistant", "tool", "assistant"]
    assert texts(chat.messages) == ["One?", "Yes."]


def test_a_question_is_asked_again_as_it_was_sent(chat, server):
    ask(chat, "One?")
    chat.ask([Media("image", "image/png", PNG), "What is this?"], model=MODEL)
    before = server.requests[-1]["body"]["messages"]
    assert chat.redo(model=MODEL, temperature=0).text == "answer 3"
    assert server.requests[-1]["body"]["messages"] == before
    assert server.requests[-1]["body"]["temperature"] == 0
    assert texts(chat.messages) == stored() == ["One?", "answer 1", "What is this?", "answer 3"]


def test_what_was_taken_off_comes_back_when_nothing_is_said_in_its_place(chat):
    ask(chat, "One?")
    with pytest.raises(ProviderError):
        chat.redo(model=MODEL, system="x", extra={"messages": [{"content": "refuse"}]})
    with pytest.raises(UsageError):
        chat.redo(temperature=7)
    assert texts(chat.messages) == stored() == ["One?", "answer 1"]
    ask(chat, "Two?")
    assert stored() == ["One?", "answer 1", "Two?", "answer 2"]


def test_an_interrupted_answer_stands_in_the_place_of_the_old_one(chat, monkeypatch):
    ask(chat, "One?")

    def half(peer):
        peer.head()
        peer.chunk(delta("half"))
        peer.wait_closed()

    with serving(half) as slow:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{slow.url}/v1")
        with rewound(chat) as taken:
            parts = chat.stream(taken[0].parts, model=MODEL)
            assert next(iter(parts))
            parts.close()
    assert texts(chat.messages) == stored() == ["One?", "half"]


def test_what_another_kernel_has_added_is_the_last(chat):
    ask(chat, "One?")
    other = nbprovider.Chat("paper")
    ask(other, "Two?")
    assert texts(chat.undo()) == ["Two?", "answer 2"]
    answer = other.ask("Three?", model=MODEL)
    assert "the chat was changed elsewhere" in answer.notes
    assert stored() == ["One?", "answer 1", "Three?", "answer 3"]


def test_a_chat_that_is_kept_nowhere_goes_back_too(server):
    chat = nbprovider.Chat(model=MODEL)
    with pytest.raises(UsageError, match="in this chat yet"):
        chat.redo()
    ask(chat, "One?")
    assert chat.redo().text == "answer 2"
    assert texts(chat.messages) == ["One?", "answer 2"]
