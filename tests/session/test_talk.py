"""A question with tools: as many calls as it takes, all of them kept, told and paid for."""

from __future__ import annotations

import asyncio
import json
import math

import pytest

import nbprovider
from loopback import delta, ending
from nbprovider import session
from nbprovider.errors import BadRequest, UsageError
from nbprovider.ledger import chats
from nbprovider.types import Started, Tool, ToolCall, ToolEnded, ToolResult

MODEL = "openai-compatible:tiny"


def wanting(*calls, text="", prompt=10):
    """Return a script that says some words and asks for tools: (id, name, arguments)."""

    def script(peer):
        peer.head()
        if text:
            peer.chunk(delta(text))
        for place, (name_, arguments) in enumerate(calls):
            function = {"name": name_, "arguments": json.dumps(arguments)}
            asked = {"index": place, "id": f"c{place}", "type": "function", "function": function}
            choice = {"index": 0, "delta": {"tool_calls": [asked]}, "finish_reason": None}
            chunk = {"id": "r1", "model": "tiny", "choices": [choice]}
            peer.chunk(f"data: {json.dumps(chunk)}\n\n")
        peer.chunk(ending("tool_calls", prompt=prompt, completion=5))
        peer.end()

    return script


def saying(*pieces):
    def script(peer):
        peer.head()
        for piece in pieces:
            peer.chunk(delta(piece))
        peer.chunk(ending(prompt=20, completion=4))
        peer.end()

    return script


def refusing(peer):
    peer.whole(400, {"error": {"message": "no", "type": "invalid_request_error", "code": "bad"}})


def refusing_as_overloaded(peer):
    peer.whole(429, {"error": {"message": "no", "code": "insufficient_quota"}})


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


async def slow_weather(city: str) -> str:
    """Tell the weather of a city, after a while."""
    await asyncio.sleep(0.2)
    return f"Sun in {city}."


def messages(server, number):
    return server.requests[number]["body"]["messages"]


def is_legal(said):
    """Say whether every tool call of a chat is followed by its result, before anybody else."""
    waiting: list[str] = []
    for message in said:
        given = [part.id for part in message.parts if isinstance(part, ToolResult)]
        if waiting and given != waiting:
            return False
        waiting = [part.id for part in message.parts if isinstance(part, ToolCall)]
    return not waiting


def test_what_a_tool_gives_is_told_to_the_model_and_its_words_are_the_answer(point):
    server = point(wanting(("weather", {"city": "Rome"}), text="Let me look."), saying("Rain."))
    answer = nbprovider.ask("Rome?", model=MODEL, tools=[weather])
    assert answer.text == "Rain."
    assert [step.text for step in answer.steps] == ["Let me look."]
    told = messages(server, 1)
    assert [m["role"] for m in told] == ["user", "assistant", "tool"]
    assert told[2]["content"] == "It rains in Rome."
    assert told[2]["tool_call_id"] == told[1]["tool_calls"][0]["id"]


def test_every_step_is_a_call_of_the_ledger_and_the_answer_has_their_sum(point):
    point(wanting(("weather", {"city": "Rome"})), saying("Rain."))
    answer = nbprovider.ask("Rome?", model=MODEL, tools=[weather])
    rows = nbprovider.usage()
    assert list(rows["input"]) == [10, 20]
    assert rows["call"].nunique() == 2
    assert (answer.usage.input, answer.usage.output) == (30, 9)
    assert "2 steps" in answer.footer.text()
    assert math.isnan(answer.cost)


def test_coroutines_of_one_reply_run_together_and_all_is_told_in_its_order(point):
    """Each of the two waits until the other has begun: one after the other, they never end."""
    both = asyncio.Barrier(2)

    async def meet(city: str) -> str:
        """Meet in a city."""
        async with asyncio.timeout(20):
            await both.wait()
        return f"Met in {city}."

    cities = ("meet", {"city": "Oslo"}), ("weather", {"city": "Rome"}), ("meet", {"city": "Bern"})
    server = point(wanting(*cities), saying("Done."))
    nbprovider.ask("?", model=MODEL, tools=[weather, meet])
    given = [m["content"] for m in messages(server, 1) if m["role"] == "tool"]
    assert given == ["Met in Oslo.", "It rains in Rome.", "Met in Bern."]


