"""Recordings: what makes a question, the file, the same pieces back again."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbprovider import credentials
from nbprovider.catalog import find
from nbprovider.credentials import Secret, redact
from nbprovider.errors import ConfigError
from nbprovider.recordings import (
    Book,
    Listening,
    asked,
    differences,
    nearest,
    replayed,
)
from nbprovider.recordings.said import blocks, deltas
from nbprovider.tomltext import written
from nbprovider.types import (
    Answered,
    Call,
    Delta,
    Finish,
    Media,
    Message,
    Opened,
    Options,
    Report,
    Route,
    Sending,
    Served,
    Started,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    fold,
)

KEY = "sk-ant-api03-" + "a1B2c3D4e5F6g7H8" * 4
ROUTE = Route("anthropic", "claude-opus-5-5", "work", "named")
WEATHER = Tool("weather", "Tells the weather.", {"type": "object", "properties": {}})


def said(text, role="user"):
    return Message(role, (Text(text),))


def question(text="Why?", *earlier, model="claude", **more):
    return asked(model, Call("", (*earlier, said(text)), **more))


def events(*pieces):
    return (
        Started(ROUTE, 1),
        Sending("api.example"),
        Opened(200, {}, "req_1", "anthropic"),
        Served("claude-opus-5-5-20261001", "msg_1"),
        *(Delta(0, Text(piece)) for piece in pieces),
        Report(Usage(7, 3, extra={"cost": 0.5})),
        Finish("stop", "end_turn"),
        Answered(ROUTE),
    )


def recorded(of, *pieces):
    listening = Listening(of)
    for event in events(*pieces):
        listening.saw(event)
    return listening.taken


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path / "replay.toml")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
TREES = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, TEXTS | st.lists(st.dictionaries(TEXTS, TEXTS | st.floats(0, 1)))))
@settings(max_examples=60)
def test_whatever_is_written_is_read_back(tree):
    assert tomllib.loads(written(tree)) == tree


@pytest.mark.parametrize(
    "text",
    ["a\\b", "'quoted'", "one\ntwo'", "'''\n", '"""\n\\n', "\r\n", "\n", "\x7f\x00", "tail\\\nx "],
)
def test_odd_words_are_read_back(text):
    assert tomllib.loads(written({"text": text})) == {"text": text}


def test_words_have_their_real_line_breaks():
    told = written({"text": 'def f():\n    return "\\alpha"\n'})
    assert told == "text = '''\ndef f():\n    return \"\\alpha\"\n'''\n"


PARTS = st.one_of(
    st.builds(Text, TEXTS),
    st.builds(Thinking, TEXTS, st.sampled_from([None, "sig"])),
    st.builds(ToolCall, st.sampled_from(["", "c1"]), st.sampled_from(["", "weather"]), TEXTS),
    st.builds(Text, TEXTS, st.just({"index": 1})),
    st.just(Media("image", "image/png", b"\x89PNG")),
)


