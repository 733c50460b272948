"""How google-auth asks for tokens here: by the standard library, with our rules of transport.

Only certifi's roots (and the user's own file) are trusted, no redirect is followed, and no proxy
is taken from the environment: only the one in settings.toml.
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import certifi
from google.auth import exceptions, transport

from nbprovider import config

PATIENCE = 20.0
LONGEST = 1024 * 1024


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
        """Return the response; raises TransportError when none comes."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(url, data, dict(headers or {}), method=method)  # noqa: S310 - Google's address, or the one that the key file names
        try:
            with _opener().open(request, timeout=timeout or PATIENCE) as response:
                return Answer(response.status, dict(response.headers), response.read(LONGEST))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, dict(refusal.headers), refusal.read(LONGEST))
        except (OSError, ValueError) as error:
            raise exceptions.TransportError(str(error)) from error  # type: ignore[no-untyped-call]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the token's request would carry its secrets along."""


def _opener() -> urllib.request.OpenerDirector:
    settings = config.settings()
    tls = ssl.create_default_context(cafile=certifi.where())
    if settings.ca_file:
        tls.load_verify_locations(cafile=settings.ca_file)
    proxies = {name: settings.proxy for name in ("http", "https") if settings.proxy}
    return urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPSHandler(context=tls),
        _NoRedirect,
    )


ask = Ask()
