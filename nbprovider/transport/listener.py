"""Wait on loopback for the one request by which a browser comes back from a login."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from nbprovider.errors import LoginFailed

TURN = 0.1
"""Seconds after which a wait looks up, so that an interrupt is felt."""

PATIENCE = 5.0
"""Seconds that a browser has to say what it wants; many open a connection in advance."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>nbprovider</title>
<style>body{{font-family:sans-serif;margin:4em auto;max-width:30em;padding:0 1em}}</style>
<h1>{title}</h1><p>{words}</p></html>
"""
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
}

Expected = Callable[[str], bool]
"""Says whether a request's target (path and query) is the one that is waited for."""


class Listener:
    """Listen at 127.0.0.1 on a free port, inside a `with` block.

    Raises LoginFailed when this machine lets nobody listen there.
    """

    def __init__(self) -> None:
        try:
            self._server = _Server(("127.0.0.1", 0), _Handler)
        except OSError as error:
            raise LoginFailed(
                f"Nobody can listen on loopback here: {error.strerror or error}.",
                hint="Log in with the word `paste` at the end of the line.",
                code="no_listener",
            ) from None
        self._server.timeout = TURN

    @property
    def port(self) -> int:
        """The port that is listened at."""
        port: int = self._server.server_address[1]
        return port

    def wait(self, expected: Expected, seconds: float) -> str:
        """Return the target of the first request that is the expected one; others get a 404.

        An interrupt ends the wait at once. Raises LoginFailed when nobody comes in time.
        """
        self._server.expected = expected
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._server.handle_request()
            try:
                return self._server.heard.get_nowait()
            except queue.Empty:
                continue
        raise LoginFailed(
            f"Nobody came back from the login within {seconds:g} s.",
            hint="Log in again; where the browser is on another machine, with the word `paste`.",
            code="timeout",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = False  # on Windows it would let another program listen beside this one

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.expected: Expected = lambda _: False
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that went away; what it sent may hold the code."""


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        """Answer the browser, and hand over what it brings when it is what is waited for."""
        if not self._is_meant():
            self._answer(
                404, "Not this one", "This address belongs to no login that is waited for."
            )
            return
        words = "The notebook goes on by itself. You can close this tab."
        self._answer(200, "Back to the notebook", words)
        self.server.heard.put(self.path)

    def _is_meant(self) -> bool:
        """Say whether the request came here by name, and is the expected one."""
        host = urlsplit(f"//{self.headers.get('host', '')}").hostname
        return host in ("127.0.0.1", "localhost") and self.server.expected(self.path)

    def _answer(self, status: int, title: str, words: str) -> None:
        page = _PAGE.format(title=title, words=words).encode()
        self.send_response_only(status)
        for name, value in {**_HEADERS, "content-length": str(len(page))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Log nothing: the address holds the code."""
