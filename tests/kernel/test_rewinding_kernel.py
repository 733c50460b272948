"""`--undo` and `--redo` in a real kernel."""

from __future__ import annotations

import time

import pytest

from kernels import kernel
from loopback import answering, delta, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"


@pytest.fixture(scope="module")
def server():
    with serving(answering("fine")) as running:
        yield running


@pytest.fixture(scope="module")
def running(tmp_path_factory, server):
    variables = {
        "NBPROVIDER_HOME": str(tmp_path_factory.mktemp("home")),
        "OPENAI_COMPATIBLE_BASE_URL": f"{server.url}/v1",
    }
    with kernel(**variables) as made:
        made.run("%load_ext nbprovider")
        made.run(f"%provider use {MODEL}")
        yield made


def shown(ran) -> str:
    assert ran.status == "ok", ran.of("error")
    return ran.shown[-1]["data"]["text/plain"]


def sent(server) -> list[str]:
    return [message["content"] for message in server.requests[-1]["body"]["messages"]]


def refused(ran) -> str:
    assert ran.status == "error"
    return f"{ran.error['evalue']} {' '.join(ran.error['traceback'])}"


def test_the_last_exchange_is_taken_off_and_named(running, server):
    running.run("%%chat -c a\nOne?")
    running.run("%%chat -c a\nTwo?")
    assert shown(running.run("%chat -c a --undo")) == (
        "Taken off a: “Two?” with its answer. 2 turns are left."
    )
    running.run("%%chat -c a\nThree?")
    assert sent(server) == ["One?", "fine", "Three?"]


def test_another_question_takes_its_place(running, server):
    running.run("%%chat -c b\nOne?")
    running.run("%%chat -c b --undo\nTwo, {{ 1 + 1 }}?")
    assert sent(server) == ["Two, 2?"]
    assert "Two, 2?" in shown(running.run("%provider chats show b"))
    assert "One?" not in shown(running.run("%provider chats show b"))


def test_the_last_question_is_asked_again_with_its_values(running, server):
    running.run("x = 1")
    running.run("%%chat -c c\nIs it {{ x }}?")
    running.run("x = 2")
    ran = running.run("%chat -c c -t 0 -o again --redo")
    assert shown(ran).startswith("fine")
    assert sent(server) == ["Is it 1?"]
    assert server.requests[-1]["body"]["temperature"] == 0
    assert "'fine'" in running.run("print(repr(again.text))").text
    assert "2 turns" in shown(running.run("%provider chats show c"))


def test_what_makes_no_sense_is_refused_and_nothing_is_sent_or_lost(running, server):
    running.run("%%chat -c d\nOne?")
    before = len(server.requests)
    for line, words in {
        "%chat -c nobody --undo": "Nothing was asked",
        "%chat -c d --undo --redo": "two ways",
        "%chat -c d --new --redo": "does not go with --new",
        "%chat -c d --redo What else?": "there is another one here",
        "%chat -c d -i a.png --redo": "sends the last question as it was",
        "%chat -c d --dry-run --undo": "shows a question beforehand",
        "%chat -c d -t 9 --redo": "temperature must be",
    }.items():
        assert words in refused(running.run(line)), line
    assert "fine" not in shown(running.run("%chat -c d --dry-run --redo"))
    assert len(server.requests) == before
    assert "2 turns" in shown(running.run("%provider chats show d"))


def silent(peer):
    """Take the request; say two words where it is asked to, then nothing more."""
    if "words" in peer.request["body"]["messages"][-1]["content"]:
        peer.head()
        peer.chunk(delta("two words "))
    peer.wait_closed(30)


def until(true, limit=10.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(("question", "stays"), [("Some words?", "two words"), ("Hm?", "fine")])
def test_what_stops_in_its_place_stands_there_and_before_the_first_word_the_old_one_does(
    running, server, question, stays
):
    """Row 9 of the rivals: an interrupted answer is left out of tokens and cost, or lost."""
    chat = f"{len(question)}-stopped"
    running.run(f"%%chat -c {chat}\n{question}")
    before = len(server.requests)
    server.script = silent
    try:
        name = running.start(f"%chat -c {chat} --redo")
        until(lambda: len(server.requests) > before)
        if stays != "fine":
            running.wait_for(name, "two words")
        running.interrupt()
        assert running.finish(name, timeout=20).status == "error"
        until(lambda: server.peers[-1].closed_at)
    finally:
        server.script = answering("fine")
    told = shown(running.run(f"%provider chats show {chat}"))
    assert "2 turns" in told
    assert stays in told
    row = running.run("print(get_ipython().run_line_magic('provider', 'usage').iloc[-1].status)")
    assert row.text.strip() == "interrupted"
