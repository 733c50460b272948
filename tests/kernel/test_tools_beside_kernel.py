"""Tools beside the main thread, in a real kernel: of answers side by side and in the background."""

from __future__ import annotations

import json

import pytest

from kernels import VERSIONS, kernel
from loopback import answering, ending, serving

pytestmark = pytest.mark.kernel

A, B = "openai-compatible:a", "openai-compatible:b"

SETUP = """
%load_ext nbprovider
import os, nbprovider

asked = []

def weather(city: str) -> str:
    '''Tell the weather.'''
    asked.append(city)
    return "sunny"

async def clock() -> str:
    '''Tell the time.'''
    return "noon"

@nbprovider.tool(approval="ask")
def delete(path: str) -> str:
    asked.append(path)
    return "gone"
"""


def asks_for(name, arguments):
    """Return a script that asks for a tool, then says what the tool gave."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}
    choice = {"index": 0, "delta": call, "finish_reason": None}

    def script(peer):
        messages = peer.request["body"]["messages"]
        if messages[-1]["role"] == "tool":
            answering(f"It is {messages[-1]['content']}.")(peer)
            return
        peer.head()
        peer.chunk(f"data: {json.dumps({'id': 'r', 'model': 'tiny', 'choices': [choice]})}\n\n")
        peer.chunk(ending("tool_calls"))
        peer.end()

    return script


@pytest.fixture(params=VERSIONS, scope="module")
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with kernel(request.param, NBPROVIDER_HOME=str(home)) as made:
        assert made.run(SETUP).status == "ok"
        yield made


def asked(running, script, cell):
    running.run("asked.clear()")
    with serving(script) as server:
        running.run(f"os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        ran = running.run(cell)
        assert ran.status == "ok", ran.error
        return ran, [request["body"] for request in server.requests]


def test_each_of_several_models_has_its_tools_run(running):
    line = f"%%chat --new --compare {A},{B} --tools weather --approve always -o f"
    ran, bodies = asked(running, asks_for("weather", {"city": "Rome"}), f"{line}\nHow is it?")
    assert len(bodies) == 4
    assert running.run("print(asked, *f.text, *f.output)").text == (
        "['Rome', 'Rome'] It is sunny. It is sunny. 6 6\n"
    )
    assert "weather(" in str(ran.messages[-1][1]["content"]["data"]["text/html"])


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [("weather", {"city": "Oslo"}, "It is sunny."), ("clock", {}, "It is noon.")],
)
def test_an_answer_in_the_background_has_its_tools_run(running, tool, arguments, says):
    line = f"%%chat {A} --new --bg -o x --tools {tool} --approve always"
    running.run("x = None")
    _, bodies = asked(
        running,
        asks_for(tool, arguments),
        f"get_ipython().run_cell_magic('chat', '{line[7:]}', 'How?')\nsaid = x.result(20).text",
    )
    assert running.run("print(said)").text == f"{says}\n"
    assert len(bodies) == 2


def test_a_tool_that_needs_consent_is_refused_where_nobody_can_be_asked(running):
    line = f"{A} --new --bg -o x --tools delete"
    _, bodies = asked(
        running,
        asks_for("delete", {"path": "/x"}),
        f"get_ipython().run_cell_magic('chat', '{line}', 'Away')\nsaid = x.result(20).text",
    )
    assert "nobody can be asked" in bodies[-1]["messages"][-1]["content"]
    assert running.run("print(asked)").text == "[]\n"