def test_a_chat_keeps_every_step_and_goes_on(point):
    server = point(wanting(("weather", {"city": "Rome"})), saying("Rain."), saying("Bring one."))
    chat = nbprovider.Chat("trip", model=MODEL)
    chat.ask("Rome?", tools=[weather])
    chat.ask("An umbrella?")
    roles = "".join(message.role[0] for message in chat.messages)
    assert roles == "uataua"
    assert [m["role"] for m in messages(server, 2)][-2:] == ["assistant", "user"]
    stored = chats.in_use(session.current().ledger, "trip")
    turns = chats.said(session.current().ledger, stored.id)
    assert [turn.message for turn in turns] == chat.messages


@pytest.mark.parametrize("words", [{"max_steps": 2}, {"max_steps": 1}])
def test_a_model_that_never_has_enough_is_stopped_and_its_chat_can_go_on(point, words):
    server = point(wanting(("weather", {"city": "Rome"})))
    chat = nbprovider.Chat("trip", model=MODEL)
    answer = chat.ask("Rome?", tools=[weather], **words)
    assert len(server.requests) == words["max_steps"]
    assert "with tools asked for" in answer.footer.text()
    assert is_legal(chat.messages)
    assert chat.messages[-1].parts[0].error


def test_a_tool_that_is_only_described_is_left_to_whoever_asked(point):
    server = point(wanting(("look", {"x": 1})))
    look = Tool("look", "Look.", {"type": "object", "properties": {}})
    answer = nbprovider.ask("?", model=MODEL, tools=[look, weather])
    assert [call.name for call in answer.tool_calls] == ["look"]
    assert len(server.requests) == 1


def test_a_tool_that_there_is_not_is_told_so_to_the_model(point):
    server = point(wanting(("wether", {})), saying("Sorry."))
    answer = nbprovider.ask("?", model=MODEL, tools=[weather])
    assert answer.text == "Sorry."
    assert "There are: weather." in messages(server, 1)[-1]["content"]


def test_a_forced_tool_is_forced_once(point):
    server = point(wanting(("weather", {"city": "Rome"})), saying("Rain."))
    nbprovider.ask("?", model=MODEL, tools=[weather], tool_choice="required")
    assert server.requests[0]["body"]["tool_choice"] == "required"
    assert server.requests[1]["body"].get("tool_choice", "auto") == "auto"


def test_an_interrupt_inside_a_tool_keeps_what_was_said_and_leaves_the_chat_legal(point):
    def endless(city: str) -> str:
        """Never come back."""
        raise KeyboardInterrupt

    server = point(
        wanting(("weather", {"city": "Rome"}), ("endless", {"city": "Rome"}), text="Wait. "),
        saying("Well."),
    )
    chat = nbprovider.Chat("trip", model=MODEL)
    with pytest.raises(KeyboardInterrupt):
        chat.ask("Rome?", tools=[weather, endless])
    assert nbprovider.last().status == "interrupted"
    assert nbprovider.last().text == "Wait. "
    assert is_legal(chat.messages)
    results = chat.messages[-1].parts
    assert results[0].text == "It rains in Rome."
    assert results[1].error
    assert "stopped" in results[1].text
    assert list(nbprovider.usage()["status"]) == ["ok"]
    assert chat.ask("Go on.").text == "Well."
    assert [m["role"] for m in messages(server, 1)] == ["user", "assistant", "tool", "tool", "user"]


def test_an_interrupt_of_an_async_tool_ends_its_task(point):
    ended = []

    async def sleeper() -> str:
        """Sleep."""
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(0.05, _interrupt)
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(task)
        return ""

    def _interrupt():
        raise KeyboardInterrupt

    point(wanting(("sleeper", {})), saying("Well."))
    chat = nbprovider.Chat("trip", model=MODEL)
    with pytest.raises(KeyboardInterrupt):
        chat.ask("?", tools=[sleeper])
    assert len(ended) == 1
    assert is_legal(chat.messages)


def test_a_stream_left_between_a_reply_and_its_tools_leaves_the_chat_legal(point):
    ran = []

    def record() -> str:
        """Record."""
        ran.append(1)
        return ""

    point(wanting(("record", {}), text="One "))
    chat = nbprovider.Chat("trip", model=MODEL)
    with chat.stream("?", tools=[record]) as stream:
        assert next(stream) == "One "
    assert not ran
    assert is_legal(chat.messages)


