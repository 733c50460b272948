"""Recorded answers are given again: alike, at no cost, without keys; in `only` nothing is sent."""

from __future__ import annotations

import asyncio
import json

import pytest

import nbprovider
from loopback import answering, delta, ending
from nbprovider import catalog, session
from nbprovider.catalog.model import Facts, Model
from nbprovider.errors import ConfigError, NbproviderError, NotRecorded, Unavailable, UsageError
from nbprovider.magics import provider
from nbprovider.session import current
from nbprovider.types import Delta, Media, Message, Text, Tool

MODEL = "openai-compatible:tiny"
FILE = "nbprovider-replay.toml"


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    monkeypatch.setattr(session.session, "_SESSIONS", {})


@pytest.fixture
def elsewhere(monkeypatch):
    """Return a function after which this is another machine: no account, a new kernel."""

    def go(**variables):
        session.session._SESSIONS.clear()
        monkeypatch.delenv("OPENAI_COMPATIBLE_BASE_URL", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return go


def wanting(name, arguments):
    def script(peer):
        peer.head()
        function = {"name": name, "arguments": json.dumps(arguments)}
        asked = {"index": 0, "id": "c0", "type": "function", "function": function}
        choice = {"index": 0, "delta": {"tool_calls": [asked]}, "finish_reason": None}
        peer.chunk(f"data: {json.dumps({'id': 'r1', 'model': 'tiny', 'choices': [choice]})}\n\n")
        peer.chunk(ending("tool_calls", prompt=10, completion=5))
        peer.end()

    return script


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def test_an_answer_is_given_again_without_an_account_or_a_cost(point, elsewhere):
    server = point(answering("Hel", "lo"))
    nbprovider.replay("on")
    first = nbprovider.ask("hi", model=MODEL, temperature=0)
    assert "recorded" in first.notes
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.ask("hi", model=MODEL, temperature=0)
    assert (again.text, again.model, again.usage) == (first.text, "tiny", first.usage)
    assert (again.cost, again.cost_source, again.finish) == (0, "replay", "stop")
    assert " · replayed · " in again.footer.text()
    assert len(server.requests) == 1


def test_it_is_streamed_in_the_same_pieces(point, elsewhere):
    point(answering("one ", "two ", "three"))
    nbprovider.replay("on")
    assert list(nbprovider.stream("count", model=MODEL)) == ["one ", "two ", "three"]
    elsewhere()
    nbprovider.replay("only")
    stream = nbprovider.stream("count", model=MODEL)
    assert list(stream) == ["one ", "two ", "three"]
    assert stream.answer.cost == 0


def test_it_is_given_without_blocking_the_loop_too(point, elsewhere):
    point(answering("fine"))
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    elsewhere()
    nbprovider.replay("only")

    async def both():
        answer = await nbprovider.aask("hi", model=MODEL)
        return answer.text

    assert asyncio.run(both()) == "fine"


def test_the_ledger_says_that_nothing_was_paid_and_counts_no_tokens(point):
    point(answering("Hello"))
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    rows = nbprovider.usage()
    assert list(rows["purpose"]) == ["chat", "replay"]
    last = rows.iloc[-1]
    assert (last["cost"], last["cost_source"], last["status"]) == (0, "replay", "ok")
    assert rows["input"].sum() == 7
    assert list(nbprovider.health()["calls"]) == [1]


def test_asked_twice_it_gives_the_first_then_the_second(point, elsewhere):
    point(answering("one"), answering("two"))
    nbprovider.replay("on")
    assert [nbprovider.ask("n?", model=MODEL).text for _ in range(2)] == ["one", "two"]
    elsewhere()
    nbprovider.replay("only")
    assert [nbprovider.ask("n?", model=MODEL).text for _ in range(3)] == ["one", "two", "two"]


def test_on_asks_what_is_not_recorded_and_records_it(point):
    server = point(answering("fine"))
    nbprovider.replay("on", "answers.toml")
    nbprovider.ask("one", model=MODEL)
    session.session._SESSIONS.clear()
    nbprovider.replay("on", "answers.toml")
    assert [nbprovider.ask(word, model=MODEL).cost_source for word in ("one", "two")] == [
        "replay",
        "unknown",
    ]
    assert len(server.requests) == 2
    assert nbprovider.replay().recordings == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"temperature": 1}, "temperature is 1, recorded was 0"),
        ({"model": "other"}, "the model is other, recorded was openai-compatible:tiny"),
        ({"system": "Be kind."}, "the instructions have"),
        ({"tools": [Tool("weather", "x", {})]}, "the tool weather is new"),
        ({"extra": {"a": 1}}, "extra has"),
    ],
)
def test_a_miss_says_what_differs_from_the_nearest(point, elsewhere, words, told):
    point(answering("fine"))
    nbprovider.replay("on")
    base = {"model": MODEL, "temperature": 0}
    nbprovider.ask("hi", **base)
    elsewhere()
    nbprovider.replay("only")
    with pytest.raises(NotRecorded) as missed:
        nbprovider.ask("hi", **(base | words))
    assert told in missed.value.message
    assert nbprovider.usage().empty or "running" not in set(nbprovider.usage()["status"])


