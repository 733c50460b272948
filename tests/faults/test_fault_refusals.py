"""Every protocol, refused in every way: by status, by what is no API, and by who stands between."""

from __future__ import annotations

import contextlib
import socket
from itertools import cycle

import pytest

from asked import Way, asynchronous, both, failure, sync
from faulty import Reply
from loopback import Peer, Server, nobody
from nbprovider import protocols
from nbprovider.errors import (
    Overloaded,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from tls import Authority, serving_tls

PROTOCOLS = sorted(name for name in protocols.OWN if not name.startswith("cli_"))

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

STATUSES = {
    401: Unauthorized,
    402: QuotaExhausted,
    429: RateLimited,
    500: Unavailable,
    502: Unavailable,
    529: Overloaded,
}
BODIES = (b"", b'{"error": {"message": "no"}}', b"<html><title>Oh no</title></html>", b"\xff\x00")


def check_rows(world, kind, source):
    """Check that `far` failed at no cost that is made up, and that `near` answered."""
    first, second = world.rows()
    assert (first["provider"], first["status"]) == ("far", "failed")
    assert first["error"].startswith(f"{kind}:")
    assert first["cost_source"] == source
    assert (first["cost"] == 0.0) == (source == "unbilled")
    assert (second["provider"], second["status"]) == ("near", "ok")


@every_protocol
@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
def test_a_refusal_hands_the_call_on_whatever_its_body(world, protocol, status, expected):
    """What was refused cost nothing, and that is known."""
    world.speak(protocol)
    for body, way in zip(BODIES, cycle((sync, asynchronous)), strict=False):
        world.far.script = lambda peer, body=body: peer.whole(status, body)
        assert way("pair").text == "from near", body
        check_rows(world, expected.kind, "unbilled")
    assert type(failure(sync)) is expected


def page(peer: Peer) -> None:
    """Send a web page, and say that all is well."""
    peer.whole(200, "<!doctype html><title>Sign in to WiFi</title>", "text/html")


def nothing(peer: Peer) -> None:
    """Say that all is well, and nothing else."""
    peer.whole(200, "")


def elsewhere(peer: Peer) -> None:
    """Point to another address."""
    peer.whole(307, "", Location="http://127.0.0.1:9/v1")


def half_a_head(peer: Peer) -> None:
    """Break off inside the headers."""
    peer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    peer.connection.close()


def bad_framing(peer: Peer) -> None:
    """Give a chunk's length that is no number."""
    peer.head()
    peer.write(b"five\r\nwords\r\n")


def endless_head(peer: Peer) -> None:
    """Send headers without an end."""
    peer.write(b"HTTP/1.1 200 OK\r\n" + b"X-Pad: " + b"a" * 200_000)
    peer.connection.close()


NO_API = {
    page: ("unknown", "Sign in to WiFi"),
    nothing: ("unknown", "No answer came"),
    elsewhere: ("unbilled", "307 and points to http://127.0.0.1:9/v1"),
    half_a_head: ("unknown", "connection to .* was lost"),
    bad_framing: ("unknown", "connection to .* was lost"),
    endless_head: ("unknown", "connection to .* was lost"),
}


@every_protocol
@pytest.mark.parametrize("script", NO_API, ids=lambda script: script.__name__)
def test_what_is_no_answer_of_an_api_hands_the_call_on(world, protocol, script):
    source, words = NO_API[script]
    world.speak(protocol)
    world.far.script = script
    for way in (sync, asynchronous):
        assert way("pair").text == "from near"
        check_rows(world, "unavailable", source)
    error = failure(sync)
    assert type(error) is Unavailable
    with pytest.raises(Unavailable, match=words):
        raise error


@every_protocol
def test_a_body_whose_framing_breaks_in_the_middle_is_cut_short(world, protocol):
    """What was said is billed, by our estimate."""
    reply = Reply(protocol)
    world.far.script = reply.broken("in the middle", lambda peer: peer.write(b"zz\r\nwords\r\n"))
    world.speak(protocol)
    for way in (sync, asynchronous):
        assert way("pair").text == "from near"
        first, _ = world.rows()
        assert first["error"].startswith("unavailable:")
        assert first["cost"] > 0


@every_protocol
@both
def test_nobody_there_hands_the_call_on(world, protocol, way: Way):
    with nobody() as url:
        world.speak(protocol, url)
        assert way("pair").text == "from near"
        check_rows(world, "unreachable", "unbilled")
        assert (type(error := failure(way)), error.code) == (Unreachable, "refused")


@every_protocol
@both
def test_a_certificate_of_nobody_known_hands_the_call_on(world, protocol, way: Way, certificate):
    with serving_tls(certificate) as server:
        world.speak(protocol, server.url.replace("http:", "https:"))
        assert way("pair").text == "from near"
        check_rows(world, "unreachable", "unbilled")
        assert (type(error := failure(way)), error.code) == (Unreachable, "certificate")
        assert server.requests == []


@every_protocol
@both
def test_no_tls_where_it_should_be_hands_the_call_on(world, protocol, way: Way):
    with saying("HTTP/1.1 400 Bad Request") as plain:
        world.speak(protocol, plain.url.replace("http:", "https:"))
        assert way("pair").text == "from near"
        check_rows(world, "unreachable", "unbilled")
        assert (type(error := failure(way)), error.code) == (Unreachable, "tls")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls")).certificate("127.0.0.1")


PROXIES = (
    "HTTP/1.1 407 Proxy Authentication Required",
    "HTTP/1.1 502 Bad Gateway",
)


class Saying(Server):
    """Says the same words to whoever says anything."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(lambda _: None)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(f"{self.words}\r\nContent-Length: 0\r\n\r\n".encode())


@contextlib.contextmanager
def saying(words: str):
    """Run a server that says these words for the length of a `with` block."""
    server = Saying(words)
    try:
        yield server
    finally:
        server.close()


@every_protocol
@pytest.mark.parametrize("says", PROXIES)
def test_a_proxy_that_lets_nothing_through_is_the_one_clear_error(world, protocol, says):
    """All routes lead through it."""
    with saying(says) as proxy:
        world.settle(proxy=proxy.url)
        world.speak(protocol, "https://192.0.2.1")
        for way in (sync, asynchronous):
            error = failure(way)
            assert (type(error), error.code) == (Unreachable, "proxy")
            assert error.hint
            (row,) = world.rows()
            assert (row["status"], row["cost"]) == ("failed", 0.0)
            assert row["error"].startswith("unreachable:")


@every_protocol
def test_a_proxy_that_talks_nonsense_is_one_clear_error(world, protocol):
    with saying("nonsense") as proxy:
        world.settle(proxy=proxy.url)
        world.speak(protocol, "https://192.0.2.1")
        for way in (sync, asynchronous):
            assert type(failure(way)) is Unavailable
            (row,) = world.rows()
            assert (row["status"], row["cost_source"]) == ("failed", "unknown")


@every_protocol
@both
def test_a_proxy_that_is_not_there_is_named(world, protocol, way: Way):
    with nobody() as url:
        world.settle(proxy=url)
        world.speak(protocol, "https://192.0.2.1")
        error = failure(way)
        assert (type(error), error.code) == (Unreachable, "proxy")
        assert url.removeprefix("http://") in error.message
        (row,) = world.rows()
        assert (row["status"], row["cost"]) == ("failed", 0.0)
