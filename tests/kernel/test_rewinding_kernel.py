"""`--undo` and `--redo` in a real kernel."""

from __future__ import annotations

import pytest

from kernels import kernel
from loopback import answering, serving

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
