"""Several models asked at once: one that fails stops no other, and nobody answers for it."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

import nbprovider
from loopback import delta, ending, serving
from nbprovider.errors import MissingKey, UnknownModel, UsageError
from nbprovider.session import Chat, current
from nbprovider.session.comparing import Comparing

A, B = "openai-compatible:a", "openai-compatible:b"


def named(peer):
    """Answer with the model's own name; `bad` is no model, `endless` has no end."""
    if peer.request["method"] == "GET":  # the list of models, for the error's hint
        peer.whole(200, {"data": [{"id": "a"}, {"id": "b"}]})
        return
    model = peer.request["body"]["model"]
    if model == "bad":
        peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})
        return
    peer.head()
    for number in range(1000 if model == "endless" else 1):
        peer.chunk(delta(f"I am {model}. " if not number else f"{number} ", model))
        if model == "endless" and peer.wait_closed(0.02):
            return
    peer.chunk(ending())
    peer.end()


@pytest.fixture
def server(monkeypatch):
    with serving(named) as made:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{made.url}/v1")
        yield made


def test_all_answer_in_the_order_in_which_they_were_named(server):
    found = nbprovider.compare("Who are you?", [A, B])
    assert [part.text for part in found.parts] == ["I am a. ", "I am b. "]
    assert len(found) == 2
    assert found[A].answer.usage.output == 3
    assert found[1].model == B
    with pytest.raises(KeyError):
        found["c"]


def test_they_are_asked_at_the_same_time(monkeypatch):
    both = threading.Barrier(2)

    def together(peer):
        both.wait(10)
        named(peer)

    with serving(together) as made:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{made.url}/v1")
        found = nbprovider.compare("Who?", [A, B])
    assert all(part.error is None for part in found.parts)


def test_one_that_fails_stops_no_other_and_nobody_answers_for_it(server):
    found = nbprovider.compare("Who?", [A, "openai-compatible:bad", "openai:gpt-6-luna"])
    assert isinstance(found[1].error, UnknownModel)
    assert isinstance(found[2].error, MissingKey)
    assert found[0].text == "I am a. "
    assert [r["body"]["model"] for r in server.requests if r["body"]] in (
        ["a", "bad"],
        ["bad", "a"],
    )
    assert "⚠ MissingKey" in found._repr_mimebundle_()[0]["text/html"]


def test_the_frame_has_a_row_a_model_with_the_words_of_the_usage_table(server):
    frame = nbprovider.compare("Who?", [A, "openai-compatible:bad"]).frame()
    assert list(frame["model"]) == [A, "openai-compatible:bad"]
    assert list(frame["status"]) == ["ok", "failed"]
    assert frame["text"].isna().tolist() == [False, True]
    assert frame["output"].dtype == "Int64"
    assert frame["cost"].dtype == "float64"
    assert frame["duration"].notna().all()
    assert set(frame.columns) - {"text"} <= {*nbprovider.usage().columns}
    assert list(nbprovider.usage()["status"]) == list(frame["status"])


def test_it_shows_itself_side_by_side_and_says_where_all_comes_from(server):
    found = nbprovider.compare("Who?", [A, B])
    bundle, metadata = found._repr_mimebundle_()
    assert bundle["text/html"].count('role="group"') == 2
    assert "I am a." in bundle["text/plain"]
    assert [p["asked"] for p in metadata["nbprovider"]["compared"]] == ["a", "b"]
    assert "tokens/s" in repr(found)


def test_a_chat_is_told_of_and_keeps_nothing(server):
    chat = Chat("paper", model=A)
    chat.options = {"temperature": 0.3}
    chat.ask("First?")
    Comparing(current(), "Second?", {}, [A, B], chat).begin()
    until(lambda: len(server.requests) == 3)
    assert [request["body"]["temperature"] for request in server.requests] == [0.3] * 3
    assert [len(request["body"]["messages"]) for request in server.requests] == [1, 3, 3]
    assert len(chat.messages) == 2
    until(lambda: list(nbprovider.usage()["chat"]) == ["paper"] * 3)


def test_a_stop_closes_all_and_keeps_and_bills_what_was_said(server):
    comparing = Comparing(
        current(), "Who?", {}, [A, "openai-compatible:endless", "openai-compatible:endless"]
    )
    comparing.begin()
    until(lambda: all("3" in part.text for part in comparing.comparison().parts[1:]))
    comparing.stop()
    found = comparing.comparison()
    assert [part.answer.status for part in found.parts] == ["ok", "interrupted", "interrupted"]
    until(lambda: sum(peer.closed_at is not None for peer in server.peers) == 2)
    rows = nbprovider.usage()
    assert sorted(rows["status"]) == ["interrupted", "interrupted", "ok"]
    assert rows["output"].notna().all()


def test_it_can_be_awaited_and_a_cancel_stops_all(server):
    async def both():
        whole = await nbprovider.acompare("Who?", [A, B])
        task = asyncio.create_task(nbprovider.acompare("Who?", ["openai-compatible:endless"] * 2))
        while len(server.requests) < 4:  # noqa: ASYNC110 - a server has no event of ours
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return whole

    assert [part.text for part in asyncio.run(both()).parts] == ["I am a. ", "I am b. "]
    until(lambda: sum(peer.closed_at is not None for peer in server.peers) == 2)


@pytest.mark.parametrize("models", ["a,b", [A], [], [A, ""], [A, 3]])
def test_what_is_no_list_of_models_is_refused_before_anything_is_sent(server, models):
    with pytest.raises(UsageError, match="models or more"):
        nbprovider.compare("Who?", models)
    assert server.requests == []


def test_a_wrong_word_is_refused_before_anything_is_sent(server):
    with pytest.raises(UsageError):
        nbprovider.compare("Who?", [A, B], temperature=9)
    assert server.requests == []


def until(true, limit=10.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
