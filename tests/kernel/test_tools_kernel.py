"""Tools in a real kernel: functions that a model uses, consent in the cell, an interrupt inside."""

from __future__ import annotations

import json
import sys
import time

import pytest

import mcp_server
from kernels import VERSIONS, kernel
from loopback import delta, ending, serving

pytestmark = pytest.mark.kernel

SETUP = """
%load_ext nbprovider
import asyncio, os, time, nbprovider

@nbprovider.tool
def weather(city: str, days: int = 1):
    '''Tell the weather.

    Args:
        city: where
    '''
    if city == "Atlantis":
        raise LookupError("no such city")
    return [{"day": n, "sky": "sunny"} for n in range(days)]

async def clock():
    '''Tell the time.'''
    await asyncio.sleep(0.01)
    return "noon"

def sleeper():
    print("sleeping")
    time.sleep(60)

async def drowsy():
    print("dozing")
    try:
        await asyncio.sleep(60)
    finally:
        woken.append(1)

woken = []

@nbprovider.tool(approval="ask")
def delete(path: str):
    deleted.append(path)

deleted = []
"""


WINDOWS = "as on Windows"


@pytest.fixture(params=[*VERSIONS, WINDOWS], scope="module")
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    version = VERSIONS[0] if request.param == WINDOWS else request.param
    with kernel(version, NBPROVIDER_HOME=str(home)) as made:
        assert made.run(SETUP).status == "ok"
        if request.param == WINDOWS:
            made.run("from nbprovider import transport; transport.run = transport.relayed")
        yield made


def calls(*asked: tuple[str, dict]) -> str:
    """Return a stream's chunks that ask for tools, the arguments in pieces."""
    chunks = []
    for index, (name, arguments) in enumerate(asked):
        told = json.dumps(arguments)
        first = {"index": index, "id": f"c{index}", "function": {"name": name, "arguments": ""}}
        for piece in (
            first,
            {"index": index, "function": {"arguments": told[:5]}},
            {"index": index, "function": {"arguments": told[5:]}},
        ):
            chunk = {"id": "r1", "model": "tiny", "choices": [{"delta": {"tool_calls": [piece]}}]}
            chunks.append(f"data: {json.dumps(chunk)}\n\n")
    return "".join(chunks) + ending("tool_calls")


def script(*steps: str):
    """Return a script that answers each request with the next of the steps."""
    left = list(steps)

    def answer(peer):
        peer.head()
        peer.chunk(left.pop(0))
        peer.end()

    return answer


DONE = delta("All done.") + ending()


