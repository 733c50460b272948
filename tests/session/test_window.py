"""A long conversation is kept within what the model reads, and what was left out is said."""

from __future__ import annotations

import json

import pytest

import nbprovider
from loopback import delta, ending, serving
from nbprovider import catalog, config, session
from nbprovider.catalog.model import Facts, Model
from nbprovider.errors import ContextTooLong, UsageError
from nbprovider.ledger import estimate
from nbprovider.session.window import Window, Windows, policy
from nbprovider.types import Call, Media, Message, Options, Route, Text, Tool, ToolCall, ToolResult

MODEL = "openai-compatible:tiny"
ROUTE = Route("openai-compatible", "tiny", "openai-compatible")
WORDS = "word " * 400
"""Five hundred tokens, by our estimate."""


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    setting("first_wait = 0\n")


def setting(text):
    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    config._read.cache_clear()


@pytest.fixture
def reads(monkeypatch):
    """Have the catalog say how many tokens the model reads."""

    def say(count):
        told = Model("openai-compatible", "tiny", Facts(context=count, max_output=1000))
        monkeypatch.setattr(catalog, "model", lambda *_: told)

    return say


def said(count, words=WORDS):
    """Return a conversation of so many exchanges, instructions first, and a question."""
    pairs = [
        (Message("user", (Text(f"{n} {words}"),)), Message("assistant", (Text(f"a{n}"),)))
        for n in range(count)
    ]
    last = Message("user", (Text("now?"),))
    return (Message("system", (Text("Be kind."),)), *(m for pair in pairs for m in pair), last)


def fitted(messages, told="auto", windows=None, **more):
    window = Window(windows or Windows(), policy(told))
    call = Call("tiny", tuple(messages), **more)
    return window.fit(call, ROUTE), window


def firsts(call):
    return [message.text.split()[0] for message in call.messages]


def test_what_fits_is_sent_whole_and_nothing_is_said(reads):
    reads(100_000)
    call, window = fitted(said(10))
    assert len(call.messages) == 22
    assert window.note == ""


def test_the_oldest_exchanges_are_left_out_and_counted(reads):
    reads(4000)
    call, window = fitted(said(10))
    assert call.messages[0].role == "system"
    assert call.messages[1].role == "user"
    assert call.messages[-1].text == "now?"
    left = 22 - len(call.messages)
    assert left > 0
    assert left % 2 == 0
    assert window.note == f"the first {left} messages not sent (the model reads 4,000 tokens)"
    assert estimate.asked(call) < 3000


def test_what_is_left_out_moves_in_steps_so_that_a_cache_finds_the_rest_again(reads):
    reads(8000)
    begins = [firsts(fitted(said(count))[0])[1] for count in range(12, 30)]
    assert len(set(begins)) < len(begins) / 2
    assert begins == sorted(begins, key=int)


def test_room_is_kept_for_the_answer(reads):
    reads(4000)
    few, many = (
        len(fitted(said(10), options=Options(max_tokens=most))[0].messages) for most in (1900, 10)
    )
    assert few < many


def test_pictures_and_tools_count(reads):
    reads(6000)
    picture = Message("user", (Media("image", "image/png", b"1"), Text("0 look")))
    history = [m for _ in range(8) for m in (picture, Message("assistant", (Text("a"),)))]
    assert len(fitted([*history, picture])[0].messages) < 12
    wide = Tool("wide", "d" * 16_000, {"type": "object"})
    bare, with_tool = (len(fitted(said(8), tools=t)[0].messages) for t in ((), (wide,)))
    assert with_tool < bare


def test_a_call_is_never_parted_from_its_result_and_the_question_stays_with_its_tools(reads):
    reads(3000)
    steps = [
        Message("assistant", (ToolCall("1", "look", "{}"),)),
        Message("tool", (ToolResult("1", "look", WORDS),)),
    ]
    earlier = [Message("user", (Text("look"),)), *steps, Message("assistant", (Text("seen"),))]
    question = Message("user", (Text("now?"),))
    call, _ = fitted([*earlier * 6, question, *steps * 6])
    assert call.messages[0] is question
    assert len(call.messages) == 13
    for count in range(2, 8):
        call, _ = fitted([*earlier * count, question])
        assert call.messages[0].role == "user"


