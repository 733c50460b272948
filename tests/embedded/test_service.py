import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from server_processes import alive, eventually, servers_below

from nbprovider import config, embedded
from nbprovider.embedded import lease, service, state, weights
from nbprovider.errors import ConfigError, Unavailable

pytestmark = [
    pytest.mark.model,
    pytest.mark.usefixtures("model_home"),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc"),
]


def ask(base_url, key, words="Count from one to twenty.", **more):
    """Return status and lines of a streamed chat, by the standard library alone."""
    body = {
        "model": embedded.MODEL,
        "messages": [{"role": "user", "content": words}],
        "max_tokens": 16,
        "temperature": 0,
        "stream": True,
        **more,
    }
    connection = http.client.HTTPConnection(base_url.split("/")[2], timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    response = connection.getresponse()
    lines = response.read().decode().splitlines()
    connection.close()
    return response.status, lines


def server_pid():
    return embedded.status().pid


def test_a_real_answer_is_streamed():
    """Tokens come one by one, and the stream ends as the protocol says."""
    status, lines = ask(*embedded.endpoint())
    payloads = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    words = [p["choices"][0]["delta"].get("content") for p in payloads if p["choices"]]
    assert status == 200
    assert len([word for word in words if word]) > 3
    assert lines[-2:] == ["data: [DONE]", ""]
    assert {payload["model"] for payload in payloads} == {embedded.MODEL}


def test_without_the_key_nothing_is_answered():
    base_url, _ = embedded.endpoint()
    assert ask(base_url, "guessed")[0] == 401


def test_a_prompt_too_long_is_refused_by_name():
    status, lines = ask(*embedded.endpoint(), words="word " * 3000)
    assert status == 400
    assert json.loads(lines[0])["error"]["type"] == "exceed_context_size_error"


def test_two_processes_share_one_server(client):
    first, second = client(), client()
    assert first.endpoint() == second.endpoint()
    assert embedded.status().clients == 2


def test_a_killed_client_leaves_the_server_to_the_others(client):
    """Kill -9 of one leaves it, kill -9 of the last one ends it."""
    first, second = client(), client()
    pid = first.endpoint()[2]
    endpoint = second.endpoint()[:2]
    first.kill()
    eventually(lambda: embedded.status().clients == 1)
    assert ask(*endpoint)[0] == 200
    second.kill()
    eventually(lambda: not alive(pid))


def test_a_released_lease_lets_the_server_go():
    embedded.endpoint()
    pid = server_pid()
    embedded.release()
    eventually(lambda: not alive(pid))


def test_a_killed_server_is_replaced_by_the_next_call():
    embedded.endpoint()
    pid = server_pid()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not alive(pid))
    assert ask(*embedded.endpoint())[0] == 200
    assert server_pid() != pid
    assert not Path(f"/proc/{pid}").exists(), "the dead server was not reaped"


def test_a_server_that_hangs_is_replaced(monkeypatch):
    """It does not answer requests: a new one does, and the old one ends when it wakes up."""
    embedded.endpoint()
    pid = server_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(lease, "_PATIENCE", 3.0)
        assert ask(*embedded.endpoint())[0] == 200
        assert server_pid() != pid
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: not alive(pid))


def test_an_idle_server_gives_its_memory_back(monkeypatch):
    """A kernel that idles keeps its lease, not the model in memory; the next call loads it."""
    monkeypatch.setattr(service, "_IDLE", 1)
    endpoint = embedded.endpoint()
    loaded = embedded.status().memory
    eventually(lambda: embedded.status().memory < loaded / 2)
    assert embedded.endpoint() == endpoint
    assert ask(*endpoint)[0] == 200


def test_a_call_takes_the_same_server_again():
    assert embedded.endpoint() == embedded.endpoint()
    assert embedded.status().clients == 1


def test_threads_start_one_server(model_home):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: embedded.endpoint(), range(8)))
    assert len(found) == 1
    assert len(servers_below(model_home)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00 no JSON",
        b"[]",
        b'{"version": 2, "pid": 1, "port": 1, "door": 1, "key": "k"}',
        b'{"version": 1, "pid": 1, "port": 1, "door": 99999, "key": "k"}',
        b'{"version": 1, "pid": 1, "port": 1, "door": 1, "key": "k"}',
    ],
)
def test_a_state_file_of_no_use_is_replaced(content):
    """Empty, garbage, of another version, impossible, or of a server that is long gone."""
    path = state.places().state
    config.made(path.parent)
    path.write_bytes(content)
    assert not embedded.status().running
    assert ask(*embedded.endpoint())[0] == 200


