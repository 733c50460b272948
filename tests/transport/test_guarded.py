"""Connections: what a name leads to is judged when it is used, by every driver."""

from __future__ import annotations

import asyncio

import httpcore2
import pytest

from driven import asking, both, every
from forbidden import forbidden
from loopback import serving
from nbprovider import transport
from nbprovider.credentials import numbers
from nbprovider.errors import ConfigError, NbproviderError, UnsafeAddress
from nbprovider.transport import clients, guarded

SETTINGS = transport.Settings(connect=2)
ADDRESSES = sorted({str(n) for host in forbidden() if (n := numbers.read(host))})


@pytest.fixture(autouse=True)
def fresh():
    """Begin and end without kept connections: a kept one was judged before."""
    clients.close()
    yield
    clients.close()


def well(peer):
    peer.whole(200, {"ok": True})


@both
@pytest.mark.parametrize("host", forbidden())
def test_a_forbidden_address_is_refused_in_every_spelling_when_it_is_sent_to(
    drive,
    host,
    connected,
):
    """Also where nobody looked at the base URL before."""
    with pytest.raises((UnsafeAddress, ConfigError)):
        drive(asking(f"https://{host}/v1"), SETTINGS)
    assert connected == []


@both
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["api.example.com", "gpu", "listed.example"])
def test_a_name_that_leads_to_a_forbidden_address_is_refused(
    drive,
    name,
    address,
    names,
    connected,
):
    names.lead(name, address)
    settings = transport.Settings(connect=2, private_hosts=("listed.example",))
    with pytest.raises(UnsafeAddress, match=name):
        drive(asking(f"https://{name}/v1"), settings)
    assert connected == []


@every
@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "::1", "fd12::1", "100.64.0.1"])
def test_a_public_name_that_leads_inside_is_refused(
    drive,
    inside,
    names,
    connected,
):
    names.lead("api.example.com", inside)
    with pytest.raises(UnsafeAddress, match="private_hosts"):
        drive(asking("https://api.example.com/v1"), SETTINGS)
    assert connected == []


@every
def test_a_name_is_looked_up_once_and_that_answer_is_used(
    drive,
    names,
    connected,
):
    """DNS rebinding: the answer changes between the check and the connection."""
    names.lead_in_turn("api.example.com", "203.0.114.7", "169.254.169.254")
    with pytest.raises(NbproviderError, match="refused"):
        drive(asking("https://api.example.com/v1"), SETTINGS)
    assert names.asked == ["api.example.com"]
    assert connected == ["203.0.114.7"]


@both
def test_every_new_connection_is_judged_anew(drive, names, connected):
    names.lead_in_turn("gpu", "127.0.0.1", "169.254.169.254")
    with serving(well) as server:
        url = f"http://gpu:{server.port}/v1"
        assert drive(asking(url), SETTINGS) == [(200, b'{"ok": true}')]
        clients.close()
        with pytest.raises(UnsafeAddress, match="metadata"):
            drive(asking(url), SETTINGS)
    assert connected == ["127.0.0.1"]
    assert len(server.requests) == 1


@both
def test_the_name_stays_in_the_host_header(drive, names):
    names.lead("gpu", "127.0.0.1")
    with serving(well) as server:
        drive(asking(f"http://gpu:{server.port}/v1"), SETTINGS)
    assert server.requests[0]["headers"]["host"] == f"gpu:{server.port}"


@both
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])
def test_this_machine_is_spoken_to_where_it_is_meant(drive, host):
    with serving(well) as server:
        assert drive(asking(f"http://{host}:{server.port}"), SETTINGS) == [(200, b'{"ok": true}')]


@both
def test_a_listed_name_is_spoken_to_inside(drive, names):
    names.lead("llm.corp.example", "127.0.0.1")
    settings = transport.Settings(connect=2, private_hosts=("*.corp.example",))
    with serving(well) as server:
        url = f"http://llm.corp.example:{server.port}"
        assert drive(asking(url), settings) == [(200, b'{"ok": true}')]


@both
def test_the_next_good_address_is_tried_when_one_fails(drive, names, connected):
    names.lead("gpu", "169.254.1.1", "127.0.0.2", "fe80::1", "127.0.0.1")
    with serving(well) as server:
        drive(asking(f"http://gpu:{server.port}"), SETTINGS)
    assert connected == ["127.0.0.2", "127.0.0.1"]


