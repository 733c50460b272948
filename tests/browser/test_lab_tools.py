"""A reader's view of tools: arguments as they come, results folded, consent in the cell."""

from __future__ import annotations

import threading

import pytest
from lab import until
from tool_pictures import CELLS, called, using_tools

from loopback import delta, ending, serving

pytestmark = pytest.mark.browser

SETUP = """import os, threading, time
import nbprovider
%load_ext nbprovider
os.environ["OPENAI_COMPATIBLE_BASE_URL"] = "{url}/v1"

@nbprovider.tool(approval="ask")
def remove(path: str):
    removed.append(path)

removed = []

def slow(text: str):
    while not os.path.exists("go"):
        time.sleep(0.05)
    return "it is done"
"""


def test_a_result_is_folded_until_it_is_opened_and_lives_in_the_file(lab):
    with serving(using_tools) as server:
        cells = (CELLS[0].format(url=server.url), CELLS[1])
        with lab.notebook("folding", *cells) as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: "2 steps" in notebook.text(1), "no footer was seen")
            fold = notebook.output(1).locator("details")
            assert fold.count() == 1
            line = fold.locator("summary")
            assert 'forecast(city="Rome", days=5)' in line.inner_text()
            inside = fold.locator("pre")
            assert not inside.is_visible()
            assert 'trains(start="Milan", to="Rome") → Milan 08:14 → Rome 11:02' in notebook.text(1)
            line.click()
            until(inside.is_visible, "it did not open")
            assert '"celsius": 21' in inside.inner_text()
            (output,) = notebook.save()["cells"][1]["outputs"]
            assert "🔧 forecast(" in "".join(output["data"]["text/plain"])
            notebook.reload()
            until(lambda: "2 steps" in notebook.text(1), "the saved footer was not seen")
            assert not notebook.output(1).locator("details pre").is_visible()
            notebook.output(1).locator("summary").click()
            until(notebook.output(1).locator("details pre").is_visible, "it did not open again")


def test_arguments_are_seen_while_they_come_and_a_tool_while_it_runs(lab):
    go = threading.Event()

    def held(peer):
        peer.head()
        if peer.request["body"]["messages"][-1]["role"] == "tool":
            peer.chunk(delta("Well done.") + ending())
            peer.end()
            return
        first, *rest = called(0, "slow", ('{"text": "the first words', ' and the last"}'))
        peer.chunk(first)
        peer.chunk(rest[0])
        go.wait(20)
        peer.chunk(rest[1])
        peer.chunk(ending("tool_calls"))
        peer.end()

    ask = "%%chat openai-compatible:tiny --tools slow\nGo."
    with serving(held) as server:
        cells = (SETUP.format(url=server.url), ask)
        with lab.notebook("arguments", *cells) as notebook:
            notebook.run(0)
            notebook.start(1)
            until(lambda: "the first words" in notebook.text(1), "no arguments were seen", 60)
            assert "the last" not in notebook.text(1)
            go.set()
            until(lambda: "running slow" in notebook.text(1), "no status of the tool was seen")
            assert 'slow(text="the first words and the last") → …' in notebook.text(1)
            (lab.server.notebooks / "go").touch()
            notebook.wait(1)
            until(lambda: "→ it is done" in notebook.text(1), "no result was seen")
            assert "Well done." in notebook.text(1)


@pytest.mark.parametrize(("said", "gave"), [("y", "→ done"), ("not that one", "not that one")])
def test_consent_is_asked_for_and_given_in_the_cell(lab, said, gave):
    def wanting(peer):
        peer.head()
        if peer.request["body"]["messages"][-1]["role"] == "tool":
            peer.chunk(delta("So be it.") + ending())
        else:
            peer.chunk("".join(called(0, "remove", ('{"path": "old.txt"}',))))
            peer.chunk(ending("tool_calls"))
        peer.end()

    ask = "%%chat openai-compatible:tiny --new --tools remove\nClean up."
    with serving(wanting) as server:
        cells = (SETUP.format(url=server.url), ask, "print(removed)")
        with lab.notebook(f"consent-{said[:1]}", *cells) as notebook:
            notebook.run(0)
            notebook.start(1)
            field = notebook.output(1).locator("input.jp-Stdin-input")
            field.wait_for(timeout=60_000)
            prompt = notebook.text(1)
            assert 'The model wants to run remove(path="old.txt")' in prompt
            assert "y: run it" in prompt
            field.fill(said)
            field.press("Enter")
            notebook.wait(1)
            until(lambda: "So be it." in notebook.text(1), "no answer was seen")
            assert gave in notebook.text(1)
            notebook.run(2)
            assert notebook.text(2).strip() == ("['old.txt']" if said == "y" else "[]")