def test_a_number_is_of_earlier_exchanges_and_one_with_k_of_tokens():
    call, window = fitted(said(10), "2")
    assert firsts(call)[1:] == ["8", "a8", "9", "a9", "now?"]
    assert window.note == "the first 16 messages not sent (--window 2)"
    assert firsts(fitted(said(10), "0")[0]) == ["Be", "now?"]
    assert len(fitted(said(2), 2)[0].messages) == 6
    call, window = fitted(said(10), "2k")
    assert estimate.asked(call) <= 2000
    assert "(--window 2k)" in window.note


def test_all_is_all_and_an_unknown_length_leaves_nothing_out(reads):
    assert len(fitted(said(50))[0].messages) == 102
    reads(2000)
    assert len(fitted(said(50), "all")[0].messages) == 102


@pytest.mark.parametrize("told", ["", "most", "-1", "8kb", "1.5", True])
def test_what_is_no_window_is_refused(told):
    with pytest.raises(UsageError, match="no window"):
        nbprovider.ask("Hi", model=MODEL, window=told)


def limited(most):
    """Return a server that reads so many characters, and says so as llama.cpp does."""

    def script(peer):
        told = len(json.dumps(peer.request["body"]["messages"]))
        if told > most:
            words = f"the request exceeds the available context size ({told} > {most})"
            peer.whole(400, {"error": {"message": words, "type": "exceed_context_size_error"}})
            return
        peer.head()
        peer.chunk(delta("fine") + ending())
        peer.end()

    return script


@pytest.fixture
def server(monkeypatch):
    with serving(limited(12_000)) as running:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{running.url}/v1")
        yield running


def test_a_refusal_for_length_is_answered_by_sending_less_and_remembered(server):
    chat = nbprovider.Chat(model=MODEL)
    chat.messages += said(10)[1:-1]
    answer = chat.ask("now?")
    assert answer.text == "fine"
    assert any("messages not sent (too long for the model)" in note for note in answer.notes)
    assert any("failed attempt" in note and "ContextTooLong" in note for note in answer.notes)
    assert len(chat.messages) == 22
    before = len(server.requests)
    answer = chat.ask("and now?")
    assert len(server.requests) == before + 1
    assert any("not sent" in note for note in answer.notes)
    assert list(nbprovider.usage()["status"]) == ["failed", "ok", "ok"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("(400): the request (9000 tokens) exceeds the available context size (4096 tokens)", 0.41),
        ("prompt is too long: 210,000 tokens > 200,000 maximum", 0.8),
        ("(400): the input length exceeds the context length", 0.6),
        ("(500): the context size is 4096, request 7f12345c", 0.6),
    ],
)
def test_how_much_less_is_sent_is_what_the_refusal_says(words, part):
    sent = estimate.asked(Call("tiny", said(40)))
    windows = Windows()
    window = Window(windows, policy("auto"))
    assert window.shorten(Call("tiny", said(40)), ROUTE, ContextTooLong(words))
    assert windows.limit(Call("tiny", said(40)), ROUTE) == pytest.approx(sent * part, rel=0.01)


def test_what_cannot_be_shortened_is_told_with_what_to_do(server):
    for window in ("auto", "all"):
        with pytest.raises(ContextTooLong, match="--window"):
            nbprovider.ask("word " * 4000, model=MODEL, window=window)
    assert len(server.requests) == 2
    assert session.current().windows.limit(Call("tiny", ()), ROUTE) is None
    chat = nbprovider.Chat(model=MODEL)
    chat.messages += said(10)[1:-1]
    with pytest.raises(ContextTooLong):
        chat.ask("now?", window="all")


def test_the_setting_counts_where_the_line_says_nothing(server):
    setting('window = "1"\nfirst_wait = 0\n')
    chat = nbprovider.Chat(model=MODEL)
    chat.messages += said(3)[1:-1]
    chat.ask("now?")
    assert len(server.requests[-1]["body"]["messages"]) == 3
    chat.ask("now?", window=2)
    assert len(server.requests[-1]["body"]["messages"]) == 5


def test_a_dry_run_and_the_shown_prompt_say_what_would_be_left_out(server):
    chat = nbprovider.Chat(model=MODEL)
    chat.messages += said(3)[1:-1]
    told = session.current().preview("now?", {"window": "1"}, chat)
    assert "the first 4 messages not sent (--window 1)" in repr(told)
    assert "the first 4 messages not sent (--window 1)" in repr(told.prompt)
    assert "0 word" not in repr(told.prompt)
    assert server.requests == []
