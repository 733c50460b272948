"""The session over a real socket: asking, streaming, remembering, counting."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import time

import pytest

import nbprovider
from loopback import answering, delta, ending
from nbprovider import session
from nbprovider.errors import BadRequest, Unavailable, UnknownModel, UsageError
from nbprovider.types import Media, Message, Text

MODEL = "openai-compatible:tiny"


def last():
    return nbprovider.usage().iloc[-1]


def test_an_answer_has_words_usage_cost_and_model(point):
    point(answering("Hel", "lo"))
    answer = nbprovider.ask("hi", model=MODEL)
    assert (answer.text, str(answer), answer.model) == ("Hello", "Hello", "tiny")
    assert (answer.usage.input, answer.usage.output) == (7, 3)
    assert math.isnan(answer.cost)
    assert answer.finish == "stop"
    assert 0 < answer.first_token <= answer.duration
    assert answer.provenance["provider"] == "openai-compatible"
    assert len(answer.provenance["prompt_sha256"]) == 64


def test_every_stream_reports_its_usage(point):
    """Row 19 of the rivals: aisuite drops usage."""
    point(answering("Hello"))
    answer = nbprovider.ask("hi", model=MODEL)
    row = last()
    assert (row["input"], row["output"], row["status"]) == (7, 3, "ok")
    assert "7 → 3 tokens" in answer.footer.text()


def test_a_stream_gives_words_and_then_the_answer(point):
    point(answering("one ", "two ", "three"))
    stream = nbprovider.stream("count", model=MODEL)
    assert list(stream) == ["one ", "two ", "three"]
    assert stream.answer.text == "one two three"
    assert nbprovider.last().text == "one two three"
    assert last()["status"] == "ok"


def test_leaving_a_stream_early_stops_and_counts_it(point):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    server = point(script)
    with nbprovider.stream("count", model=MODEL) as stream:
        assert next(stream) == "one "
    end = time.monotonic() + 5
    while server.peers[0].closed_at is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert stream.answer.status == "interrupted"
    row = last()
    assert (row["status"], bool(row["estimated"])) == ("interrupted", True)
    assert row["output"] > 0


def test_a_forgotten_stream_is_stopped_when_it_is_collected(point):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    point(script)
    stream = nbprovider.stream("count", model=MODEL)
    next(stream)
    del stream
    gc.collect()
    assert last()["status"] == "interrupted"


def test_the_async_twins_say_the_same(point):
    point(answering("one ", "two"))

    async def go():
        answer = await nbprovider.aask("count", model=MODEL)
        words = [words async for words in nbprovider.astream("count", model=MODEL)]
        return answer.text, words

    assert asyncio.run(go()) == ("one two", ["one ", "two"])
    assert nbprovider.usage()["status"].tolist() == ["ok", "ok"]


def test_a_cancelled_question_is_interrupted_and_counted(point):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    point(script)

    async def go():
        task = asyncio.create_task(nbprovider.aask("count", model=MODEL))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert last()["status"] == "interrupted"


def test_leaving_an_async_stream_early_stops_and_counts_it(point):
    def script(peer):
        peer.head()
        peer.chunk(delta("one "))
        peer.wait_closed(10)

    point(script)

    async def go():
        async with nbprovider.astream("count", model=MODEL) as stream:
            async for _ in stream:
                break

    asyncio.run(go())
    assert last()["status"] == "interrupted"


def test_a_chat_remembers_and_a_plain_question_does_not(point):
    server = point(answering("Hello"))
    chat = nbprovider.Chat(model=MODEL, system="Be kind.")
    chat.ask("hi")
    chat.ask("again")
    nbprovider.ask("alone", model=MODEL)
    bodies = [request["body"]["messages"] for request in server.requests]
    assert [[m["role"] for m in body] for body in bodies] == [
        ["system", "user"],
        ["system", "user", "assistant", "user"],
        ["user"],
    ]
    chat.clear()
    assert chat.messages == []
    assert chat.system == "Be kind."


def test_a_chat_remembers_by_every_way_of_asking(point):
    point(answering("Hello"))
    chat = nbprovider.Chat(model=MODEL)
    list(chat.stream("a"))

    async def go():
        await chat.aask("b")
        async for _ in chat.astream("c"):
            pass

    asyncio.run(go())
    assert [m.role for m in chat.messages] == ["user", "assistant"] * 3
    assert chat.messages[1].origin == "openai-compatible"


def test_an_interrupted_answer_stays_in_its_chat_as_far_as_it_got(point):
    """Row 9 of the rivals: the history stays legal for the next turn."""

    def script(peer):
        peer.head()
        call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": '{"a'}}
        chunk = {"choices": [{"index": 0, "delta": {"content": "Let me ", "tool_calls": [call]}}]}
        peer.chunk(f"data: {json.dumps(chunk)}\n\n")
        peer.wait_closed(10)

    point(script)
    chat = nbprovider.Chat(model=MODEL)
    with chat.stream("hi") as stream:
        next(stream)
    assert chat.messages[-1] == Message("assistant", (Text("Let me "),), "openai-compatible")


def test_a_question_that_failed_leaves_its_chat_as_it_was(point):
    def script(peer):
        peer.whole(400, {"error": {"message": "no"}})

    point(script)
    chat = nbprovider.Chat(model=MODEL)
    with pytest.raises(BadRequest):
        chat.ask("hi")
    assert chat.messages == []


def test_a_failure_in_mid_stream_is_tried_again_and_both_attempts_are_rows(point):
    """Row 15 of the rivals: a failure in mid-stream is never retried."""
    seen = []

    def script(peer):
        seen.append(peer)
        peer.head()
        if len(seen) == 1:
            peer.chunk(delta("wrong"))
            peer.connection.close()
            return
        peer.chunk(delta("right") + ending())
        peer.end()

    point(script)
    answer = nbprovider.ask("hi", model=MODEL)
    assert answer.text == "right"
    assert "after 1 failed attempt: Unavailable" in answer.footer.text()
    frame = nbprovider.usage()
    assert frame["status"].tolist() == ["failed", "ok"]
    assert frame["attempt"].tolist() == [1, 2]
    assert frame["call"].nunique() == 1


def test_moving_a_chat_to_another_provider_leaves_its_private_parts_behind(point, monkeypatch):
    """Row 27 of the rivals: reasoning is lost, or sent to whom it does not belong."""
    server = point(answering("Hello"))
    chat = nbprovider.Chat(model=MODEL)
    chat.ask("hi")
    monkeypatch.setenv("GROQ_API_KEY", "gsk_0123456789abcdef")
    monkeypatch.setenv("GROQ_BASE_URL", f"{server.url}/v1")
    chat.ask("again", model="groq:other")
    assert server.requests[-1]["body"]["messages"][1] == {"role": "assistant", "content": "Hello"}


def test_an_image_is_a_part_of_the_question(point):
    server = point(answering("A cat"))
    picture = Media("image", "image/png", b"\x89PNG")
    nbprovider.ask(["What is this?", picture], model=MODEL)
    content = server.requests[0]["body"]["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url"]


def test_half_a_character_does_not_stop_a_question(point):
    server = point(answering("ok"))
    nbprovider.ask("a\ud800b", model=MODEL)
    assert server.requests[0]["body"]["messages"][0]["content"] == "a?b"


@pytest.mark.parametrize("prompt", ["", "  \n", [], [""]])
def test_nothing_is_no_question(prompt):
    with pytest.raises(UsageError, match="nothing to ask"):
        nbprovider.ask(prompt, model=MODEL)


def test_what_cannot_be_a_part_is_told():
    with pytest.raises(UsageError, match="cannot hold 'int'"):
        nbprovider.ask(["a", 3], model=MODEL)


def test_any_model_name_goes_through(point):
    """Row 6 of the rivals: an unknown id is refused because a static list lacks it."""
    server = point(answering("ok"))
    nbprovider.ask("hi", model="openai-compatible:brand-new-model-2027")
    assert server.requests[0]["body"]["model"] == "brand-new-model-2027"


def test_a_server_without_a_default_model_is_asked_for_its_first(point):
    def script(peer):
        if peer.request["path"].endswith("/models"):
            peer.whole(200, {"data": [{"id": "first"}, {"id": "second"}]})
        else:
            answering("ok")(peer)

    server = point(script)
    nbprovider.ask("hi", model="openai-compatible")
    nbprovider.ask("hi", model="openai-compatible")
    paths = [request["path"] for request in server.requests]
    assert paths == ["/v1/models", "/v1/chat/completions", "/v1/chat/completions"]
    assert server.requests[-1]["body"]["model"] == "first"


def test_an_unknown_model_gets_the_nearest_of_the_providers_list(point):
    def script(peer):
        if peer.request["path"].endswith("/models"):
            peer.whole(200, {"data": [{"id": "gemma-3"}]})
        else:
            peer.whole(404, {"error": {"message": "no", "code": "model_not_found"}})

    point(script)
    with pytest.raises(UnknownModel, match="Did you mean 'gemma-3'"):
        nbprovider.ask("hi", model="openai-compatible:gema-3")


def test_models_are_a_frame(point):
    point(lambda peer: peer.whole(200, {"data": [{"id": "a"}, {"id": "b"}]}))
    assert nbprovider.models("openai-compatible")["model"].tolist() == ["a", "b"]


def test_a_list_of_another_shape_is_an_error_of_ours(point):
    point(lambda peer: peer.whole(200, {"data": 3}))
    with pytest.raises(Unavailable, match="unknown shape"):
        nbprovider.models("openai-compatible")


def test_dot_env_is_read_and_never_written_into_the_environment(tmp_path, monkeypatch):
    """Row 5 of the rivals: `.env` is reloaded over the environment at every call."""
    import os

    (tmp_path / ".env").write_text("GROQ_API_KEY=gsk_0123456789abcdef\n")
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    route = session.current().route("groq")
    assert route.provider == "groq"
    assert [a.source for a in session.current().accounts()] == [".env GROQ_API_KEY"]
    assert dict(os.environ) == before


def test_each_attempt_is_billed_at_its_own_models_rate(point, monkeypatch):
    """Row 12 of the rivals: a turn answered by another model is billed at the first one's rate."""
    point(answering("ok"))
    server = point(answering("ok"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    small = nbprovider.ask("hi", model="gpt-6-luna").cost
    large = nbprovider.ask("hi", model="gpt-6.1-sol").cost
    assert 0 < small < large


def test_the_status_asks_nobody(point):
    from nbprovider.magics import status

    server = point(lambda peer: peer.whole(200, {"data": [{"id": "first"}]}))
    table = status.table(session.current())
    assert table.title == "Active model: the first that openai-compatible has"
    assert server.requests == []
