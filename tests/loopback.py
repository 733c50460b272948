"""A provider on loopback, spoken to over a real socket, that does exactly what a test says.

A script is a function of a `Peer`. It reads the request, writes bytes, and can see the very moment
the other side closes the connection.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.request: dict = {}
        self.closed_at: float | None = None

    def read_request(self) -> bool:
        """Read one request into `request`; False when the other side has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.connection.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += self.connection.recv(65536)
        method, path, _ = lines[0].split(" ")
        self.request = {
            "method": method,
            "path": path,
            "headers": headers,
            "body": _decoded(headers, body),
        }
        return True

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send the head of a chunked response."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Transfer-Encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def chunk(self, data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        self.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end(self) -> None:
        self.write(b"0\r\n\r\n")

    def whole(
        self, status: int, body: bytes | str | dict, kind: str = "application/json", **headers: str
    ) -> None:
        """Send a response that is not streamed."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        data = data.encode() if isinstance(data, str) else data
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode() + data)

    def wait_closed(self, limit: float = 10) -> float | None:
        """Wait until the other side closes; return when it did (time.time), None if it did not."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            ready, _, _ = select.select([self.connection], [], [], 0.005)
            if ready:
                try:
                    gone = self.connection.recv(65536) == b""
                except OSError:
                    gone = True
                if gone:
                    self.closed_at = time.time()
                    return self.closed_at
        return None


def _decoded(headers: dict[str, str], body: bytes) -> object:
    """Return a body's JSON or form, its bytes where it is something else, None for none."""
    if headers.get("content-type") == "application/x-www-form-urlencoded":
        return dict(urllib.parse.parse_qsl(body.decode()))
    if headers.get("content-type", "").startswith("multipart/"):
        return body
    return json.loads(body) if body else None


Script = Callable[[Peer], None]


class Server:
    """Listen on loopback; each request runs the script, also several on one connection."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict] = []
        self.peers: list[Peer] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.stopping = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self.stopping:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        peer = Peer(connection)
        self.peers.append(peer)
        with connection, contextlib.suppress(OSError):
            # Else small pieces wait for each other, up to 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while peer.read_request():
                self.requests.append(peer.request)
                self.script(peer)

    def close(self) -> None:
        self.stopping = True
        for open_one in (self.socket, *(peer.connection for peer in self.peers)):
            with contextlib.suppress(OSError):  # a thread that waits for it is woken by this only
                open_one.shutdown(socket.SHUT_RDWR)
            open_one.close()


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """Give an address where nobody listens; nobody else can have it meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextlib.contextmanager
def serving(script: Script) -> Iterator[Server]:
    """Run a server for the length of a `with` block."""
    server = Server(script)
    try:
        yield server
    finally:
        server.close()


def delta(text: str, model: str = "tiny") -> str:
    """Return one chunk of a Chat Completions stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return f"data: {json.dumps({'id': 'r1', 'model': model, 'choices': [choice]})}\n\n"


def ending(reason: str = "stop", *, prompt: int = 7, completion: int = 3) -> str:
    """Return the last chunks of a Chat Completions stream: finish, usage, done."""
    last = {
        "id": "r1",
        "model": "tiny",
        "choices": [{"index": 0, "delta": {}, "finish_reason": reason}],
    }
    usage = {
        "choices": [],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }
    return f"data: {json.dumps(last)}\n\ndata: {json.dumps(usage)}\n\ndata: [DONE]\n\n"


def answering(*pieces: str, pause: float = 0) -> Script:
    """Return a script that streams these words and ends well."""

    def script(peer: Peer) -> None:
        peer.head()
        for piece in pieces:
            peer.chunk(delta(piece))
            time.sleep(pause)
        peer.chunk(ending())
        peer.end()

    return script
