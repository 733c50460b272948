"""A kept connection that is gone: asked again unseen only where nobody can have charged for it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import httpx2
import pytest

from loopback import Peer, Server, answering, serving
from nbprovider import catalog, transport
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access
from nbprovider.errors import Unavailable
from nbprovider.flow import attempt, discover
from nbprovider.transport import reuse
from nbprovider.types import Call, Fold, Message, Text

SETTINGS = transport.Settings(connect=2)


def access(url: str) -> Access:
    return Access(Endpoint(catalog.find("openai-compatible"), f"{url}/v1"), None, "")


def ask(url: str) -> str:
    fold = Fold()
    call = Call("tiny", (Message("user", (Text("hi"),)),))
    for event in transport.run(attempt(call, access(url), 5.0), SETTINGS):
        fold.saw(event)
    return fold.turn().text


@pytest.fixture
def server():
    """Answer the first request; read the second, on the kept connection, and hang up."""

    def script(peer: Peer) -> None:
        if len(made.requests) == 2:
            peer.connection.close()
        elif peer.request["method"] == "GET":
            peer.whole(200, {"data": [{"id": "tiny"}]})
        else:
            answering("a")(peer)

    with serving(script) as made:
        yield made


def test_a_question_that_was_read_is_not_asked_again_unseen(server: Server):
    """It may have been answered, and charged: the attempt fails, to be tried again at once."""
    assert ask(server.url) == "a"
    with pytest.raises(Unavailable, match="kept") as raised:
        ask(server.url)
    assert (raised.value.code, raised.value.retry_after) == ("kept_connection", 0.0)
    assert len(server.requests) == 2
    assert ask(server.url) == "a"
    assert len(server.peers) == 2


def test_a_request_that_only_reads_is_sent_again_unseen(server: Server):
    for _ in range(2):
        (listed,) = transport.result(discover(access(server.url)), SETTINGS)
        assert listed.id == "tiny"
    assert [request["method"] for request in server.requests] == ["GET"] * 3
    assert len(server.peers) == 2


def test_a_new_connection_that_is_closed_is_not_tried_again_here():
    with serving(lambda peer: peer.connection.close()) as server:
        with pytest.raises(Unavailable, match="was lost"):
            ask(server.url)
        assert len(server.requests) == 1


class HalfDeaf:
    """Answers the first request of a connection; of the second it reads the head, and hangs up."""

    def __init__(self) -> None:
        self.heads = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with connection:
                    if self._answer(connection):
                        self._hang_up(connection)

    def _answer(self, connection: socket.socket) -> bool:
        """Answer a whole request; say whether another may come."""
        length, body = self._head(connection)
        while len(body) < length:
            body += connection.recv(1 << 20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return self.heads == 1

    def _hang_up(self, connection: socket.socket) -> None:
        self._head(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _head(self, connection: socket.socket) -> tuple[int, bytes]:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(64)
        self.heads += 1
        told, _, body = head.partition(b"\r\n\r\n")
        lines = told.decode().lower().split("\r\n")
        return next(int(line[16:]) for line in lines if line.startswith("content-length: ")), body

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


def test_a_request_that_did_not_go_out_whole_is_sent_again_unseen():
    """No server can have acted on it."""
    deaf = HalfDeaf()
    long = b"a" * 30_000_000
    with contextlib.closing(deaf), httpx2.Client(trust_env=False) as http:
        for body in (b"short", long):
            response = reuse.opened(http, http.build_request("POST", deaf.url, content=body))
            assert response.read() == b"ok"
            response.close()
    assert deaf.heads == 3