@both
def test_behind_a_proxy_the_text_of_the_target_is_judged(drive, names):
    """The proxy may be inside, by whatever name: the user has set it."""
    names.lead("proxy.example.com", "127.0.0.1")
    with serving(well) as server:
        proxied = transport.Settings(connect=2, proxy=f"http://proxy.example.com:{server.port}")
        for host in ("169.254.169.254", "[::ffff:a9fe:a9fe]", "metadata.google.internal"):
            with pytest.raises(UnsafeAddress):
                drive(asking(f"http://{host}/v1"), proxied)
        assert server.requests == []
        drive(asking("http://10.1.2.3/v1"), proxied)
        assert server.requests[0]["path"] == "http://10.1.2.3/v1"


@both
def test_a_proxy_is_no_forbidden_address(drive, names, connected):
    names.lead("proxy.example.com", "169.254.169.254")
    proxied = transport.Settings(connect=2, proxy="http://proxy.example.com:3128")
    with pytest.raises(UnsafeAddress):
        drive(asking("http://api.example.com/v1"), proxied)
    assert connected == []


@every
def test_no_credential_goes_along_with_a_redirect(drive):
    keys = {"Authorization": "Bearer k", "x-api-key": "k", "x-goog-api-key": "k", "api-key": "k"}
    with serving(well) as elsewhere:

        def script(peer):
            peer.whole(307, "", Location=f"{elsewhere.url}/v1")

        with serving(script) as server:
            ((status, _),) = drive(asking(server.url, headers=keys), SETTINGS)
    assert status == 307
    assert elsewhere.requests == []


def test_a_library_that_cannot_be_guarded_is_not_used():
    with pytest.raises(ConfigError, match="cannot be guarded"):
        guarded.guard(object(), guarded.Guarded(()))


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9", "https://127.0.0.1:9"])
def test_every_kind_of_client_is_guarded(proxy):
    settings = transport.Settings(proxy=proxy)

    async def unguarded():
        clients_of_both = (clients.client(settings), clients.async_client(settings))
        return [t for c in clients_of_both for t in transports(c) if not is_guarded(t)]

    def transports(client):
        return [client._transport, *client._mounts.values()]

    def is_guarded(made):
        backend = made._pool._network_backend
        return isinstance(backend, guarded.Guarded | guarded.GuardedAsync)

    assert asyncio.run(unguarded()) == []


class Stream(httpcore2.AsyncMockStream):
    def __init__(self):
        super().__init__([])


def test_a_slow_address_does_not_hold_up_the_next(monkeypatch):
    monkeypatch.setattr(guarded, "HEAD_START", 0.01)
    ended = []

    async def slow():
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("slow")

    async def quick(stream):
        return stream

    async def go():
        stream, never = Stream(), quick(Stream())
        assert await guarded._first([slow(), quick(stream), never]) is stream
        assert ended == ["slow"]

    asyncio.run(go())


def test_addresses_are_taken_in_turns_by_kind():
    given = ["::1", "::2", "::3", "1.1.1.1", "2.2.2.2"]
    assert guarded._in_turns(given) == ["::1", "1.1.1.1", "::2", "2.2.2.2", "::3"]
    assert guarded._in_turns([]) == []


@both
def test_a_name_that_nobody_knows_is_said_to_be_unknown(drive, names):
    names.lead("api.example.com")
    with pytest.raises(NbproviderError, match=r"api\.example\.com"):
        drive(asking("https://api.example.com/v1"), SETTINGS)


@every
def test_plain_http_does_not_leave_the_private_network(drive, names, connected):
    """A short name may be completed to somebody's domain."""
    names.lead("gpu", "203.0.114.7")
    with pytest.raises(UnsafeAddress, match="plain http"):
        drive(asking("http://gpu:11434/api/chat"), SETTINGS)
    assert connected == []
    with pytest.raises(NbproviderError, match="refused"):
        drive(asking("https://gpu:11434/api/chat"), SETTINGS)
    assert connected == ["203.0.114.7"]


@both
@pytest.mark.parametrize("url", ["http://8.8.8.8/v1", "http://[2606:4700::1111]/v1"])
def test_plain_http_to_a_public_number_is_refused(drive, url, connected):
    with pytest.raises(UnsafeAddress, match="plain http"):
        drive(asking(url), SETTINGS)
    assert connected == []
