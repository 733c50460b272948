"""Every request is noted before it is sent: by each driver, for each kind of request."""

from __future__ import annotations

import shutil
import sys

import pytest

import nbprovider
from driven import asking, every
from loopback import answering, nobody, serving
from nbprovider import catalog, config, session, transport
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access, audit
from nbprovider.errors import Unreachable, UnsafeAddress
from nbprovider.flow import attempt, discover
from nbprovider.types import Call, Command, Message, Ref, Send, Text

SETTINGS = transport.Settings(connect=2)


def well(peer):
    peer.whole(200, {"ok": True})


def noted():
    found = audit.verified()
    assert found.problems == ()
    return found.entries


@every
def test_a_request_is_noted(drive):
    with serving(well) as server:
        drive(asking(f"{server.url}/v1/chat?x=1", body=b'{"q": 1}'), SETTINGS)
    (entry,) = noted()
    assert (entry.provider, entry.account, entry.model) == ("groq", "mine", "tiny")
    assert (entry.host, entry.path, entry.length) == (f"127.0.0.1:{server.port}", "/v1/chat", 8)
    assert audit.is_of(entry, b'{"q": 1}')


@every
def test_it_is_noted_before_it_is_sent(drive):
    seen = []

    def script(peer):
        seen.append(len(audit.verified().entries))
        well(peer)

    with serving(script) as server:
        drive(asking(server.url), SETTINGS)
    assert seen == [1]


@every
def test_a_request_that_could_not_be_sent_is_noted(drive):
    with nobody() as url, pytest.raises(Unreachable):
        drive(asking(url), SETTINGS)
    assert len(noted()) == 1


@every
def test_a_request_to_a_forbidden_address_is_not_sent_and_not_noted(drive):
    with pytest.raises(UnsafeAddress):
        drive(asking("https://169.254.169.254/v1"), SETTINGS)
    assert noted() == ()


@every
def test_a_program_is_noted(drive):
    def running():
        yield Send(
            Command((sys.executable, "-c", "print(1)"), b"the question"), 5.0, Ref("cli", "m")
        )

    drive(running(), SETTINGS)
    (entry,) = noted()
    assert (entry.method, entry.provider, entry.length) == ("RUN", "cli", 12)
    assert entry.host.startswith("python")


@every
def test_the_setting_turns_it_off(drive, isolated):
    with serving(well) as server:
        drive(asking(server.url), transport.Settings(connect=2, audit=False))
    assert noted() == ()
    assert not (isolated / "data" / "vault").exists()


@every
def test_a_list_that_cannot_be_written_stops_no_question(drive):
    data = config.home().data
    data.parent.mkdir(parents=True)
    data.write_text("a file where the data folder should be")
    with serving(well) as server:
        assert drive(asking(server.url), SETTINGS) == [(200, b'{"ok": true}')]
    assert audit.trouble()


def way(server):
    endpoint = Endpoint(catalog.find("openai-compatible"), f"{server.url}/v1")
    return Access(endpoint, None, "", account="mine")


def test_a_question_and_a_list_of_models_say_whom_they_are_for():
    call = Call("tiny", (Message("user", (Text("hi"),)),))
    with serving(answering("a")) as server:
        list(transport.run(attempt(call, way(server)), SETTINGS))
    with serving(lambda peer: peer.whole(200, {"data": [{"id": "tiny"}]})) as server:
        transport.result(discover(way(server)), SETTINGS)
    asked, listed = noted()
    assert (asked.provider, asked.account, asked.model) == ("openai-compatible", "mine", "tiny")
    assert (listed.method, listed.path, listed.account, listed.model) == (
        "GET",
        "/v1/models",
        "mine",
        "",
    )


def test_what_the_session_asks_is_noted_with_its_account(monkeypatch):
    with serving(answering("a")) as server:
        monkeypatch.setenv("VLLM_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "k" * 20)
        nbprovider.ask("hi", model="openai-compatible:tiny")
    entry = noted()[-1]
    assert (entry.provider, entry.account, entry.model) == (
        "openai-compatible",
        "openai-compatible",
        "tiny",
    )


def test_an_embedding_is_noted(monkeypatch):
    body = {"data": [{"index": 0, "embedding": [0.5, 0.25]}], "model": "m", "usage": {}}
    with serving(lambda peer: peer.whole(200, body)) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "k" * 20)
        nbprovider.embed(["hi"], model="openai-compatible:m")
    entry = noted()[-1]
    assert (entry.path, entry.model) == ("/v1/embeddings", "m")


def test_the_settings_of_the_user_reach_the_connection(isolated):
    path = config.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text('audit = false\nprivate_hosts = ["llm.corp.example"]\n')
    network = session.current().network
    assert (network.audit, network.private_hosts) == (False, ("llm.corp.example",))
    shutil.rmtree(path.parent)
