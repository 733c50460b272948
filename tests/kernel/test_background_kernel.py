"""`%%chat --bg` in a real kernel: it streams while other cells run, stops, fails, and ends well."""

from __future__ import annotations

import threading
import time

import pytest

from kernels import VERSIONS, kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

ASK = "%%chat openai-compatible:tiny --new --bg -o x"


class Held:
    """Say a few words, and the rest only when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, peer):
        peer.head()
        peer.chunk(delta("First words. "))
        if self.go.wait(20):
            peer.chunk(delta("Last words."))
            peer.chunk(ending())
            peer.end()


def endless(peer):
    """Send a word now and then until the other side has had enough."""
    peer.head()
    for number in range(2000):
        peer.chunk(delta(f"word{number} "))
        if peer.wait_closed(0.05):
            return


@pytest.fixture(params=VERSIONS)
def running(request, tmp_path):
    with kernel(request.param, NBPROVIDER_HOME=str(tmp_path / "home")) as made:
        hear(made)
        made.run("%load_ext nbprovider\nimport nbprovider, os, time")
        yield made


def hear(running):
    """Have all that the kernel says in `heard`, also what belongs to cells that have ended."""
    running.heard, following = [], running._next

    def heard(until):
        message = following(until)
        running.heard.append(message["content"])
        return message

    running._next = heard


def point_to(running, server):
    running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")


def until(true, limit=20.0):
    end = time.monotonic() + limit
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


def last_row(running, *names):
    code = "row = nbprovider.usage().iloc[-1]\nprint(" + ", ".join(f"row.{n}" for n in names) + ")"
    return running.run(code).text.split()


def left(running, name):
    """Return what was shown last where this output stands, whichever cell the message is of."""
    named = [c for c in running.heard if c.get("transient", {}).get("display_id") == name]
    return named[-1]["data"]


def test_the_cell_ends_at_once_and_the_answer_comes_into_it_while_others_run(running):
    """What another cell shows and prints stays its own; the first has one output."""
    held = Held()
    with serving(held) as server:
        point_to(running, server)
        ran = running.run(f"{ASK}\nTell me")
        assert ran.status == "ok"
        (output,) = ran.shown
        name = output["transient"]["display_id"]
        assert running.run("print(x.status)").text == "running\n"
        until(lambda: running.run("print(x.answer.text)").text.strip() == "First words.")
        held.go.set()
        other = running.run("print('other'); r = x.result(20); time.sleep(0.5); print(x.status)")
    assert other.text == "other\nok\n"
    assert other.of("display_data") == []
    said = left(running, name)["text/plain"]
    assert said.startswith("First words. Last words.\n\ntiny · 7 → 3 tokens")
    assert running.run("print(r.text, x.answer.status)").text == "First words. Last words. ok\n"
    assert last_row(running, "status", "output") == ["ok", "3"]


def test_a_stop_closes_the_connection_keeps_what_was_said_and_bills_it(running):
    with serving(endless) as server:
        point_to(running, server)
        running.run(f"{ASK}\nTell me")
        until(lambda: "word3" in running.run("print(x.answer.text)").text)
        assert running.run("x.stop(); print(x.status)").text == "interrupted\n"
        until(lambda: server.peers[-1].closed_at)
    assert "word3" in running.run("print(x.result().text)").text
    assert last_row(running, "status", "estimated") == ["interrupted", "True"]
    ran = running.run(
        "from nbprovider.session import current\n"
        "print([m.role for m in current().chat('main').messages])"
    )
    assert ran.text == "['user', 'assistant']\n"


def test_an_interrupt_while_it_is_waited_for_stops_it(running):
    with serving(endless) as server:
        point_to(running, server)
        running.run(f"{ASK}\nTell me")
        name = running.start("print('waiting', flush=True)\nx.result()")
        running.wait_for(name, "waiting")
        time.sleep(0.3)
        running.interrupt()
        assert running.finish(name).error["ename"] == "KeyboardInterrupt"
        until(lambda: server.peers[-1].closed_at)
    assert running.run("print(x.status)").text == "interrupted\n"
    assert last_row(running, "status") == ["interrupted"]


def test_an_interrupt_of_another_cell_leaves_it_alone(running):
    held = Held()
    with serving(held) as server:
        point_to(running, server)
        running.run(f"{ASK}\nTell me")
        name = running.start("print('busy', flush=True)\ntime.sleep(20)")
        running.wait_for(name, "busy")
        time.sleep(0.2)
        running.interrupt()
        running.finish(name)
        held.go.set()
        assert running.run("print(x.result(20).text)").text == "First words. Last words.\n"


def test_a_failure_is_shown_in_its_cell_and_raised_where_it_is_waited_for(running):
    def refusing(peer):
        peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})

    with serving(refusing) as server:
        point_to(running, server)
        ran = running.run(f"{ASK}\nTell me")
        name = ran.shown[0]["transient"]["display_id"]
        other = running.run("x.wait(20); time.sleep(0.3)\nx.result()")
    assert other.error["ename"] == "UnknownModel"
    said = left(running, name)
    assert said["text/plain"].startswith("UnknownModel: The provider does not know the model")
    assert said["text/markdown"].startswith("> ⚠ UnknownModel")
    assert running.run("print(x.status)").text == "failed\n"


def test_the_end_of_the_kernel_closes_and_bills_what_is_under_way(running, tmp_path):
    import sqlite3

    with serving(endless) as server:
        point_to(running, server)
        running.run(f"{ASK}\nTell me")
        until(lambda: "word3" in running.run("print(x.answer.text)").text)
        running.manager.shutdown_kernel(now=False)
        until(lambda: server.peers[-1].closed_at)
    ledger = sqlite3.connect(tmp_path / "home" / "data" / "ledger.db")
    assert ledger.execute("SELECT status FROM attempts").fetchall() == [("interrupted",)]
    ledger.close()


def test_a_form_binds_its_value_by_result_and_an_answer_not_in_form_is_a_bad_one(running):
    with serving(answering('```json\n[{"a": 1}]\n```')) as server:
        point_to(running, server)
        running.run(f"{ASK} -f json\nRows?")
        assert running.run("print(x.result(20))").text == "[{'a': 1}]\n"
    with serving(answering("no rows")) as server:
        point_to(running, server)
        running.run(f"{ASK} -f json\nRows?")
        assert running.run("x.result(20)").error["ename"] == "BadAnswer"


def test_the_cell_run_again_stops_the_answer_that_nobody_could_stop_any_more(running):
    with serving(endless) as server:
        point_to(running, server)
        running.run(f"{ASK}\nTell me")
        until(lambda: server.requests)
        running.run(f"before = x\nget_ipython().run_cell_magic('chat', '{ASK[7:]}', 'Again')")
        until(lambda: server.peers[0].closed_at)
        assert running.run("before.wait(9); print(before.status, x.status)").text == (
            "interrupted running\n"
        )
        running.run("x.stop()")


@pytest.mark.parametrize("line", ["--bg", "--bg --debug -o x", "--bg -o 1x"])
def test_a_line_that_cannot_be_is_refused_before_anything_is_sent(running, line):
    with serving(endless) as server:
        point_to(running, server)
        ran = running.run(f"%%chat openai-compatible:tiny {line}\nTell me")
        assert ran.error["ename"] == "UsageError"
        assert server.requests == []
        assert ran.shown == []


def test_a_notebook_that_runs_by_itself_has_the_answer_in_its_own_cell(tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cells = ["%load_ext nbprovider", f"{ASK}\nTell me", "x.result().text"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with serving(answering("Late ", "words.", pause=0.5)) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    (output,) = notebook.cells[1].outputs
    assert output["data"]["text/plain"].startswith("Late words.\n\ntiny · 7 → 3 tokens")
    assert notebook.cells[2].outputs[0]["data"]["text/plain"] == "'Late words.'"
