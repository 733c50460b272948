"""What the HTTP library's errors mean, in one table.

`code` says what of a connection failed, so that whoever knows the account can say more.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2

from nbprovider.credentials.certificates import causes, untrusted
from nbprovider.errors import ConfigError, NbproviderError, Stalled, Unavailable, Unreachable
from nbprovider.protocols.fault_tables import SAYINGS_OF
from nbprovider.transport.reuse import KEPT, UNANSWERED
from nbprovider.types import Command, Send

CAUGHT = (httpx2.RequestError, httpx2.InvalidURL, httpx2.StreamError)
"""What a driver catches and gives to `translated`."""


def _where(step: Send) -> str:
    """Return host and port of a request, the part of an address that holds no secret."""
    asked = step.request
    if isinstance(asked, Command):
        return asked.argv[0]
    return urlsplit(asked.url).netloc.rpartition("@")[2]


def _not_connected(error: Exception, step: Send) -> NbproviderError:
    if told := untrusted(error, _where(step)):
        return Unreachable(told[0], hint=told[1], code="certificate")
    for cause in causes(error):
        if isinstance(cause, ssl.SSLError):
            return Unreachable(
                f"{_where(step)} does not speak TLS as it should: {cause.reason}.",
                hint="Check the base URL: is it https where it should be http?",
                code="tls",
            )
        if isinstance(cause, socket.gaierror):
            return Unreachable(
                f"The name {_where(step)} cannot be found.",
                hint="Check the network and the base URL.",
                code="name_not_found",
            )
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(
                f"Nothing answers at {_where(step)}: the connection was refused.",
                hint="Is the server running, and is the base URL right?",
                code="refused",
            )
    return Unreachable(
        f"{_where(step)} cannot be reached: {error}.",
        hint="Check the network and the base URL.",
        code="unreachable",
    )


def _slow_connect(_: Exception, step: Send) -> NbproviderError:
    return Unreachable(
        f"{_where(step)} did not accept a connection in time.",
        hint="Check the network and the base URL.",
        code="connect_timeout",
    )


def _silent(_: Exception, step: Send) -> NbproviderError:
    return Stalled(
        f"{_where(step)} said nothing for {step.silence:g} s.",
        hint="Try again; `silence` in settings.toml sets how long to wait.",
    )


def _cut(error: Exception, step: Send) -> NbproviderError:
    if KEPT in getattr(error, "__notes__", ()):
        return Unavailable(
            f"{_where(step)} had closed the connection that was kept from the last request.",
            hint="Try again: a new connection is made.",
            code="kept_connection",
            retry_after=0.0,
        )
    return Unavailable(
        f"The connection to {_where(step)} was lost.",
        hint=_plain_to_tls(error, step) or "Try again.",
        detail=f"{type(error).__name__}: {error}",
    )


def _plain_to_tls(error: Exception, step: Send) -> str:
    """Return what to do where http was spoken, and no reply came: a TLS server hangs up so."""
    asked = step.request
    if isinstance(asked, Command) or not asked.url.startswith("http://"):
        return ""
    if UNANSWERED not in getattr(error, "__notes__", ()):
        return ""
    return "Try again; if it stays so, the base URL may have to begin with https://."


def _garbled(error: Exception, step: Send) -> NbproviderError:
    return Unavailable(
        f"What {_where(step)} sent cannot be read: {error}.",
        hint="Check that the base URL belongs to an AI provider.",
    )


def _proxy(error: Exception, step: Send) -> NbproviderError:
    login = str(error).startswith("407")
    return Unreachable(
        f"The proxy did not let the request through to {_where(step)}: {error}.",
        hint=SAYINGS_OF[407][1] if login else "Check `proxy` in settings.toml.",
        code="proxy",
    )


def _no_proxy(error: Exception, proxy: str) -> NbproviderError:
    """Return the error of a connection that was not made: with a proxy, it is the proxy's."""
    where = urlsplit(proxy).netloc.rpartition("@")[2]
    return Unreachable(
        f"The proxy {where} cannot be reached: {error}.",
        hint="Check `proxy` in settings.toml: every request goes through it.",
        code="proxy",
    )


def _speaks_of_tls(error: Exception) -> bool:
    return any(isinstance(cause, ssl.SSLError) for cause in causes(error))


def _bad_address(error: Exception, step: Send) -> NbproviderError:
    return ConfigError(
        f"The address {_where(step)!r} cannot be used: {error}.", hint="Check the base URL."
    )


MEANING: dict[type[Exception], Callable[[Exception, Send], NbproviderError]] = {
    httpx2.ConnectTimeout: _slow_connect,
    httpx2.PoolTimeout: _slow_connect,
    httpx2.ReadTimeout: _silent,
    httpx2.WriteTimeout: _silent,
    httpx2.ConnectError: _not_connected,
    httpx2.ReadError: _cut,
    httpx2.WriteError: _cut,
    httpx2.CloseError: _cut,
    httpx2.RemoteProtocolError: _cut,
    httpx2.TransportError: _cut,
    httpx2.StreamError: _cut,
    httpx2.DecodingError: _garbled,
    httpx2.ProxyError: _proxy,
    httpx2.LocalProtocolError: _bad_address,
    httpx2.UnsupportedProtocol: _bad_address,
    httpx2.InvalidURL: _bad_address,
    httpx2.TooManyRedirects: _bad_address,
}


def translated(error: Exception, step: Send, proxy: str = "") -> NbproviderError:
    """Return what the HTTP library's error means for the request of `step`, sent by a proxy."""
    if proxy and isinstance(error, httpx2.ConnectError) and not _speaks_of_tls(error):
        return _no_proxy(error, proxy)
    for kind in type(error).__mro__:
        if kind in MEANING:
            return MEANING[kind](error, step)
    return _cut(error, step)