@given(st.lists(st.builds(Delta, st.integers(0, 2), PARTS), max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_pieces_come_back(pieces):
    assert list(deltas(blocks(pieces))) == pieces


def test_an_answer_comes_back_from_the_file_piece_by_piece(book):
    book.add(recorded(question(), "The sky", " is\n", "blue."))
    again = list(replayed(Book(book.path).find(question()), "replayed"))
    assert [e.part.text for e in again if type(e) is Delta] == ["The sky", " is\n", "blue."]
    turn = fold(again)
    assert (turn.text, turn.model, turn.finish) == (
        "The sky is\nblue.",
        "claude-opus-5-5-20261001",
        "stop",
    )
    assert (turn.usage, turn.origin) == (Usage(7, 3), "anthropic")
    assert isinstance(again[0], Started)
    assert isinstance(again[-1], Answered)
    assert again[0].route.account == ""


def test_the_file_reads_well_and_names_no_account_and_no_request(book):
    system = Message("system", (Text("Be kind."),))
    earlier = (system, said("Hello"), said("Good day.", "assistant"))
    book.add(
        recorded(question("Why?\nSay.", *earlier, options=Options(temperature=0.5)), "So", ".\nEnd")
    )
    text = book.path.read_text(encoding="utf-8")
    assert "text = '''\nWhy?\nSay.'''" in text
    assert "text = '''\nSo.\nEnd'''\npieces = [2, 5]" in text
    assert "options = { temperature = 0.5 }" in text
    assert 'system = "Be kind."' in text
    assert ': Good day."' in text
    assert not [word for word in ("work", "req_1", "msg_1", "cost") if word in text]


def test_a_second_recording_only_adds_lines(book):
    book.add(recorded(question("One?"), "1"))
    before = book.path.read_text(encoding="utf-8")
    book.add(recorded(question("Two?"), "2"))
    assert book.path.read_text(encoding="utf-8").startswith(before)


def test_asked_twice_the_first_is_given_first_then_the_second(book):
    for number in "12":
        book.add(recorded(question(), number))
    again = Book(book.path)
    found = [again.find(question()) for _ in range(3)]
    assert [one and one.said[0].text for one in found] == ["1", "2", None]
    assert again.last(question()).said[0].text == "2"
    again.begin()
    assert again.find(question()).said[0].text == "1"


def test_alike_answers_count_one_by_one(book):
    for _ in range(2):
        book.add(recorded(question(), "same"))
    again = Book(book.path)
    assert [again.find(question()) is None for _ in range(3)] == [False, False, True]


def test_a_cell_that_is_run_again_is_given_the_same(book):
    for number in "12":
        book.add(recorded(question(), number))
    again = Book(book.path)
    given = [again.find(question(), cell, run) for run, cell in enumerate(["a", "b", "a", "b"])]
    assert [one.said[0].text for one in given] == ["1", "2", "1", "2"]


def test_what_was_just_recorded_is_given_when_its_cell_runs_again(book):
    book.add(recorded(question(), "1"), "a", 1)
    assert book.find(question(), "a", 1) is None
    assert book.find(question(), "a", 2).said[0].text == "1"


def test_two_writers_lose_nothing(tmp_path):
    one, other = Book(tmp_path / "r.toml"), Book(tmp_path / "r.toml")
    one.add(recorded(question("One?"), "1"))
    other.add(recorded(question("Two?"), "2"))
    one.add(recorded(question("Three?"), "3"))
    assert [r.asked.text for r in other.recordings] == ["One?", "Two?", "Three?"]


def test_a_file_that_makes_no_sense_is_named_with_its_key(book):
    book.path.write_text("[[recording]]\nprovider = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"replay\.toml: wrong value"):
        book.find(question())
    book.path.write_text("version = 2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="newer kind"):
        book.find(question())


def test_a_file_that_cannot_be_written_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        Book(tmp_path / "file" / "r.toml").add(recorded(question(), "1"))


@pytest.fixture
def held():
    credentials.hold(find("anthropic"), Secret(secret := "hunter2-correct-horse"))
    yield secret
    credentials.release(find("anthropic"))


def test_no_secret_is_in_the_file_wherever_it_stands(book, held):
    tool = Message("tool", (ToolResult("1", "weather", f"rain {KEY}"),))
    call = Call(
        "",
        (said(f"sys {held}", "system"), said(held), said(KEY, "assistant"), tool),
        extra={"note": held},
        schema={"description": KEY},
        options=Options(stop=(held,)),
    )
    listening = Listening(asked("claude", call))
    pieces = [Delta(0, Text(held[:9])), Delta(1, Text("between")), Delta(0, Text(held[9:] + KEY))]
    called = [Delta(2, ToolCall("c", "weather", KEY)), Delta(3, Text("t", {"x": held}))]
    for event in (*events()[:4], *pieces, *called, *events()[4:]):
        listening.saw(event)
    book.add(listening.taken)
    text = book.path.read_text(encoding="utf-8")
    assert held not in text
    assert KEY not in text
    assert "hunter2" not in text
    assert "between" in text


def test_a_notebook_finds_its_answer_also_where_the_key_is_not_known(held):
    live = question("two", said(f"my key is {KEY}"))
    credentials.release(find("anthropic"))
    assert question("two", said(redact(f"my key is {KEY}"))) == live


def test_what_changes_no_words_is_no_part_of_the_question():
    plain = question("Why?", said("a"), said("b", "assistant"))
    thought = Message("assistant", (Thinking("hm", "sig"), Text("b", {"id": 1})), "anthropic")
    assert question("Why?", said("a"), thought) == plain
    assert question(options=Options(json=True, cache="5m")) == question()
    call = [Message("assistant", (ToolCall(id_, "weather", "{}"),)) for id_ in ("a", "b")]
    assert question("x", call[0]) == question("x", call[1])


def differing(**more):
    base = {"model": "claude", "options": Options(temperature=0), "tools": (WEATHER,)}
    one, other = question(**base), question(**{**base, **more})
    return list(differences(other, one))


def test_a_miss_tells_what_differs():
    assert differing() == []
    assert differing(text="Why not?") == ["the question has “Why not?”, recorded was “Why?”"]
    assert differing(model="gpt") == ["the model is gpt, recorded was claude"]
    assert differing(options=Options(temperature=0.7)) == ["temperature is 0.7, recorded was 0"]
    assert differing(options=Options()) == ["temperature is not set, recorded was 0"]
    assert differing(tools=()) == ["the tool weather is missing"]
    other = Tool("weather", "Otherwise.", {})
    assert differing(tools=(other,)) == ["the tool weather is described otherwise"]
    assert differing(schema={"type": "object"}) != []


def test_a_miss_tells_which_message_of_the_chat_differs():
    one = question("x", said("a"), said("b", "assistant"))
    other = question("x", said("a"), said("c", "assistant"))
    assert list(differences(other, one)) == [
        "message 2 of the chat is assistant “c”, recorded was assistant “b”"
    ]
    assert list(differences(question("x"), one)) == ["0 messages come before it, recorded were 2"]


def test_the_nearest_has_the_nearest_words(book):
    found = [recorded(question(text), "1") for text in ("Why is it so?", "Where is the sea?")]
    assert nearest(question("Why is it thus?"), found) is found[0]
    assert nearest(question(), []) is None


def test_another_picture_is_another_question():
    one, other = (
        asked("m", Call("", (Message("user", (Text("What?"), Media("image", "image/png", data))),)))
        for data in (b"1", b"2")
    )
    assert list(differences(one, other)) == ["what is attached is another picture, file or result"]


def test_the_file_shown_in_the_documentation_is_one_that_is_read(book):
    page = Path(__file__).parents[2] / "docs" / "chat.md"
    text = re.search(r"```toml\n(version = 1.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    book.path.write_text(text[1], encoding="utf-8")
    (found,) = book.recordings
    assert (found.asked.text, found.asked.model) == ("Why is the sky blue?", "opus")
    pieces = [e.part.text for e in replayed(found, "") if isinstance(e, Delta)]
    assert "".join(pieces) == found.said[0].text
    assert [*map(len, pieces)] == list(found.said[0].pieces)
