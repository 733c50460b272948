"""Addresses, servers and networks: what stands in the way, and what is told of it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from loopback import Peer, answering, delta, nobody
from nbprovider import errors
from nbprovider.credentials import circumstances

AWAY = "https://api.nobody.invalid/v1"
OWN = "openai-compatible:small"
PAGE = "<html><head><title>Gateway</title></head><body>Sorry.</body></html>"


@pytest.fixture
def own(monkeypatch):
    """Set the address of a server of one's own."""
    return lambda url: monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", url)


def test_an_ollama_that_does_not_run_is_told_how_to_start(person, monkeypatch):
    with nobody() as url:
        monkeypatch.setenv("OLLAMA_HOST", url)
        error = person.sees("refused, at Ollama's address", "ollama:qwen3")
    assert type(error) is errors.Unreachable


def test_a_server_of_ones_own_that_does_not_run_is_told(person, own):
    with nobody() as url:
        own(url)
        person.sees("refused, at a server of your own", OWN)


def test_a_kernel_in_a_container_is_told_where_its_machine_is(person, monkeypatch, tmp_path: Path):
    mark = tmp_path / ".dockerenv"
    mark.touch()
    monkeypatch.setattr(circumstances, "CONTAINERS", (mark,))
    with nobody() as url:
        monkeypatch.setenv("OLLAMA_HOST", url)
        person.sees("refused, and the kernel is in a container", "ollama:qwen3")


def test_the_name_of_a_containers_machine_is_known_in_containers_only(person, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "host.docker.internal:11434")
    person.sees("host.docker.internal is not found", "ollama:qwen3")


def test_the_name_of_a_containers_machine_has_to_be_given_to_some_containers(
    person, monkeypatch, tmp_path: Path
):
    mark = tmp_path / ".containerenv"
    mark.touch()
    monkeypatch.setattr(circumstances, "CONTAINERS", (mark,))
    monkeypatch.setenv("OLLAMA_HOST", "host.docker.internal:11434")
    person.sees("host.docker.internal is not found in a container", "ollama:qwen3")


def test_an_ollama_address_that_ends_in_v1_works(person, serve, monkeypatch):
    said = {"model": "m", "message": {"role": "assistant", "content": "fine"}, "done": True}
    server = serve(lambda peer: peer.whole(200, said | {"done_reason": "stop"}))
    monkeypatch.setenv("OLLAMA_HOST", f"{server.url}/v1")
    person.is_answered("Ollama's address ends in /v1", "ollama:qwen3")
    assert server.requests[-1]["path"] == "/api/chat"


def test_an_address_without_a_path_gets_its_v1(person, serve, own):
    server = serve(answering("fine"))
    own(server.url)
    person.is_answered("a server's address lacks /v1", OWN)
    assert server.requests[-1]["path"] == "/v1/chat/completions"


def test_an_address_with_the_path_of_a_call_works_where_it_can(person, serve, own):
    server = serve(answering("fine"))
    own(f"{server.url}/v1/chat/completions")
    person.is_answered("a server's address ends in /chat/completions", OWN)
    assert server.requests[-1]["path"] == "/v1/chat/completions"


def test_the_path_of_a_call_in_an_address_is_told(person, serve, monkeypatch):
    server = serve(lambda peer: peer.whole(404, {"error": {"message": "Not Found", "code": 404}}))
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-seeded0123456789")
    monkeypatch.setenv("OPENROUTER_BASE_URL", f"{server.url}/api/v1/chat/completions")
    person.sees("404, the address ends in the path of a call", "openrouter:openai/gpt-6-luna")


def test_a_wrong_path_is_told(person, serve, own):
    own(f"{serve(lambda peer: peer.whole(404, {'detail': 'Not Found'})).url}/llm")
    person.sees("404, the address has another path", OWN)


def test_a_server_of_another_kind_is_told(person, serve, own):
    own(serve(lambda peer: peer.whole(404, PAGE, "text/html")).url)
    person.sees("404, a web page", OWN)