def ask(running, steps, line, question="Go."):
    with serving(script(*steps)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        ran = running.run(f"%%chat openai-compatible:tiny --new {line}\n{question}")
        return ran, [request["body"] for request in server.requests]


def results(body):
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


def test_functions_sync_and_async_are_run_and_told(running):
    both = calls(("weather", {"city": "Rome", "days": 9}), ("clock", {}))
    ran, bodies = ask(running, [both, DONE], "--tools weather,clock -o a")
    assert ran.status == "ok", ran.error
    offered = [tool["function"] for tool in bodies[0]["tools"]]
    assert [tool["name"] for tool in offered] == ["weather", "clock"]
    assert offered[0]["parameters"]["properties"]["city"]["description"] == "where"
    assert results(bodies[1])[0].startswith('[{"day":0,"sky":"sunny"}')
    assert results(bodies[1])[1] == "noon"
    (shown,) = [output["data"] for output in ran.shown]
    assert (
        '<details><summary>🔧 <code>weather(city="Rome", days=9)</code>' in shown["text/markdown"]
    )
    assert '"sky": "sunny"' in shown["text/markdown"]
    assert "🔧 <code>clock()</code> → noon" in shown["text/markdown"]
    assert "🔧 clock() → noon" in shown["text/plain"]
    assert "All done." in shown["text/plain"]
    assert "2 steps" in shown["text/plain"]
    assert running.run("print(a.text)").text == "All done.\n"
    assert running.run("print(len(nbprovider.usage()) >= 2)").text == "True\n"


def test_errors_and_wrong_arguments_go_back_to_the_model(running):
    steps = [
        calls(("weather", {"city": "Atlantis"}), ("weather", {"town": "Rome"})),
        calls(("weahter", {})),
        DONE,
    ]
    ran, bodies = ask(running, steps, "--tools weather")
    assert ran.status == "ok"
    told = results(bodies[1])
    assert "LookupError: no such city" in told[0]
    assert "Traceback" not in told[0]
    assert "unknown field `town`" in told[1] or "missing required field `city`" in told[1]
    assert "There is no tool 'weahter'" in results(bodies[2])[-1]
    assert ran.shown[0]["data"]["text/plain"].count("⚠") == 3


def test_it_ends_after_so_many_steps(running):
    more = calls(("weather", {"city": "Rome"}))
    ran, bodies = ask(running, [more, more, more], "--tools weather --max-steps 2")
    assert len(bodies) == 2
    assert "ended after 2 steps" in ran.shown[0]["data"]["text/plain"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--tools weathr", "There is no 'weathr' in this notebook. Did you mean 'weather'?"),
        ("--tools weather)", "--tools cannot be"),
        ("--tools weather,nbprovider", "--tools needs tools; nbprovider is a module"),
        ("--tools 1/0", "ZeroDivisionError"),
        ("--tools woken,weather --approve sometimes", "--approve cannot be 'sometimes'"),
        ("--tools weather --max-steps 0", "max_steps cannot be 0"),
        ("--tools weather --max-steps many", "--max-steps needs a number"),
    ],
)
def test_a_line_that_cannot_be_is_refused_before_anything_is_sent(running, line, told):
    ran, bodies = ask(running, [DONE], line)
    assert not bodies
    assert ran.status == "error"
    assert told in ran.error["evalue"]


def test_lists_methods_and_expressions_are_tools(running):
    running.run("class Shop:\n    def sell(self, item: str): return 'sold'\nshop = Shop()")
    running.run("both = [weather, clock]")
    _, bodies = ask(running, [DONE], "--tools both,shop.sell")
    names = [tool["function"]["name"] for tool in bodies[0]["tools"]]
    assert names == ["weather", "clock", "sell"]


