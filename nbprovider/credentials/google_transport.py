"""How google-auth asks for tokens here: by the standard library, with our rules of transport.

Only certifi's roots (and the user's own file) are trusted, no redirect is followed, and no proxy
is taken from the environment: only the one in settings.toml. Addresses are judged as all others: a
key file names the server that its secret is sent to. Google's own machines give their tokens at a
forbidden address; google-auth alone asks there, by a header that no key file can bring about.
"""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from google.auth import exceptions, transport

from nbprovider import config
from nbprovider.credentials import audit, reach
from nbprovider.credentials.address import is_private
from nbprovider.credentials.certificates import tls, untrusted
from nbprovider.errors import UnsafeAddress
from nbprovider.types import Ref, Request

PATIENCE = 20.0
LONGEST = 1024 * 1024
_THIS_MACHINE = ("169.254.169.254", "metadata.google.internal")


class Answer(transport.Response):
    """A response as google-auth wants it."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._said = (status, headers, data)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._said[0]

    @property
    def headers(self) -> Mapping[str, str]:
        """The response's headers."""
        return self._said[1]

    @property
    def data(self) -> bytes:
        """The response's body."""
        return self._said[2]


class Ask(transport.Request):
    """Sends google-auth's requests."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Answer:
        """Return the response; raises TransportError when none comes, and UnsafeAddress."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(url, data, dict(headers or {}), method=method)  # noqa: S310 - Google's address, or the one that the key file names
        if config.settings().audit:
            audit.note(Request(method, url, {}, data or b""), Ref("google", ""))
        opener = _opener() if _asks_this_machine(request) else _guarded(request)
        try:
            with opener.open(request, timeout=timeout or PATIENCE) as response:
                return Answer(response.status, dict(response.headers), response.read(LONGEST))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, dict(refusal.headers), refusal.read(LONGEST))
        except (OSError, ValueError) as error:
            told = untrusted(error, request.host)
            why = " ".join(told) if told else str(error)
            raise exceptions.TransportError(why) from error  # type: ignore[no-untyped-call]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the token's request would carry its secrets along."""


class _PlainDoor(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection to a judged address."""
        return self.do_open(_judged(http.client.HTTPConnection), request)


class _Door(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection to a judged address."""
        context = tls(config.settings().ca_file)
        return self.do_open(_judged(http.client.HTTPSConnection), request, context=context)


def _judged(kind: Callable[..., http.client.HTTPConnection]) -> Any:
    def made(host: str, **how: Any) -> http.client.HTTPConnection:
        connection = kind(host, **how)
        connection._create_connection = _connected  # type: ignore[attr-defined]  # noqa: SLF001 - http.client's own seam
        return connection

    return made


def _connected(to: tuple[str, int], *more: Any) -> socket.socket:
    """Connect as `socket.create_connection` does, to an address that was judged."""
    settings = config.settings()
    proxy = urlsplit(settings.proxy).hostname if settings.proxy else None
    private = (*settings.private_hosts, *filter(None, (proxy,)))
    found = socket.getaddrinfo(*to, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for address in reach.reachable(to[0], [str(entry[4][0]) for entry in found], private):
        try:
            return socket.create_connection((address, to[1]), *more)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{to[0]} has no address")


def _asks_this_machine(request: urllib.request.Request) -> bool:
    """Say whether google-auth asks the machine that it runs on, as on Google's own ones."""
    asked = {name.lower(): value for name, value in request.header_items()}
    flavour = asked.get("metadata-flavor") == "Google"
    host = request.host.partition(":")[0]
    return flavour and request.type == "http" and host in _THIS_MACHINE


def _guarded(request: urllib.request.Request) -> urllib.request.OpenerDirector:
    host = urlsplit(request.full_url).hostname or ""
    reach.refuse_text(host)
    if request.type != "https" and not is_private(host):
        raise UnsafeAddress(
            f"A token would be asked for at {host} by plain http, and could be read on the way.",
            hint="Check the `token_uri` in the file of Google credentials.",
        )
    return _opener(_PlainDoor(), _Door())


def _opener(*doors: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    proxy = config.settings().proxy
    proxies = {name: proxy for name in ("http", "https") if proxy and doors}
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirect, *doors)


ask = Ask()
