"""An answer in the background: it goes on by itself, is waited for, stopped, and told of."""

from __future__ import annotations

import threading

import pytest

import nbprovider
from loopback import answering, delta, ending, serving
from nbprovider.errors import UnknownModel, UsageError

TINY = "openai-compatible:tiny"


class Held:
    """Say a few words, and the rest only when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, peer):
        peer.head()
        peer.chunk(delta("First. "))
        if self.go.wait(20):
            peer.chunk(delta("Last."))
            peer.chunk(ending())
            peer.end()


@pytest.fixture
def asked(monkeypatch):
    """Begin a question to a server with this script."""
    servers = []

    def begin(script, **words):
        server = serving(script)
        servers.append(server)
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.__enter__().url}/v1")
        return nbprovider.begin("Hello?", model=TINY, **words)

    yield begin
    for server in servers:
        server.__exit__(None, None, None)


def test_it_is_under_way_when_begin_returns_and_whole_when_it_is_waited_for(asked):
    held = Held()
    pending = asked(held)
    assert pending.status == "running"
    assert "running for" in repr(pending)
    held.go.set()
    assert pending.result(20).text == "First. Last."
    assert pending.status == "ok"
    assert pending.answer.text == "First. Last."
    assert "ok: tiny · 7 → 3 tokens" in repr(pending)


def test_a_wait_that_is_too_short_leaves_it_going_on(asked):
    held = Held()
    pending = asked(held)
    with pytest.raises(TimeoutError, match="it goes on"):
        pending.result(0.05)
    assert not pending.wait(0)
    held.go.set()
    assert pending.result(20).status == "ok"


def test_what_it_fails_by_is_raised_each_time_it_is_asked_for(asked):
    def refusing(peer):
        peer.whole(404, {"error": {"message": "no", "code": "model_not_found"}})

    pending = asked(refusing)
    for _ in range(2):
        with pytest.raises(UnknownModel):
            pending.result(20)
    assert pending.status == "failed"
    assert isinstance(pending.error, UnknownModel)
    assert "failed: The provider does not know the model" in repr(pending)


def test_one_that_is_stopped_has_what_it_said_and_a_second_stop_does_nothing(asked):
    pending = asked(Held())
    while not pending.answer.text:
        assert not pending.wait(0.02)
    pending.stop()
    assert pending.result().text == "First. "
    assert pending.status == "interrupted"
    pending.stop()
    assert list(nbprovider.usage()["status"]) == ["interrupted"]


def test_one_that_is_stopped_at_once_is_over_at_once(asked):
    pending = asked(Held())
    pending.stop()
    assert pending.wait(5)
    assert pending.status in {"interrupted", "ok"}


def test_several_are_under_way_at_once(asked, monkeypatch):
    held = Held()
    first = asked(held)
    others = [nbprovider.begin("And?", model=TINY) for _ in range(5)]
    held.go.set()
    assert {one.result(20).text for one in (first, *others)} == {"First. Last."}


def test_a_mistake_is_raised_at_once(asked):
    with pytest.raises(UsageError):
        asked(answering("never"), temperature=7)


def test_a_chat_has_the_question_and_its_answer_when_that_is_there(asked, monkeypatch):
    held = Held()
    asked(held)
    chat = nbprovider.Chat(model=TINY)
    pending = chat.begin("And?")
    assert chat.messages == []
    held.go.set()
    pending.result(20)
    assert [message.role for message in chat.messages] == ["user", "assistant"]
