"""An interrupt while a model thinks, and between the steps of a question with tools."""

from __future__ import annotations

import json
import time

import pytest

from kernels import VERSIONS, kernel
from loopback import delta, ending, serving

pytestmark = pytest.mark.kernel

SETUP = """
%load_ext nbprovider
import os, nbprovider

def weather(city: str):
    '''Tell the weather.'''
    return f"It rains in {city}."
"""

ROWS = """
rows = nbprovider.usage().tail(2)
print([(row.status, bool(row.output > 0)) for row in rows.itertuples()])
"""


def chunk(delta_):
    told = {"id": "r1", "model": "tiny", "choices": [{"index": 0, "delta": delta_}]}
    return f"data: {json.dumps(told)}\n\n"


def thinking(peer):
    """Think aloud for longer than any test waits."""
    peer.head()
    for _ in range(1000):
        peer.chunk(chunk({"reasoning_content": "pondering "}))
        if peer.wait_closed(0.05):
            return


def wanting(peer):
    """Say a word, and ask for the tool."""
    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    call = {"index": 0, "id": "c0", "type": "function", "function": function}
    peer.head()
    peer.chunk(delta("Let me see. ") + chunk({"tool_calls": [call]}) + ending("tool_calls"))
    peer.end()


def silent(peer):
    """Take the request, and say nothing."""
    peer.wait_closed(30)


def streaming(peer):
    """Answer slowly."""
    peer.head()
    for _ in range(1000):
        peer.chunk(delta("drops "))
        if peer.wait_closed(0.05):
            return


def answering(peer):
    peer.head()
    peer.chunk(delta("An umbrella.") + ending())
    peer.end()


def steps(*scripts):
    """Return a script that answers each request by the next of these."""
    left = list(scripts)

    def script(peer):
        left.pop(0)(peer)

    return script


@pytest.fixture(params=VERSIONS, scope="module")
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with kernel(request.param, NBPROVIDER_HOME=str(home)) as made:
        assert made.run(SETUP).status == "ok"
        yield made


def interrupted(running, server, until, line=""):
    """Ask, interrupt as soon as `until` holds; return what ran."""
    running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
    name = running.start(f"%%chat openai-compatible:tiny --new {line}\nGo.")
    until(name)
    running.interrupt()
    return running.finish(name, timeout=20)


def closed(server):
    """Say whether the last connection is seen to close."""
    end = time.monotonic() + 10
    while server.peers[-1].closed_at is None and time.monotonic() < end:
        time.sleep(0.01)
    return server.peers[-1].closed_at


def requests(server, number):
    def wait(_):
        end = time.monotonic() + 20
        while len(server.requests) < number:
            assert time.monotonic() < end, "nobody asked"
            time.sleep(0.01)
        time.sleep(0.2)

    return wait


def test_while_it_thinks(running):
    """Thoughts are shown, kept out of the chat, and billed: the provider has written them."""
    with serving(steps(thinking, answering)) as server:
        ran = interrupted(running, server, lambda name: running.wait_for(name, "thinking"))
        assert ran.status == "error"
        assert "stopped" in ran.error["evalue"]
        (shown,) = ran.shown
        assert "interrupted" in shown["data"]["text/markdown"]
        assert closed(server)
        assert running.run(ROWS).text.strip().endswith("('interrupted', True)]")
        assert running.run("%%chat openai-compatible:tiny\nWell?").status == "ok"
        assert "pondering" not in json.dumps(server.requests[-1]["body"])


@pytest.mark.parametrize("second", [silent, streaming])
def test_in_the_call_after_a_tool(running, second):
    """What the tool gave stays in the chat, both calls are rows, and the chat goes on."""
    with serving(steps(wanting, second, answering)) as server:
        wait = requests(server, 2)
        if second is streaming:
            wait = lambda name: running.wait_for(name, "drops")  # noqa: E731 - one of two ways
        ran = interrupted(running, server, wait, "--tools weather")
        assert ran.status == "error"
        (shown,) = ran.shown
        assert "Let me see." in shown["data"]["text/markdown"]
        assert "It rains in Rome." in shown["data"]["text/markdown"]
        kept = second is streaming
        assert ("drops" in shown["data"]["text/markdown"]) == kept
        assert closed(server)
        assert "('ok', True), ('interrupted'," in running.run(ROWS).text
        assert running.run("%%chat openai-compatible:tiny\nWell?").status == "ok"
        told = server.requests[-1]["body"]["messages"]
        roles = "".join(message["role"][0] for message in told)
        assert roles == ("uatau" if kept else "uatu")
        assert told[2]["content"] == "It rains in Rome."
