"""A model is downloaded by Ollama: over a real socket, interrupted, refused."""

from __future__ import annotations

import json
import signal
import threading

import pytest

import nbprovider
from loopback import nobody, serving
from nbprovider import credentials, session, transport
from nbprovider.errors import Unauthorized, Unavailable, UnknownModel, Unreachable, UsageError
from nbprovider.magics import provider
from nbprovider.pull_flow import pulling
from nbprovider.types import Route
from nbprovider.ui.bar import Bar

MANIFEST = {"status": "pulling manifest"}
END = {"status": "success"}


def file(digest, completed, total):
    told = {"status": f"pulling {digest}", "digest": digest, "total": total}
    return told | ({"completed": completed} if completed else {})


@pytest.fixture
def ollama(monkeypatch):
    """Play Ollama: each payload is a line of its own, sent by itself."""
    servers = []

    def start(*payloads, script=None):
        def told(peer):
            peer.head(kind="application/x-ndjson")
            for payload in payloads:
                peer.chunk(payload if isinstance(payload, str) else json.dumps(payload) + "\n")
            peer.end()

        context = serving(script or told)
        servers.append(context)
        server = context.__enter__()
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        return server

    yield start
    for context in servers:
        context.__exit__(None, None, None)


def pulled():
    """Pull a model, return what was told on the way."""
    told = []
    flow = pulling("tiny", credentials.access("ollama"), lambda *seen: told.append(seen))
    transport.result(flow, transport.Settings())
    return told


def test_several_files_that_come_interleaved_are_counted_together(ollama):
    server = ollama(
        MANIFEST,
        file("a", 0, 100),
        file("a", 40, 100),
        file("b", 10, 20),
        file("a", 100, 100),
        file("b", 20, 20),
        END,
    )
    told = pulled()
    assert told[0] == (0, None)
    assert [one for i, one in enumerate(told) if one not in told[:i]] == [
        (0, None),
        (0, 100),
        (40, 100),
        (50, 120),
        (110, 120),
        (120, 120),
    ]
    (request,) = server.requests
    assert (request["method"], request["path"]) == ("POST", "/api/pull")
    assert request["body"] == {"model": "tiny", "stream": True}


def test_lines_that_are_cut_anywhere_are_put_together(ollama):
    text = "".join(json.dumps(one) + "\n" for one in (file("a", 3, 4), file("a", 4, 4), END))
    ollama(text[:7], text[7:40], text[40:].rstrip("\n"))
    assert pulled()[-1] == (4, 4)


def test_a_model_that_nobody_has_is_an_unknown_model(ollama):
    ollama(MANIFEST, {"error": "pull model manifest: file does not exist"})
    with pytest.raises(UnknownModel) as caught:
        pulled()
    assert "library" in caught.value.hint


def test_an_error_line_ends_the_download(ollama):
    ollama(file("a", 1, 4), {"error": "max retries exceeded: no space left on device"})
    with pytest.raises(Unavailable, match="no space left"):
        pulled()


def test_a_refusal_is_typed(ollama):
    ollama(script=lambda peer: peer.whole(401, {"error": "unauthorized"}))
    with pytest.raises(Unauthorized):
        pulled()


@pytest.mark.parametrize("last", [file("a", 2, 4), file("a", 4, 4)])
def test_a_download_without_its_last_line_is_not_finished(ollama, last):
    ollama(MANIFEST, last)
    with pytest.raises(Unavailable, match="broke off") as caught:
        pulled()
    assert "Pull the model again" in caught.value.hint


@pytest.mark.parametrize("line", ['["pulling"]\n', '{"status": "x", "digest": [1], "total": 2}\n'])
def test_lines_of_another_shape_are_no_traceback(ollama, line):
    ollama(line)
    with pytest.raises(Unavailable, match="unknown shape"):
        pulled()


def test_a_server_that_does_not_run_is_to_be_started(monkeypatch):
    with nobody() as url:
        monkeypatch.setenv("OLLAMA_HOST", url)
        with pytest.raises(Unreachable) as caught:
            pulled()
    assert "ollama serve" in caught.value.hint


def test_the_magic_shows_one_line_that_grows(ollama, capsys):
    ollama(MANIFEST, file("a", 1_000_000, 4_000_000), file("a", 4_000_000, 4_000_000), END)
    note = provider.run("pull tiny:1b")
    painted = capsys.readouterr().out
    assert painted.split("\r")[-2:] == [
        "Downloading tiny:1b:  25% of 4 MB",
        "Downloading tiny:1b: 100% of 4 MB\n",
    ]
    assert "ollama:tiny:1b" in str(note)


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("pull mistral:7b", "mistral:7b"),
        ("pull ollama:qwen3:8b", "qwen3:8b"),
        ("pull qwen3:8b ollama", "qwen3:8b"),
        ("pull hf.co/someone/model:Q4_K_M", "hf.co/someone/model:Q4_K_M"),
        ("pull gpt-oss:120b-cloud", "gpt-oss:120b-cloud"),
    ],
)
def test_the_model_is_named_as_ollama_names_it(ollama, line, model):
    server = ollama(END)
    provider.run(line)
    assert server.requests[0]["body"]["model"] == model


def test_a_provider_that_downloads_nothing_says_so(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "gsk_0123456789abcdefghijkl")
    with pytest.raises(UsageError, match="Groq downloads no models"):
        provider.run("pull llama groq")


def test_an_interrupt_ends_the_download_at_the_server(ollama):
    gone = threading.Event()

    def script(peer):
        peer.head(kind="application/x-ndjson")
        peer.chunk(json.dumps(file("a", 1, 4)) + "\n")
        if peer.wait_closed():
            gone.set()

    def progress(done, total):
        stop = (threading.main_thread().ident, signal.SIGINT)
        threading.Timer(0.2, signal.pthread_kill, stop).start()

    ollama(script=script)
    models = session.current().models
    with pytest.raises(KeyboardInterrupt):
        models.pull(Route("ollama", "tiny", "ollama"), progress)
    assert gone.wait(10)


def test_a_line_that_is_left_unfinished_is_ended(capsys):
    with Bar("Downloading tiny") as bar:
        bar(1_000_000, 4_000_000)
    assert capsys.readouterr().out == "\rDownloading tiny:  25% of 4 MB\n"


def test_a_field_of_ollamas_own_goes_beside_the_defaults(ollama):
    server = ollama({"message": {"content": "Hi"}, "done": True, "done_reason": "stop"})
    words = {"model": "ollama:qwen3", "temperature": 0.0}
    nbprovider.ask("hi", extra={"options": {"num_ctx": 8192}}, **words)
    body = server.requests[-1]["body"]
    assert body["options"] == {"num_ctx": 8192, "temperature": 0.0}
    assert body["keep_alive"] == "60m"
    nbprovider.ask("hi", extra={"keep_alive": 0}, **words)
    assert server.requests[-1]["body"]["keep_alive"] == 0


@pytest.mark.parametrize("model", ["gpt-oss:120b-cloud", "kimi-k2:cloud"])
def test_a_cloud_tag_reaches_the_server_as_it_stands(ollama, model):
    server = ollama({"message": {"content": "Hi"}, "done": True, "done_reason": "stop"})
    assert str(nbprovider.ask("hi", model=model)) == "Hi"
    assert server.requests[-1]["body"]["model"] == model
