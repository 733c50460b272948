"""An answer of a certain shape: by the provider's own way where it has one, else by words."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import pickle

import msgspec
import pytest

import nbprovider
from loopback import answering, delta, ending, serving
from nbprovider.errors import BadAnswer, BadRequest, UsageError
from nbprovider.session import current
from nbprovider.session.shaping import Shaping
from nbprovider.shape import shape
from nbprovider.types import Call, Message, Text

GOOD, BAD = '{"name": "Ada", "age": 36}', '{"name": "Ada"}'


@dataclasses.dataclass
class Person:
    name: str
    age: int


class Saying:
    """A provider that gives these answers, one after the other; the last one ever after."""

    def __init__(self, *answers, finish="stop"):
        self.answers = list(answers)
        self.finish = finish

    def __call__(self, peer):
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(said):
            said(peer)
            return
        peer.head()
        peer.chunk(delta(said) + ending(self.finish))
        peer.end()


def refusing(words):
    error = {"error": {"message": words, "type": "invalid_request_error"}}
    return lambda peer: peer.whole(400, error)


@pytest.fixture
def asked(monkeypatch):
    """Return a function that asks a scripted server, with the bodies that it got."""

    def ask(script, how=nbprovider.ask, **words):
        with serving(script) as server:
            monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
            words = {"schema": Person, "model": "openai-compatible:tiny"} | words
            return how("Who?", **words), [request["body"] for request in server.requests]

    return ask


def system(body):
    return "".join(str(m["content"]) for m in body["messages"] if m["role"] == "system")


def test_the_answer_is_an_object_of_the_class(asked):
    answer, bodies = asked(answering(GOOD))
    assert answer.data == Person("Ada", 36)
    assert answer.data is answer.data
    sent = bodies[0]["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert set(sent["schema"]["required"]) == {"name", "age"}


def test_an_answer_of_a_shape_can_be_written_down(asked):
    answer, _ = asked(answering(GOOD))
    assert answer.data
    assert pickle.loads(pickle.dumps(answer)).text == GOOD
    assert msgspec.json.decode(msgspec.json.encode(answer))["turn"]


def test_without_a_schema_there_is_no_data(asked):
    answer, bodies = asked(answering(GOOD), schema=None)
    assert answer.data is None
    assert "response_format" not in bodies[0]
    with pytest.raises(UsageError, match="no records"):
        answer.frame()


def test_a_server_that_nothing_is_known_of_is_told_in_words_too(asked):
    _, bodies = asked(answering(GOOD), system="Be kind.")
    assert system(bodies[0]).startswith("Be kind.")
    assert '"age"' in system(bodies[0])


KNOWN = {
    "openai:gpt-6-luna": (True, False, None),
    "google": (True, False, None),
    "openai:gpt-99-unheard-of": (True, True, None),
    "deepseek:deepseek-flash": (False, True, True),
}
"""Model → whether it is sent the schema, told in words, made to promise JSON."""


@pytest.mark.parametrize("model", KNOWN)
def test_each_model_is_held_to_the_schema_by_the_best_way_that_is_known(monkeypatch, model):
    for name in ("OPENAI_API_KEY", "DEEPSEEK_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "sk-0123456789abcdefghijkl")
    route = current().route(model)
    wanted = shape(Person)
    call = Call(route.model, (Message("user", (Text("Who?"),)),), schema=wanted.schema)
    fitted = Shaping(wanted, current().accounts()).fit(call, route)
    told = fitted.messages[0].role == "system"
    assert (fitted.schema is not None, told, fitted.options.json) == KNOWN[model]


def test_what_has_no_place_for_a_schema_is_told_in_words(monkeypatch):
    """A Python object, a program or a proxy that takes nothing but words."""
    seen = []

    def mine(_):
        return lambda messages: seen.append(messages) or f"Here you are:\n{GOOD}"

    nbprovider.register_provider("mine", mine)
    assert nbprovider.ask("Who?", model="mine", schema=Person).data == Person("Ada", 36)
    assert '"age"' in seen[0][0].text


def test_who_stands_in_is_held_to_it_in_its_own_way(asked):
    """A server has failed; what answers in its place takes nothing but words."""
    nbprovider.register_provider("mine", lambda _: lambda messages: GOOD)
    nbprovider.chains.create("two", ["openai-compatible:tiny", "mine:m"])
    busy = {"error": {"message": "no credit", "code": "insufficient_quota"}}
    answer, bodies = asked(lambda peer: peer.whole(429, busy), model="two")
    assert answer.data == Person("Ada", 36)
    assert "response_format" in bodies[0]
    assert answer.route.provider == "mine"


def test_a_list_of_records_is_a_frame(asked):
    answer, _ = asked(answering(f'{{"items": [{GOOD}]}}'), schema="[name:str, age:int?]")
    assert answer.data == [{"name": "Ada", "age": 36}]
    assert [str(kind) for kind in answer.frame().dtypes] == ["string", "Int64"]


def test_an_answer_of_another_shape_is_asked_for_again(asked):
    answer, bodies = asked(Saying(BAD, "no JSON", GOOD))
    assert answer.data == Person("Ada", 36)
    assert len(bodies) == 3
    assert [m["role"] for m in bodies[2]["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert "age" in bodies[1]["messages"][-1]["content"]
    assert any("asked again 2 times" in note for note in answer.notes)
    assert len(answer.steps) == 2
    assert answer.usage.output == 9


def test_each_time_is_a_call_of_the_ledger(asked):
    asked(Saying(BAD, GOOD))
    rows = nbprovider.usage()
    assert len(rows) == 2
    assert rows["call"].nunique() == 2
    assert set(rows["status"]) == {"ok"}


def test_after_some_times_it_is_left_as_it_came(asked):
    answer, bodies = asked(Saying(BAD))
    assert len(bodies) == 3
    with pytest.raises(BadAnswer, match="age") as raised:
        answer.data  # noqa: B018 - it raises
    assert raised.value.text == BAD == nbprovider.last().text


def test_nothing_is_asked_again_where_the_settings_say_so(asked):
    from nbprovider import config

    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("repairs = 0\n")
    _, bodies = asked(Saying(BAD))
    assert len(bodies) == 1


def test_an_answer_that_was_cut_off_says_so_and_is_not_asked_again(asked):
    """Row 13 of the rivals: a cut-off answer surfaces as a bare JSONDecodeError."""
    cut = '{"items": [{"name": "Ada", "age": 36}, {"name": "Al'
    answer, bodies = asked(Saying(cut, finish="length"), schema=list[Person])
    assert len(bodies) == 1
    with pytest.raises(BadAnswer, match="cut off at the token limit") as raised:
        answer.data  # noqa: B018 - it raises
    assert raised.value.text == cut


def test_a_server_that_refuses_schemas_is_asked_in_words(asked):
    answer, bodies = asked(Saying(refusing("response_format is not supported"), GOOD))
    assert answer.data == Person("Ada", 36)
    assert "response_format" not in bodies[1]
    assert '"age"' in system(bodies[1])
    assert any("in words" in note for note in answer.notes)
    assert answer.status == "ok"


def test_a_refusal_for_another_reason_is_one(asked):
    with pytest.raises(BadRequest, match="too hot"):
        asked(Saying(refusing("too hot"), GOOD))


def test_in_a_chat_the_repair_is_part_of_what_was_said(asked):
    chat = nbprovider.Chat()
    asked(Saying(BAD, GOOD), how=chat.ask)
    assert [message.role for message in chat.messages] == ["user", "assistant"] * 2


def test_a_stream_is_mended_too(asked):
    def streamed(prompt, **words):
        stream = nbprovider.stream(prompt, **words)
        return "".join(stream), stream.answer

    (words, answer), _ = asked(Saying(BAD, GOOD), how=streamed)
    assert words == BAD + GOOD
    assert answer.data == Person("Ada", 36)


def test_without_blocking_it_is_the_same(asked):
    def awaited(prompt, **words):
        return asyncio.run(nbprovider.aask(prompt, **words))

    def streamed(prompt, **words):
        async def whole():
            stream = nbprovider.astream(prompt, **words)
            return "".join([piece async for piece in stream]), stream.answer.data

        return asyncio.run(whole())

    answer, bodies = asked(Saying(BAD, GOOD), how=awaited)
    assert (answer.data, len(bodies)) == (Person("Ada", 36), 2)
    assert asked(Saying(BAD, GOOD), how=streamed)[0] == (BAD + GOOD, Person("Ada", 36))


def test_with_tools_the_last_answer_is_of_the_shape(asked):
    def wanting(peer):
        call = {
            "index": 0,
            "id": "c1",
            "function": {"name": "age_of", "arguments": '{"who": "Ada"}'},
        }
        choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
        peer.head()
        chunk = json.dumps({"id": "r1", "model": "tiny", "choices": [choice]})
        peer.chunk(f"data: {chunk}\n\n" + ending("tool_calls"))
        peer.end()

    def age_of(who: str) -> int:
        return 36

    answer, bodies = asked(Saying(wanting, BAD, GOOD), tools=[age_of])
    assert answer.data == Person("Ada", 36)
    assert len(bodies) == 3


@pytest.mark.parametrize("cost", [0.003, 0.004])
def test_no_more_is_spent_on_mending_than_the_question_may_cost(asked, cost):
    from nbprovider import config

    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[prices."openai-compatible:tiny"]\ninput = 0\noutput = 1000\n')
    answer, bodies = asked(Saying(BAD), max_cost=cost, max_tokens=3)
    assert len(bodies) == 1
    assert answer.cost == pytest.approx(0.003)
    assert "not asked again: the budget is spent" in answer.notes
    with pytest.raises(BadAnswer, match="age"):
        answer.data  # noqa: B018 - it raises


def test_what_describes_no_data_is_refused_before_anything_is_sent(asked):
    with pytest.raises(UsageError, match="schema"):
        asked(answering(GOOD), schema=5)
    assert len(nbprovider.usage()) == 0
