"""TLS: Mozilla's authorities and the user's own are trusted, the system's are not."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from urllib.request import HTTPSHandler, build_opener

import pytest

from driven import asking, both
from nbprovider import transport
from nbprovider.errors import ConfigError, Unreachable
from nbprovider.transport import clients
from tls import Authority, serving_tls


@pytest.fixture(autouse=True)
def fresh():
    clients.close()
    clients.tls.cache_clear()
    yield
    clients.close()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def well(peer):
    peer.whole(200, {"ok": True})


def settings(authority=None, **more):
    return transport.Settings(connect=5, ca_file=str(authority.pem) if authority else "", **more)


def url(server, host="localhost"):
    return f"https://{host}:{server.port}/v1"


@both
def test_an_unknown_authority_is_refused_and_the_setting_named(drive, authority):
    with serving_tls(authority.certificate("localhost"), well) as server:
        with pytest.raises(Unreachable, match="not trusted") as caught:
            drive(asking(url(server)), settings())
        assert server.requests == []
    assert "`ca_file`" in caught.value.hint


@both
def test_the_users_own_authority_is_trusted(drive, authority):
    with serving_tls(authority.certificate("localhost"), well) as server:
        assert drive(asking(url(server)), settings(authority)) == [(200, b'{"ok": true}')]


@both
def test_an_authority_that_only_the_system_trusts_is_refused(
    drive, authority, monkeypatch, tmp_path
):
    """The variables are how OpenSSL is told of the system's store; httpx reads them, too."""
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "authority.pem").write_bytes(authority.pem.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
    with serving_tls(authority.certificate("localhost"), well) as server:
        assert _trusted_by_the_system(server)
        with pytest.raises(Unreachable, match="not trusted"):
            drive(asking(url(server)), settings())
        assert server.requests == []


def _trusted_by_the_system(server):
    opener = build_opener(HTTPSHandler(context=ssl.create_default_context()))
    with opener.open(url(server)) as response:
        told = response.status == 200
    server.requests.clear()
    return told


@both
def test_the_name_is_asked_for_though_the_number_is_connected_to(drive, authority, names):
    names.lead("llm.corp.example", "127.0.0.1")
    own = settings(authority, private_hosts=("llm.corp.example",))
    with serving_tls(authority.certificate("llm.corp.example"), well) as server:
        assert drive(asking(url(server, "llm.corp.example")), own) == [(200, b'{"ok": true}')]
    assert set(server.asked_for) == {"llm.corp.example"}


LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2090, 1, 1, tzinfo=dt.UTC)


@both
@pytest.mark.parametrize(
    ("issued", "host", "said", "advice"),
    [
        (("other.example", None, None), "localhost", "mismatch", "for another name"),
        (("localhost", None, None), "127.0.0.1", "mismatch", "for another address"),
        (("localhost", None, LONG_AGO), "localhost", "expired", "date and time"),
        (("localhost", LATER, None), "localhost", "not yet valid", "date and time"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(drive, authority, issued, host, said, advice):
    name, begins, ends = issued
    certificate = authority.certificate(name, begins=begins, ends=ends)
    with serving_tls(certificate, well) as server:
        with pytest.raises(Unreachable, match=said) as caught:
            drive(asking(url(server, host)), settings(authority))
        assert server.requests == []
    assert advice in caught.value.hint


@both
def test_a_server_without_tls_is_told_from_a_bad_certificate(drive):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_refuse_plainly, args=(listening,), daemon=True).start()
        port = listening.getsockname()[1]
        with pytest.raises(Unreachable, match="does not speak TLS") as caught:
            drive(asking(f"https://127.0.0.1:{port}"), settings())
    assert "https" in caught.value.hint


def _refuse_plainly(listening):
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while connection.recv(65536):  # closed with something unread, it would be reset
                pass


@both
def test_a_proxy_that_is_spoken_to_by_tls_is_trusted_no_further(drive, authority):
    """The HTTP library would ask the system's store for this one."""
    with serving_tls(authority.certificate("localhost"), well) as proxy:
        through = f"https://localhost:{proxy.port}"
        with pytest.raises(Unreachable, match="not trusted"):
            drive(asking("http://10.1.2.3/v1"), settings(proxy=through))
        assert proxy.requests == []
        drive(asking("http://10.1.2.3/v1"), settings(authority, proxy=through))
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("kind", ["missing", "no certificate", "folder"])
def test_a_setting_that_is_no_file_of_certificates_is_named(kind, tmp_path):
    path = tmp_path / "own.pem"
    if kind == "no certificate":
        path.write_text("hello")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(ConfigError, match=r"own\.pem") as caught:
        clients.client(transport.Settings(ca_file=str(path)))
    assert "`ca_file`" in caught.value.hint


def test_tls_is_modern_and_checks_names():
    context = clients.tls("")
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
