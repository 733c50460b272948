"""Tools of MCP servers, over real pipes and real HTTP, by the official SDK on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import mcp_server
import nbprovider
from nbprovider.errors import Unavailable, UnsafeAddress, UsageError
from nbprovider.session.tools import approved, runnable
from nbprovider.types import Media, Text, ToolCall

PROGRAM = [sys.executable, mcp_server.__file__]


@pytest.fixture(scope="module")
def server():
    with nbprovider.mcp(PROGRAM, env={"SUMS_TOKEN": "t0ken-of-the-sums"}) as opened:
        yield opened


def run(server, name: str, arguments: str = "{}"):
    return server[name].run(ToolCall("c1", name, arguments))


def test_a_servers_tools_are_tools(server):
    assert server.name == "sums"
    named = {each.tool.name: each for each in runnable([server])}
    assert set(named) == {"add", "variable", "fail", "draw", "wait", "pid", "maps_far_from"}
    assert named["add"].tool.description == "Add two numbers."
    assert named["add"].tool.parameters["required"] == ["a", "b"]
    assert len(server) == len(named)
    assert "sums" in repr(server)
    with pytest.raises(UsageError, match="no tool 'multiply'"):
        server["multiply"]


def test_a_tool_runs_and_its_words_come_back_under_the_calls_id(server):
    result = run(server, "add", '{"a": 2, "b": 3}')
    assert (result.id, result.name, result.text, result.error) == ("c1", "add", "5", False)


def test_it_runs_on_a_loop_of_ones_own_too(server):
    result = asyncio.run(server["add"].arun(ToolCall("c1", "add", '{"a": 1, "b": 1}')))
    assert result.text == "2"


def test_names_and_schemas_are_such_as_every_provider_takes(server):
    tool = server["maps_far_from"].tool
    assert tool.parameters["properties"]["start"]["required"] == ["north", "east"]
    assert "$" not in str(tool.parameters)
    places = '{"start": {"north": 1, "east": 2}, "to": {"north": 3, "east": 5}}'
    assert run(server, "maps_far_from", places).text == "5.0"


def test_pictures_come_back_as_pictures(server):
    words, picture = run(server, "draw").content
    assert words == Text("a pixel:")
    assert picture == Media("image", "image/png", mcp_server.PIXEL)


def test_what_goes_wrong_over_there_is_told_to_the_model(server):
    failed = run(server, "fail")
    assert failed.error
    assert "the well is dry" in failed.text
    wrong = run(server, "add", '{"a": "two"}')
    assert wrong.error


def test_it_asks_before_it_runs_unless_told_otherwise(server):
    assert {each.approval for each in server} == {"ask"}
    with nbprovider.mcp(PROGRAM, approval="always", prefix="my_") as other:
        assert approved(ToolCall("c1", "my_add", "{}"), other["my_add"]) is None
        assert run(other, "my_add", '{"a": 1, "b": 2}').text == "3"


def test_a_program_inherits_no_keys_but_what_it_is_given(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-others")
    assert run(server, "variable", '{"name": "OPENAI_API_KEY"}').text == "not set"
    with nbprovider.mcp(PROGRAM, env={"PLAIN": "value"}) as other:
        assert run(other, "variable", '{"name": "PLAIN"}').text == "value"
        assert run(other, "variable", '{"name": "OPENAI_API_KEY"}').text == "not set"


def test_its_own_secret_is_not_sent_on_to_a_model(server):
    assert "t0ken-of-the-sums" not in run(server, "variable", '{"name": "SUMS_TOKEN"}').text


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(process: int) -> bool:
    until = time.monotonic() + 15
    while alive(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(process)


def test_closing_ends_the_program_and_its_tools_say_so():
    opened = nbprovider.mcp(PROGRAM)
    process = int(run(opened, "pid").text)
    opened.close()
    assert gone(process)
    assert "closed" in repr(opened)
    result = run(opened, "pid")
    assert result.error
    assert "is closed" in result.text
    opened.close()


def test_a_program_that_dies_is_an_error_that_the_model_is_told():
    with nbprovider.mcp(PROGRAM) as opened:
        os.kill(int(run(opened, "pid").text), signal.SIGTERM)
        result = run(opened, "add", '{"a": 1, "b": 2}')
        assert result.error
        assert "closed" in result.text.lower()


def test_a_server_that_nobody_holds_is_closed():
    opened = nbprovider.mcp(PROGRAM)
    process = int(run(opened, "pid").text)
    del opened
    gc.collect()
    assert gone(process)


def test_a_tool_that_is_held_keeps_its_server():
    tool = nbprovider.mcp(PROGRAM)["add"]
    gc.collect()
    assert tool.run(ToolCall("c1", "add", '{"a": 1, "b": 2}')).text == "3"


def test_the_end_of_the_kernel_ends_the_program():
    code = (
        "import sys, nbprovider\nfrom nbprovider.types import ToolCall\n"
        f"server = nbprovider.mcp({PROGRAM!r})\n"
        "print(server['pid'].run(ToolCall('c', 'pid', '')).text)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert gone(int(done.stdout))
    assert not done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a signal of our own to this thread")
def test_an_interrupt_while_it_works_is_felt_and_told_to_the_server(server, tmp_path):
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    file = tmp_path / "ended"
    with pytest.raises(KeyboardInterrupt):
        run(server, "wait", f'{{"seconds": 30, "file": "{file}"}}')
    assert time.monotonic() - began < 20
    until = time.monotonic() + 10
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert file.read_text() == "cancelled"
    assert run(server, "add", '{"a": 1, "b": 1}').text == "2"


@contextlib.contextmanager
def by_http():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*PROGRAM, "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait()


def test_a_server_is_reached_by_its_address():
    with by_http() as url, nbprovider.mcp(url, headers={"X-Api-Key": "k" * 20}) as opened:
        assert run(opened, "add", '{"a": 2, "b": 3}').text == "5"
        assert "127.0.0.1" not in repr(opened)


def test_what_is_no_server_says_why():
    with pytest.raises(Unavailable, match="no such program"):
        nbprovider.mcp("surely-no-such-program --x")
    with pytest.raises(Unavailable, match="no such database"):
        nbprovider.mcp([*PROGRAM, "broken"], timeout=20)
    with pytest.raises(Unavailable, match="does not answer"):
        nbprovider.mcp([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.5)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 cannot be used"):
        nbprovider.mcp("http://127.0.0.1:9/mcp", timeout=5)


def test_what_cannot_be_is_refused_before_anything_is_started():
    with pytest.raises(UnsafeAddress):
        nbprovider.mcp("http://169.254.169.254/mcp")
    with pytest.raises(UsageError, match="Close the quote"):
        nbprovider.mcp("run 'this")
    with pytest.raises(UsageError, match="is no MCP server"):
        nbprovider.mcp("")
    with pytest.raises(UsageError, match="takes no headers"):
        nbprovider.mcp(PROGRAM, headers={"a": "b"})
    with pytest.raises(UsageError, match="takes no env"):
        nbprovider.mcp("https://example.org/mcp", env={"a": "b"})
    with pytest.raises(UsageError, match="approval"):
        nbprovider.mcp(PROGRAM, approval="perhaps")


def test_without_the_client_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr("nbprovider.session.tools.servers.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"nbprovider\[mcp\]"):
        nbprovider.mcp(PROGRAM)
