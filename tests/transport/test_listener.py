"""The listener hears one request, on loopback, and tells nobody of it."""

from __future__ import annotations

import os
import signal
import socket
import threading

import pytest

from login_server import get
from nbprovider.errors import LoginFailed
from nbprovider.transport.listener import Listener


def meant(target: str) -> bool:
    return target == "/callback?code=hush&state=s"


class Visits(threading.Thread):
    """A browser that asks for these paths, one after the other."""

    def __init__(self, port: int, *paths: str, **headers: str) -> None:
        super().__init__(daemon=True)
        self.answers: list[tuple[int, str]] = []
        self._urls = [f"http://127.0.0.1:{port}{path}" for path in paths]
        self._headers = headers
        self.start()

    def run(self) -> None:
        self.answers += [get(url, **self._headers) for url in self._urls]


def test_the_request_that_is_waited_for_is_handed_over():
    with Listener() as listener:
        visits = Visits(listener.port, "/callback?code=hush&state=s")
        assert listener.wait(meant, 30) == "/callback?code=hush&state=s"
        visits.join(10)
    [(status, page)] = visits.answers
    assert status == 200
    assert "close this tab" in page
    assert "hush" not in page


def test_others_are_turned_away_and_the_wait_goes_on():
    others = ["/", "/favicon.ico", "/callback", "/callback?code=hush&state=another"]
    with Listener() as listener:
        visits = Visits(listener.port, *others, "/callback?code=hush&state=s")
        assert meant(listener.wait(meant, 30))
        visits.join(10)
    assert [status for status, _ in visits.answers] == [404] * 4 + [200]


def test_a_page_of_another_name_cannot_reach_it():
    """DNS rebinding: a name of somebody's that leads to 127.0.0.1."""
    with Listener() as listener:
        visits = Visits(listener.port, "/callback?code=hush&state=s", host="evil.test")
        with pytest.raises(LoginFailed):
            listener.wait(meant, 1)
        visits.join(10)
    assert [status for status, _ in visits.answers] == [404]


def test_nobody_in_time_is_a_timeout():
    with Listener() as listener, pytest.raises(LoginFailed) as caught:
        listener.wait(meant, 0.2)
    assert caught.value.code == "timeout"


def test_connections_opened_in_advance_keep_nobody_waiting():
    """A browser opens some before it knows what to ask: shorter than one of them may last."""
    with Listener() as listener:
        idle = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(3)]
        Visits(listener.port, "/callback?code=hush&state=s")
        assert meant(listener.wait(meant, 4))
        for one in idle:
            one.close()


def test_nothing_of_the_request_is_written_anywhere(capfd, caplog):
    caplog.set_level(0)
    with Listener() as listener:
        Visits(listener.port, "/nothing?code=hush", "/callback?code=hush&state=s").join(0.1)
        listener.wait(meant, 30)
    captured = capfd.readouterr()
    assert "hush" not in captured.out + captured.err + caplog.text


@pytest.mark.skipif(os.name == "nt", reason="a signal of POSIX")
def test_an_interrupt_ends_the_wait_and_frees_the_port():
    with Listener() as listener:
        port = listener.port
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            listener.wait(meant, 60)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_it_listens_on_loopback_only():
    with Listener() as listener:
        assert listener._server.server_address[0] == "127.0.0.1"


def test_a_machine_where_nobody_may_listen_is_told_so(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(LoginFailed, match="paste") as caught:
        Listener()
    assert caught.value.code == "no_listener"