def test_a_failure_after_a_tool_has_run_keeps_what_it_gave(point):
    point(wanting(("weather", {"city": "Rome"})), refusing)
    chat = nbprovider.Chat("trip", model=MODEL)
    with pytest.raises(BadRequest):
        chat.ask("Rome?", tools=[weather])
    assert [m.role for m in chat.messages] == ["user", "assistant", "tool"]
    assert chat.messages[-1].parts[0].text == "It rains in Rome."
    assert list(nbprovider.usage()["status"]) == ["ok", "failed"]


def test_a_failure_of_the_first_call_leaves_the_chat_as_it_was(point):
    point(refusing)
    chat = nbprovider.Chat("trip", model=MODEL)
    with pytest.raises(BadRequest):
        chat.ask("Rome?", tools=[weather])
    assert chat.messages == []


def test_asking_without_blocking_runs_functions_and_coroutines(point):
    server = point(
        wanting(("weather", {"city": "Rome"}), ("slow_weather", {"city": "Oslo"})), saying("Both.")
    )
    answer = asyncio.run(nbprovider.aask("?", model=MODEL, tools=[weather, slow_weather]))
    assert answer.text == "Both."
    given = [m["content"] for m in messages(server, 1) if m["role"] == "tool"]
    assert given == ["It rains in Rome.", "Sun in Oslo."]


def test_listeners_hear_all_steps_and_what_the_tools_gave(point):
    point(wanting(("weather", {"city": "Rome"})), saying("Rain."))
    heard = []

    class Listener:
        def saw(self, event):
            heard.append(event)

    session.current().ask("Rome?", {"model": MODEL, "tools": [weather]}, None, Listener())
    assert sum(isinstance(event, Started) for event in heard) == 2
    (ended,) = [event for event in heard if isinstance(event, ToolEnded)]
    assert ended.result.text == "It rains in Rome."


def test_who_stood_in_once_goes_on_with_the_tools(priced):
    """The next step is asked of the model that asked for the tool: only it knows its thoughts."""
    server = priced(refusing_as_overloaded, wanting(("weather", {"city": "Rome"})), saying("Rain."))
    nbprovider.chains.create("both", ["openai:gpt-4o", MODEL])
    first_only = {"fallback": True, "model": "both", "tools": [weather]}
    answer = nbprovider.ask("?", **first_only)
    assert answer.text == "Rain."
    assert [r["body"]["model"] for r in server.requests] == ["gpt-4o", "tiny", "tiny"]


@pytest.mark.parametrize("most", [0, -1, True, 1.5])
def test_steps_are_a_number_from_one_on(most):
    with pytest.raises(UsageError, match="max_steps"):
        nbprovider.ask("?", model=MODEL, max_steps=most)


@pytest.fixture
def priced(point, monkeypatch):
    """Point a model at $2.50 and $10 for a million tokens to a scripted server."""

    def start(*scripts):
        server = point(*scripts)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        return server

    return start


def test_a_limit_in_usd_holds_for_all_steps_together(priced):
    """What the first step has cost, the second may write less."""
    server = priced(wanting(("weather", {"city": "Rome"}), prompt=200), saying("Rain."))
    nbprovider.ask("?", model="openai:gpt-4o", tools=[weather], max_cost=0.002)
    first, second = (request["body"]["max_completion_tokens"] for request in server.requests)
    assert second < first - 50


def test_where_a_limit_is_spent_there_is_no_next_step(priced):
    server = priced(wanting(("weather", {"city": "Rome"}), prompt=9_000), saying("Rain."))
    chat = nbprovider.Chat("trip", model="openai:gpt-4o")
    answer = chat.ask("?", tools=[weather], max_cost=0.01)
    assert len(server.requests) == 1
    assert "all that it may cost is spent" in answer.footer.text()
    assert is_legal(chat.messages)


def test_a_chat_that_is_shown_says_what_was_asked_of_tools(point):
    point(wanting(("weather", {"city": "Rome"})), saying("Rain."))
    nbprovider.Chat("trip", model=MODEL).ask("Rome?", tools=[weather])
    told = str(nbprovider.chats.show("trip"))
    assert 'asks for weather({"city": "Rome"})' in told
    assert "weather gave: It rains in Rome." in told