def consenting(running, line, said):
    """Ask with a front end that can be asked, and says so; return what ran, asked, and was sent."""
    steps = [calls(("delete", {"path": "/etc"})), DONE]
    with serving(script(*steps)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        name = running.client.execute(
            f"%%chat openai-compatible:tiny --new {line}\nGo.", allow_stdin=True
        )
        question = ""
        if said is not None:
            question = running.client.get_stdin_msg(timeout=30)["content"]["prompt"]
            running.client.input(said)
        ran = running.finish(name)
        return ran, question, [request["body"] for request in server.requests]


def test_consent_is_asked_for_in_the_cell(running):
    ran, question, bodies = consenting(running, "--tools delete", "y")
    assert 'delete(path="/etc")' in question
    assert results(bodies[1]) == ["done"]
    assert running.run("print(deleted)").text == "['/etc']\n"
    assert ran.status == "ok"
    _, _, bodies = consenting(running, "--tools delete", "ask the admin")
    assert "They say: ask the admin" in results(bodies[1])[0]
    assert running.run("print(deleted)").text == "['/etc']\n"


def test_the_line_says_the_last_word(running):
    running.run("deleted.clear()")
    _, _, bodies = consenting(running, "--tools delete --approve always", None)
    assert results(bodies[1]) == ["done"]
    _, _, bodies = consenting(running, "--tools delete --approve never", None)
    assert "switched it off" in results(bodies[1])[0]
    assert running.run("print(deleted)").text == "['/etc']\n"


def test_where_nobody_can_be_asked_the_tool_does_not_run(running):
    """As when nbclient runs a notebook: the model is told, and goes on."""
    running.run("deleted.clear()")
    ran, bodies = ask(running, [calls(("delete", {"path": "/etc"})), DONE], "--tools delete")
    assert ran.status == "ok"
    assert "nobody can be asked" in results(bodies[1])[0]
    assert running.run("print(deleted)").text == "[]\n"


@pytest.mark.parametrize(("tool", "words"), [("sleeper", "sleeping"), ("drowsy", "dozing")])
def test_an_interrupt_inside_a_tool_keeps_what_was_said_and_the_chat_goes_on(running, tool, words):
    steps = [delta("Wait.") + calls((tool, {})), DONE]
    with serving(script(*steps)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        name = running.start(f"%%chat openai-compatible:tiny --new --tools {tool}\nGo.")
        running.wait_for(name, words)
        time.sleep(0.2)
        running.interrupt()
        ran = running.finish(name, timeout=20)
        assert ran.status == "error"
        assert "stopped" in ran.error["evalue"]
        shown = ran.shown[0]["data"]["text/plain"]
        assert "Wait." in shown
        assert f"⚠ {tool}() → stopped" in shown
        if tool == "drowsy":
            assert running.run("print(woken)").text == "[1]\n"
        again = running.run("%%chat openai-compatible:tiny\nAnd now?")
        assert again.status == "ok"
        assert "All done." in again.shown[0]["data"]["text/plain"]
        told = results(server.requests[-1]["body"])
        assert ["stopped" in one for one in told] == [True]


def test_an_interrupt_while_it_is_asked_stops_the_question(running):
    running.run("deleted.clear()")
    with serving(script(calls(("delete", {"path": "/etc"})), DONE)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        code = "%%chat openai-compatible:tiny --new --tools delete\nGo."
        name = running.client.execute(code, allow_stdin=True)
        running.client.get_stdin_msg(timeout=30)
        running.interrupt()
        ran = running.finish(name, timeout=20)
    assert "stopped" in ran.error["evalue"]
    assert len(server.requests) == 1
    assert running.run("print(deleted)").text == "[]\n"


def test_a_server_is_used_by_the_model_and_ends_with_the_kernel(running, tmp_path):
    program = [sys.executable, mcp_server.__file__]
    assert running.run(f"sums = nbprovider.mcp({program!r})").status == "ok"
    steps = [calls(("add", {"a": 2, "b": 3}), ("draw", {})), DONE]
    ran, bodies = ask(running, steps, "--tools sums --approve always")
    assert ran.status == "ok", ran.error
    assert len(bodies[0]["tools"]) == len(mcp_server.server._tool_manager.list_tools())
    assert results(bodies[1])[0] == "5"
    shown = ran.shown[0]["data"]
    assert "🔧 add(a=2, b=3) → 5" in shown["text/plain"]
    assert "data:image/png;base64," in shown["text/markdown"]
    _, bodies = ask(running, [calls(("add", {"a": 1, "b": 1})), DONE], "--tools sums")
    assert "nobody can be asked" in results(bodies[1])[0]
    file = tmp_path / "ended"
    waiting = calls(("wait", {"seconds": 60, "file": str(file)}))
    with serving(script(waiting, DONE)) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        line = "--tools sums --approve always"
        name = running.start(f"%%chat openai-compatible:tiny --new {line}\nGo.")
        running.wait_for(name, "running wait")
        running.interrupt()
        ran = running.finish(name, timeout=20)
    assert "stopped" in ran.error["evalue"]
    running.run("sums.close()")


def test_names_of_functions_are_completed_also_after_a_comma(running):
    def completions(line):
        name = running.client.complete(line, len(line))
        while True:
            reply = running.client.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == name:
                return reply["content"]["matches"]

    assert "weather" in completions("%%chat --tools wea")
    assert "clock" in completions("%%chat --tools weather,clo")
    assert not {"asyncio", "get_ipython"} & {*completions("%%chat --tools ")}