def test_without_a_file_it_says_how_to_make_one():
    nbprovider.replay("only")
    with pytest.raises(NotRecorded, match=r"is not there.*replay on"):
        nbprovider.ask("hi", model=MODEL)


def test_nothing_else_is_sent_either(point):
    server = point(answering("fine"))
    nbprovider.replay("only")
    with pytest.raises(NotRecorded):
        nbprovider.embed("hi", model="openai-compatible:tiny")
    with pytest.raises(NotRecorded):
        current().network  # noqa: B018 - what everything that sends begins with
    assert server.requests == []


def test_a_chat_is_replayed_turn_by_turn(point, elsewhere):
    point(answering("Hello."), answering("Blue."))
    nbprovider.replay("on")
    chat = nbprovider.Chat(model=MODEL, system="Be kind.")
    said = [chat.ask(words).text for words in ("hi", "colour?")]
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.Chat(model=MODEL, system="Be kind.")
    assert [again.ask(words).text for words in ("hi", "colour?")] == said
    assert again.messages == chat.messages


def test_a_chat_goes_on_alive_where_the_recordings_end(point):
    server = point(answering("Hello."), answering("Blue."))
    nbprovider.replay("on")
    nbprovider.Chat(model=MODEL).ask("hi")
    nbprovider.replay("on")
    chat = nbprovider.Chat(model=MODEL)
    assert [chat.ask("hi").cost_source, chat.ask("new?").cost_source] == ["replay", "unknown"]
    assert [m["content"] for m in server.requests[-1]["body"]["messages"]] == [
        "hi",
        "Hello.",
        "new?",
    ]


def test_the_loop_of_tools_is_replayed_step_by_step(point, elsewhere):
    point(wanting("weather", {"city": "Rome"}), answering("It ", "rains."))
    nbprovider.replay("on")
    first = nbprovider.ask("Rome?", model=MODEL, tools=[weather])
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.ask("Rome?", model=MODEL, tools=[weather])
    assert (again.text, len(again.steps), again.cost) == (first.text, 1, 0)
    assert again.steps[0].tool_calls == first.steps[0].tool_calls


def test_a_tool_that_gives_something_else_is_asked_alive_by_an_account(point):
    server = point(wanting("weather", {"city": "Rome"}), answering("It rains."), answering("Sun."))
    nbprovider.replay("on")
    nbprovider.ask("Rome?", model=MODEL, tools=[weather])
    nbprovider.replay("on")

    def changed(city: str) -> str:
        """Tell the weather of a city."""
        return f"Sun in {city}."

    changed.__name__ = "weather"
    again = nbprovider.ask("Rome?", model=MODEL, tools=[changed])
    assert again.text == "Sun."
    assert len(server.requests) == 3
    assert [one.cost_source for one in (*again.steps,)] == ["replay"]


def test_an_answer_of_a_shape_is_replayed_with_its_value(point, elsewhere):
    point(answering('{"name": "Ada", ', '"age": 36}'))
    nbprovider.replay("on")
    first = nbprovider.ask("who?", model=MODEL, schema="name:str, age:int")
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.ask("who?", model=MODEL, schema="name:str, age:int")
    assert again.data == first.data
    with pytest.raises(NotRecorded, match="schema has"):
        nbprovider.ask("who?", model=MODEL, schema="name:str, age:float")


def test_a_schema_that_a_provider_refused_is_replayed_as_it_was_asked_in_words(point, elsewhere):
    def refusing(peer):
        error = {"message": "no response_format here", "type": "invalid_request_error"}
        peer.whole(400, {"error": error})

    point(refusing, answering('{"name": "Ada"}'))
    nbprovider.replay("on")
    nbprovider.ask("who?", model=MODEL, schema="name:str")
    elsewhere()
    nbprovider.replay("only")
    assert nbprovider.ask("who?", model=MODEL, schema="name:str").data["name"] == "Ada"


def test_an_answer_that_was_asked_for_again_is_replayed_with_its_repair(point, elsewhere):
    point(answering("no JSON"), answering('{"name": "Ada"}'))
    nbprovider.replay("on")
    first = nbprovider.ask("who?", model=MODEL, schema="name:str")
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.ask("who?", model=MODEL, schema="name:str")
    assert (again.text, len(again.steps)) == (first.text, len(first.steps))


