"""`%%chat --compare` in a real kernel: all stream side by side, one interrupt stops all."""

from __future__ import annotations

import random
import threading
import time

import pytest

from kernels import VERSIONS, kernel
from loopback import delta, ending, serving

pytestmark = pytest.mark.kernel

A, B = "openai-compatible:a", "openai-compatible:b"


class Provider:
    """Answer with the model's own name, the rest when it is let go; `bad` is no model."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, peer):
        if peer.request["method"] == "GET":  # the list of models, for the error's hint
            peer.whole(200, {"data": [{"id": "a"}, {"id": "b"}]})
            return
        model = peer.request["body"]["model"]
        if model == "bad":
            peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})
            return
        peer.head()
        peer.chunk(delta(f"I am **{model}**. ", model))
        if not self.go.wait(0) and peer.wait_closed(0 if model == "free" else 20):
            return
        peer.chunk(delta("That is all.", model))
        peer.chunk(ending())
        peer.end()


@pytest.fixture(params=VERSIONS)
def running(request, tmp_path):
    with kernel(request.param, NBPROVIDER_HOME=str(tmp_path / "home")) as made:
        made.run("%load_ext nbprovider\nimport nbprovider, os")
        yield made


@pytest.fixture
def provider(running):
    script = Provider()
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        script.server = server
        yield script


def until(true, limit=20.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def is_held(peer):
    return (peer.request.get("body") or {}).get("model") in {"a", "b"}


def page(ran):
    """Return what a cell shows in the end; all that it shows has one name."""
    outputs = ran.of("display_data", "update_display_data")
    assert len({output["transient"]["display_id"] for output in outputs}) == 1
    return outputs[-1]["data"]["text/html"]


def test_all_are_side_by_side_in_one_output_and_out_binds_a_frame(running, provider):
    """One that fails has its error in its column, and stops no other."""
    provider.go.set()
    ran = running.run(f"%%chat --new --compare {A},{B},openai-compatible:bad -o frame\nWho?")
    assert ran.status == "ok"
    shown = page(ran)
    assert shown.count('role="group"') == 3
    assert "I am <strong>a</strong>. That is all." in shown
    assert "I am <strong>b</strong>. That is all." in shown
    assert "⚠ UnknownModel" in shown
    assert shown.count("tokens/s") == 2
    assert "have answered" not in shown
    output = ran.of("update_display_data")[-1]
    assert "I am **a**. That is all." in output["data"]["text/plain"]
    assert len(output["metadata"]["nbprovider"]["compared"]) == 3
    told = running.run("print(type(frame).__name__, *frame.status, *frame.output[:2])")
    assert told.text == "DataFrame ok ok failed 3 3\n"


def test_each_is_seen_while_the_others_still_answer(running, provider):
    name = running.start(f"%%chat --new --compare openai-compatible:free,{B}\nWho?")
    running.wait_for(name, "1 of 2 have answered")
    provider.go.set()
    running.interrupt()
    running.finish(name)


def test_an_interrupt_stops_all_closes_all_and_bills_all(running, provider):
    name = running.start(f"%%chat --new --compare {A},{B},openai-compatible:c\nWho?")
    until(lambda: len(provider.server.requests) == 3)
    running.wait_for(name, "<strong>c</strong>")
    time.sleep(0.5)  # until the others have said it too
    running.interrupt()
    ran = running.finish(name)
    assert ran.error["ename"] == "KeyboardInterrupt"
    assert len(ran.error["traceback"]) == 1
    until(lambda: all(peer.closed_at for peer in provider.server.peers))
    assert page(ran).count("interrupted") == 3
    assert page(ran).count("I am <strong>") == 3
    rows = running.run(
        "rows = nbprovider.usage()\nprint(len(rows), *set(rows.status), rows.output.notna().all())"
    )
    assert rows.text == "3 interrupted True\n"
    provider.go.set()
    assert running.run(f"%%chat {A}\nAnd now?").status == "ok"


def test_at_random_moments_nothing_is_left_half_done(running, provider):
    """Wherever in a comparison an interrupt falls: each row is closed, and the next cell works.

    The first one imports what it needs. An interrupt there may hit a callback of Python's own
    import lock, which says "Exception ignored in" and drops it, whatever the cell is.
    """
    pauses = random.Random(8)
    line = f"{A},openai-compatible:free,{B}"
    magic = f"get_ipython().run_cell_magic('chat', '--compare {line}', 'hi')"
    cell = f"print('begun', flush=True)\n{magic}"
    free = "openai-compatible:free"
    assert running.run(f"%%chat --compare {free},{free}\nhi").status == "ok"
    for _ in range(12):
        name = running.start(cell)
        running.wait_for(name, "'text': 'begun")
        time.sleep(pauses.uniform(0, 0.4))
        running.interrupt()
        ran = running.finish(name)
        assert ran.error["ename"] == "KeyboardInterrupt", "\n".join(ran.error["traceback"])
    until(lambda: all(peer.closed_at for peer in provider.server.peers if is_held(peer)))
    rows = running.run("print(*sorted(set(nbprovider.usage().status)))")
    assert rows.text.split() == ["interrupted", "ok"]
    provider.go.set()
    assert running.run(f"%%chat --compare {A},{B}\nhi").status == "ok"


def test_the_chat_is_told_and_stays_as_it_was(running, provider):
    provider.go.set()
    running.run(f"%%chat {A} --new -s 'Be brief.'\nFirst?")
    running.run(f"%%chat --compare {A},{B}\nSecond?")
    running.run("%%chat\nThird?")
    sent = [len(request["body"]["messages"]) for request in provider.server.requests]
    assert sent == [2, 4, 4, 4]


def test_a_form_is_asked_of_all(running, provider):
    provider.go.set()
    ran = running.run(f"%%chat --new --compare {A},{B} -f code\nCode?")
    assert page(ran).count('class="language-python"') == 2
    assert "code block" in provider.server.requests[-1]["body"]["messages"][0]["content"]


def test_a_page_is_in_its_frame_and_a_text_keeps_its_spaces(running, provider):
    provider.go.set()
    ran = running.run(f"%%chat --new --compare {A},{B} -f html\nA page?")
    assert page(ran).count('<iframe sandbox=""') == 2
    ran = running.run(f"%%chat --new --compare {A},{B} -f text\nA text?")
    assert page(ran).count("I am **") == 2


def test_a_dry_run_shows_one_preview_each_and_sends_nothing(running, provider):
    ran = running.run(f"%%chat --new --compare {A},{B} --dry-run\nWho?")
    assert len(ran.shown) == 2
    assert provider.server.requests == []


@pytest.mark.parametrize(
    "line",
    [
        f"--compare {A}",
        f"--compare {A},",
        f"{A} --compare {A},{B}",
        f"--compare {A},{B} -m {A}",
        f"--compare {A},{B} --bg -o x",
        f"--compare {A},{B} --redo",
        f"--compare {A},{B} --debug",
    ],
)
def test_a_line_that_cannot_be_is_refused_before_anything_is_sent(running, provider, line):
    ran = running.run(f"%%chat {line}\nWho?")
    assert ran.error["ename"] == "UsageError"
    assert provider.server.requests == []
    assert ran.shown == []