def test_https_where_plain_http_is_spoken_is_told(person, raw, own):
    def deal(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    own(f"https://127.0.0.1:{raw(deal)}/v1")
    person.sees("https to a server without TLS", OWN)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(raw):
    """Start a server that speaks TLS with a certificate, and says nothing."""

    def start(certificate: trustme.LeafCert) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)

        def deal(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as spoken:
                spoken.recv(65536)

        return raw(deal)

    return start


def test_plain_http_where_tls_is_spoken_is_told(person, tls, authority, own):
    own(f"http://127.0.0.1:{tls(authority.issue_cert('127.0.0.1'))}/v1")
    person.sees("http to a server with TLS", OWN)


def test_an_unknown_authority_is_told_with_the_setting(person, tls, authority, own):
    own(f"https://127.0.0.1:{tls(authority.issue_cert('127.0.0.1'))}/v1")
    person.sees("the certificate is of an unknown authority", OWN)


@pytest.fixture
def trusted(person, authority, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    person.set("tries = 1", f"ca_file = '{tmp_path / 'ca.pem'}'")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_the_future_is_told_as_a_wrong_clock(person, tls, authority, own):
    soon = datetime.now(UTC) + timedelta(days=2)
    later = soon + timedelta(days=9)
    certificate = authority.issue_cert("127.0.0.1", not_before=soon, not_after=later)
    own(f"https://127.0.0.1:{tls(certificate)}/v1")
    person.sees("the certificate is not yet valid", OWN)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_the_past_is_told(person, tls, authority, own):
    past = datetime.now(UTC) - timedelta(days=2)
    certificate = authority.issue_cert("127.0.0.1", not_after=past)
    own(f"https://127.0.0.1:{tls(certificate)}/v1")
    person.sees("the certificate has expired", OWN)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_told(person, tls, authority, own):
    own(f"https://127.0.0.1:{tls(authority.issue_cert('elsewhere.example'))}/v1")
    person.sees("the certificate is for another name", OWN)


def test_a_machine_without_a_network_is_told(person, campus):
    campus(AWAY)
    error = person.sees("the name is not found", "campus:small")
    assert type(error) is errors.Unreachable


def test_a_proxy_variable_that_is_not_read_is_told(person, campus, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    campus(AWAY)
    person.sees("the name is not found, and a proxy variable is set", "campus:small")


def test_a_proxy_that_wants_a_login_is_told(person, campus, serve):
    def script(peer: Peer) -> None:
        peer.connection.sendall(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        )

    campus(AWAY)
    person.set("tries = 1", f"proxy = '{serve(script).url}'")
    person.sees("407 from a proxy", "campus:small")


def test_a_407_that_comes_as_a_page_is_told(person, campus, serve):
    campus(serve(lambda peer: peer.whole(407, PAGE, "text/html")).url)
    person.sees("407 as a web page", "campus:small")


def test_a_proxy_that_does_not_answer_is_told(person, campus):
    campus(AWAY)
    with nobody() as url:
        person.set("tries = 1", f"proxy = '{url}'")
        person.sees("the proxy does not answer", "campus:small")


def test_a_gateway_that_fails_is_told(person, campus, serve):
    campus(serve(lambda peer: peer.whole(503, PAGE, "text/html")).url)
    person.sees("502, 503 or 504 as a web page", "campus:small")


def test_a_firewall_that_refuses_is_told(person, campus, serve):
    campus(serve(lambda peer: peer.whole(403, PAGE, "text/html")).url)
    person.sees("403 as a web page", "campus:small")


def test_a_page_in_place_of_an_answer_is_told(person, serve, own):
    own(serve(lambda peer: peer.whole(200, PAGE, "text/html")).url)
    person.sees("a web page instead of an answer", OWN)


def test_an_empty_answer_is_told(person, serve, own):
    own(serve(lambda peer: peer.whole(200, "")).url)
    person.sees("an empty answer", OWN)


def test_a_page_that_calls_the_request_bad_is_told(person, serve, own):
    page = PAGE.replace("Gateway", "400 The plain HTTP request was sent to HTTPS port")
    own(serve(lambda peer: peer.whole(400, page, "text/html")).url)
    person.sees("400 as a web page", OWN)


def test_a_redirect_is_told_and_not_followed(person, serve, own):
    server = serve(lambda peer: peer.whole(302, "", location="https://elsewhere.example/v1"))
    own(server.url)
    person.sees("a redirect", OWN)
    assert len(server.requests) == 2, "one by the API, one by the cell"


def test_silence_is_told_with_the_setting(person, serve, own):
    def silent(peer: Peer) -> None:
        with contextlib.suppress(ValueError):  # the test may end first, and its sockets with it
            peer.wait_closed(5)

    person.set("tries = 1", "silence = 0.2")
    own(serve(silent).url)
    assert type(person.sees("silence", OWN)) is errors.Stalled


def test_an_answer_that_breaks_off_is_told(person, serve, own):
    def script(peer: Peer) -> None:
        peer.head()
        peer.chunk(delta("Hel"))
        peer.connection.shutdown(socket.SHUT_RDWR)

    own(serve(script).url)
    person.sees("the answer breaks off", OWN)


def test_a_connection_that_is_not_accepted_is_told(person, own):
    """A queue that is full: the kernel of the other side answers nothing."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        time.sleep(0.1)
        person.set("tries = 1", "connect_timeout = 0.3")
        own(f"http://127.0.0.1:{full.getsockname()[1]}")
        person.sees("the connection is not accepted in time", OWN)
        for one in waiting:
            one.close()