def test_a_picture_in_the_question_counts(point, elsewhere):
    point(answering("A cat."))
    nbprovider.replay("on")
    nbprovider.ask(["What?", Media("image", "image/png", b"\x89PNG1")], model=MODEL)
    elsewhere()
    nbprovider.replay("only")
    asked = ["What?", Media("image", "image/png", b"\x89PNG1")]
    assert nbprovider.ask(asked, model=MODEL).text == "A cat."
    with pytest.raises(NotRecorded, match="another picture"):
        nbprovider.ask(["What?", Media("image", "image/png", b"\x89PNG2")], model=MODEL)


def test_what_failed_or_was_stopped_is_not_recorded(point):
    def broken(peer):
        peer.head()
        peer.chunk(delta("half"))
        peer.connection.close()

    point(broken)
    nbprovider.replay("on")
    with pytest.raises(Unavailable):
        nbprovider.ask("hi", model=MODEL)
    session.session._SESSIONS.clear()  # the circuit of the server that was broken
    nbprovider.replay("on")
    point(answering("one ", "two"))
    for _ in nbprovider.stream("hi", model=MODEL):
        break
    assert nbprovider.replay().recordings == 0


def test_a_file_that_cannot_be_written_does_not_cost_the_answer(point, tmp_path):
    point(answering("fine"))
    (tmp_path / "file").write_text("")
    nbprovider.replay("on", str(tmp_path / "file" / "r.toml"))
    answer = nbprovider.ask("hi", model=MODEL)
    assert answer.text == "fine"
    assert any(note.startswith("not recorded: ") for note in answer.notes)


def test_the_environment_comes_before_the_notebook(point, elsewhere):
    server = point(answering("fine"))
    nbprovider.replay("on", "mine.toml")
    nbprovider.ask("hi", model=MODEL)
    elsewhere(NBPROVIDER_REPLAY="only")
    told = nbprovider.replay("on", "mine.toml")
    assert (told.mode, told.said_by) == ("only", "NBPROVIDER_REPLAY")
    assert nbprovider.ask("hi", model=MODEL).text == "fine"
    elsewhere(NBPROVIDER_REPLAY="only:none.toml")
    assert nbprovider.replay("on", "mine.toml").file.endswith("none.toml")
    elsewhere(NBPROVIDER_REPLAY="onyl")
    with pytest.raises(ConfigError, match="'onyl'"):
        nbprovider.ask("hi", model=MODEL)
    assert len(server.requests) == 1


def test_a_block_replays_for_its_length(point):
    point(answering("fine"))
    with nbprovider.replay("on") as told:
        nbprovider.ask("hi", model=MODEL)
        assert told.mode == "on"
    assert nbprovider.replay().mode == "off"
    with nbprovider.replay("only"), pytest.raises(NotRecorded):
        nbprovider.ask("other", model=MODEL)
    assert nbprovider.replay().recordings == 1


def test_a_mode_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match=r"'onyl'.*Did you mean 'only'"):
        nbprovider.replay("onyl")


def test_a_pace_is_kept(point, monkeypatch):
    point(answering("a", "b"))
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    settings = current().settings
    file = nbprovider.config.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("replay_pace = 50\n")
    assert settings.replay_pace == 0
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    assert waits.count(0.02) == 2


def test_listeners_hear_the_same_words_as_alive(point, elsewhere):
    class Hearing:
        def __init__(self):
            self.events = []

        def saw(self, event):
            self.events.append(event)

    def heard():
        hearing = Hearing()
        current().ask("hi", {"model": MODEL}, None, hearing)
        return [event for event in hearing.events if isinstance(event, Delta)]

    point(answering("a", "b\n", "c"))
    nbprovider.replay("on")
    alive = heard()
    elsewhere()
    nbprovider.replay("only")
    assert heard() == alive


def test_the_account_is_not_in_the_file_and_the_name_is_as_it_was_asked(point, tmp_path):
    point(answering("fine"))
    nbprovider.replay("on")
    chat = nbprovider.Chat("paper")
    chat.model = current().planner.pinned("openai-compatible:tiny", chat)
    chat.ask("hi")
    text = (tmp_path / "work" / FILE).read_text()
    assert 'model = "openai-compatible:tiny"' in text
    assert "127.0.0.1" not in text


