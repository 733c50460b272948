"""What the HTTP library's errors mean, in one table."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2

from nbprovider.errors import ConfigError, NbproviderError, Stalled, Unavailable, Unreachable
from nbprovider.types import Command, Send

CAUGHT = (httpx2.RequestError, httpx2.InvalidURL, httpx2.StreamError)
"""What a driver catches and gives to `translated`."""


def _where(step: Send) -> str:
    """Return host and port of a request, the part of an address that holds no secret."""
    asked = step.request
    if isinstance(asked, Command):
        return asked.argv[0]
    return urlsplit(asked.url).netloc.rpartition("@")[2]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _not_connected(error: Exception, step: Send) -> NbproviderError:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"The certificate of {_where(step)} is not trusted: {cause.verify_message}.",
                hint="Behind a company's proxy, set `ca_file` in settings.toml to its certificate.",
            )
        if isinstance(cause, ssl.SSLError):
            return Unreachable(
                f"{_where(step)} does not speak TLS as it should: {cause.reason}.",
                hint="Check the base URL: is it https where it should be http?",
            )
        if isinstance(cause, socket.gaierror):
            return Unreachable(
                f"The name {_where(step)} cannot be found.",
                hint="Check the network and the base URL.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(
                f"Nothing answers at {_where(step)}: the connection was refused.",
                hint="Is the server running, and is the base URL right?",
            )
    return Unreachable(
        f"{_where(step)} cannot be reached: {error}.", hint="Check the network and the base URL."
    )


def _slow_connect(_: Exception, step: Send) -> NbproviderError:
    return Unreachable(
        f"{_where(step)} did not accept a connection in time.",
        hint="Check the network and the base URL.",
    )


def _silent(_: Exception, step: Send) -> NbproviderError:
    return Stalled(
        f"{_where(step)} said nothing for {step.silence:g} s.",
        hint="Try again; `silence` in settings.toml sets how long to wait.",
    )


def _cut(error: Exception, step: Send) -> NbproviderError:
    return Unavailable(
        f"The connection to {_where(step)} was lost: {error or type(error).__name__}.",
        hint="Try again.",
    )


def _garbled(error: Exception, step: Send) -> NbproviderError:
    return Unavailable(
        f"What {_where(step)} sent cannot be read: {error}.",
        hint="Check that the base URL belongs to an AI provider.",
    )


def _proxy(error: Exception, step: Send) -> NbproviderError:
    return Unavailable(
        f"The proxy did not let the request through to {_where(step)}: {error}.",
        hint="Check `proxy` in settings.toml.",
    )


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


def translated(error: Exception, step: Send) -> NbproviderError:
    """Return what the HTTP library's error means for the request of `step`."""
    for kind in type(error).__mro__:
        if kind in MEANING:
            return MEANING[kind](error, step)
    return _cut(error, step)