def test_another_program_at_the_old_port_is_not_told_the_key():
    """The port in a stale state file may belong to anybody."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]

        def listen():
            connection, _ = stranger.accept()
            with connection:
                connection.sendall(b"x" * 32)
                heard.extend(connection.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        config.made(state.places().state.parent)
        old = state.State(1, os.getpid(), port, port, "the-old-key")
        state.write(state.places().state, old)
        assert ask(*embedded.endpoint())[0] == 200
        thread.join()
    assert len(heard) == 65
    assert b"the-old-key" not in heard


def test_the_key_is_in_no_command_line_and_no_environment(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-user")
    _, key = embedded.endpoint()
    process = Path(f"/proc/{server_pid()}")
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert shown.startswith(os.fsencode(sys.executable))
    assert key.encode() not in shown
    assert b"sk-of-the-user" not in shown


def test_only_the_user_may_read_the_files():
    embedded.endpoint()
    places = state.places()
    assert {path.stat().st_mode & 0o777 for path in (places.state, places.log)} == {0o600}
    assert places.state.parent.stat().st_mode & 0o077 == 0


def test_status_starts_nothing(model_home):
    found = embedded.status()
    assert (found.installed, found.running, found.pid) == (True, False, None)
    assert servers_below(model_home) == []


def test_status_tells_what_runs():
    base_url, _ = embedded.endpoint()
    found = embedded.status()
    assert found.running
    assert f":{found.port}/" in base_url
    assert found.memory > 50_000_000


def test_stop_ends_the_server_and_says_whether_one_ran():
    embedded.endpoint()
    pid = server_pid()
    assert embedded.stop()
    eventually(lambda: not alive(pid))
    assert not embedded.stop()
    assert ask(*embedded.endpoint())[0] == 200


def test_an_interrupt_of_the_client_does_not_reach_the_server(client):
    """A front end interrupts the kernel's process group; the server is in one of its own."""
    one = client()
    base_url, key, pid = one.endpoint()
    embedded.endpoint()
    one.interrupt()
    one.process.communicate()
    assert one.process.returncode != 0
    assert alive(pid)
    assert ask(base_url, key)[0] == 200


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15, 0.3, 0.5])
def test_an_interrupt_while_starting_leaves_nothing_broken(model_home, client, moment):
    """Whenever it comes, no server stays behind and the next call is served."""
    one = client()
    threading.Event().wait(moment)
    one.interrupt()
    _, errors = one.process.communicate()
    assert "KeyboardInterrupt" in errors
    eventually(lambda: servers_below(model_home) == [])
    assert ask(*embedded.endpoint())[0] == 200


def test_a_killed_starter_leaves_no_server(model_home, client):
    one = client()
    one.kill()
    eventually(lambda: servers_below(model_home) == [])


def test_a_fork_neither_ends_nor_keeps_the_lease():
    """A fork that outlives its killed parent does not hold the server."""
    script = (
        "import os, sys, time\n"
        "from nbprovider import embedded\n"
        "embedded.endpoint(); pid = embedded.status().pid\n"
        "first = os.fork()\n"
        "if not first: os._exit(0)\n"
        "os.waitpid(first, 0)\n"
        "last = os.fork()\n"
        "if not last: os.close(1); time.sleep(60); os._exit(0)\n"
        "print(pid, last, embedded.status().clients, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    server, fork, clients = map(int, done.stdout.split())
    try:
        assert clients == 1
        eventually(lambda: not alive(server))
        assert alive(fork)
    finally:
        os.kill(fork, signal.SIGKILL)


def test_damaged_weights_are_named(model_home):
    """The right size, but no model: the error says where the file is and what to do."""
    weights.path().unlink()
    with weights.path().open("wb") as file:
        file.truncate(weights.SIZE)
    with pytest.raises(Unavailable, match="ended while it was starting") as caught:
        embedded.endpoint()
    assert str(weights.path()) in caught.value.hint
    assert caught.value.detail
    assert servers_below(model_home) == []


def test_without_weights_the_error_says_how_to_install():
    weights.path().unlink()
    with pytest.raises(ConfigError, match=r"not installed.*embedded install"):
        embedded.endpoint()


def test_without_the_engine_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ConfigError, match=r"pip install 'nbprovider\[embedded\]'"):
        embedded.endpoint()


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "inf"])
def test_a_grace_that_is_no_time_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("NBPROVIDER_EMBEDDED_GRACE", seconds)
    with pytest.raises(ConfigError, match="NBPROVIDER_EMBEDDED_GRACE"):
        embedded.endpoint()