def test_models_side_by_side_are_replayed_each_with_its_own(point, elsewhere):
    point(answering("fine"))
    names = [MODEL, "openai-compatible:other"]
    nbprovider.replay("on")
    first = nbprovider.compare("hi", names).frame()
    elsewhere()
    nbprovider.replay("only")
    again = nbprovider.compare("hi", names)
    assert list(again.frame()["text"]) == list(first["text"]) == ["fine", "fine"]
    assert list(again.frame()["cost"]) == [0, 0]
    assert [part.speed for part in again.parts] == [None, None]


def test_an_answer_in_the_background_is_replayed_too(point, elsewhere):
    point(answering("fine"))
    nbprovider.replay("on")
    nbprovider.begin("hi", model=MODEL).result(10)
    elsewhere()
    nbprovider.replay("only")
    assert nbprovider.begin("hi", model=MODEL).result(10).text == "fine"


def test_an_interrupt_keeps_what_was_replayed_and_it_still_costs_nothing(point):
    point(answering("one ", "two ", "three"))
    nbprovider.replay("on")
    nbprovider.ask("count", model=MODEL)
    nbprovider.replay("on")
    for _ in nbprovider.stream("count", model=MODEL):
        break
    last = nbprovider.last()
    assert (last.text, last.status, last.cost) == ("one ", "interrupted", 0)
    assert nbprovider.usage().iloc[-1]["cost_source"] == "replay"


def test_what_a_notebook_does_before_it_asks_is_not_needed_in_only(monkeypatch):
    monkeypatch.setenv("NBPROVIDER_REPLAY", "only")
    for line in ("key openai", "login openai", "embedded install", "pull gemma3"):
        assert "not needed" in provider.run(line).text
    assert "is active now" in provider.run("use nobody-knows-this").text
    assert current().active == "nobody-knows-this"


def test_a_window_of_its_own_makes_another_question(point, elsewhere):
    point(answering("fine"))
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL, window=2)
    elsewhere()
    nbprovider.replay("only")
    with pytest.raises(NotRecorded, match="window is not set, recorded was 2"):
        nbprovider.ask("hi", model=MODEL)


def test_on_gives_what_is_recorded_also_where_no_account_is(point, elsewhere):
    point(answering("fine"))
    current().planner.pinned(MODEL)
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    nbprovider.Chat(model="tiny@mine")
    elsewhere()
    nbprovider.replay("on")
    assert nbprovider.ask("hi", model=MODEL).text == "fine"
    assert current().planner.pinned("tiny@mine") == "tiny@mine"
    assert "is active now" in provider.run("use openai").text
    with pytest.raises(NbproviderError):
        nbprovider.ask("new?", model=MODEL)


def test_a_cell_that_is_run_again_in_a_grown_chat_is_told_how_to_begin(point, elsewhere):
    point(answering("fine"))
    nbprovider.replay("on")
    nbprovider.Chat(model=MODEL).ask("hi")
    elsewhere()
    nbprovider.replay("only")
    chat = nbprovider.Chat(model=MODEL)
    chat.ask("hi")
    with pytest.raises(NotRecorded, match=r"2 messages come before it.*from its beginning"):
        chat.ask("hi")


def test_a_block_leaves_the_turn_of_the_recordings_around_it_alone(point):
    point(answering("one"), answering("two"))
    nbprovider.replay("on")
    nbprovider.ask("n?", model=MODEL)
    with nbprovider.replay("off"):
        pass
    assert nbprovider.ask("n?", model=MODEL).text == "two"


def test_a_chat_that_is_told_in_short_is_replayed_without_a_summary(point, elsewhere, monkeypatch):
    small = Model("openai-compatible", "tiny", Facts(context=4000, max_output=500))
    monkeypatch.setattr(catalog, "model", lambda *_: small)
    server = point(answering("fine"))

    def ask():
        chat = nbprovider.Chat(model=MODEL)
        for number in range(10):
            chat.messages.append(Message("user", (Text(f"Q{number} " + "word " * 400),)))
            chat.messages.append(Message("assistant", (Text(f"A{number}"),)))
        return chat.ask("and?", window="summary").text

    nbprovider.replay("on")
    ask()
    count = len(server.requests)
    assert count > 1
    session.session._SESSIONS.clear()
    nbprovider.replay("on")
    assert ask() == "fine"
    elsewhere()
    nbprovider.replay("only")
    assert ask() == "fine"
    assert len(server.requests) == count


def test_a_preview_says_that_it_is_recorded_and_takes_no_turn(point):
    point(answering("fine"))
    nbprovider.replay("on")
    nbprovider.ask("hi", model=MODEL)
    nbprovider.replay("only")
    for _ in range(2):
        assert "It is recorded" in str(nbprovider.preview("hi", model=MODEL).note)
    answer = nbprovider.ask("hi", model=MODEL)
    assert answer.text == "fine"
    assert not [note for note in answer.notes if "recorded" in note]
