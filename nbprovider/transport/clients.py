"""HTTP clients: Mozilla's roots only, no redirects, no settings taken from the environment."""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Mapping
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx2
from msgspec import Struct

from nbprovider.about import __version__
from nbprovider.credentials import audit, logs, reach
from nbprovider.credentials.certificates import tls
from nbprovider.transport.guarded import Guarded, GuardedAsync, Judge, guard
from nbprovider.types import Request, Send

logs.protect()
HEADERS = {"user-agent": f"nbprovider/{__version__}", "accept-encoding": "identity"}


class Settings(Struct, frozen=True):
    """How to reach the world.

    - `connect`: seconds to make a connection
    - `proxy`: the address of a proxy, "" for none (the environment's variables are not read)
    - `ca_file`: certificates of a company's own authority, trusted beside Mozilla's
    - `private_hosts`: names that may lead to this machine or a private network
    - `audit`: keep the signed list of requests
    """

    connect: float = 10.0
    proxy: str = ""
    ca_file: str = ""
    private_hosts: tuple[str, ...] = ()
    audit: bool = True


_SYNC: dict[tuple[Settings, int], httpx2.Client] = {}


def client(settings: Settings) -> httpx2.Client:
    """Return the process's client for these settings; connections are kept and used again.

    A fork, or an interrupt that closed the client, begins a new one.
    """
    key = (settings, os.getpid())
    http = _SYNC.get(key)
    if http is None or http.is_closed:
        http = _SYNC[key] = httpx2.Client(
            transport=_transport(settings, reach.reachable),
            mounts={"http://": _transport(settings, _plainly(settings))},
            trust_env=False,
            follow_redirects=False,
            headers=HEADERS,
        )
    return http


@atexit.register
def close() -> None:
    """Close the process's clients; the next question begins a new one."""
    for key in [key for key in _SYNC if key[1] == os.getpid()]:
        _SYNC.pop(key).close()


_ASYNC: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Settings, httpx2.AsyncClient]] = (
    WeakKeyDictionary()
)


def async_client(settings: Settings) -> httpx2.AsyncClient:
    """Return the running loop's client for these settings.

    It keeps no connection once an answer is read: nothing is left open when the loop ends.
    """
    clients = _ASYNC.setdefault(asyncio.get_running_loop(), {})
    if settings not in clients:
        clients[settings] = new_async_client(settings)
    return clients[settings]


def new_async_client(
    settings: Settings, headers: Mapping[str, str] | None = None, read: float = 5.0
) -> httpx2.AsyncClient:
    """Return a client of one's own for these settings, to be closed.

    `headers` go with each request, `read` is how many seconds of silence each may take.
    """
    return httpx2.AsyncClient(
        transport=_async_transport(settings, reach.reachable),
        mounts={"http://": _async_transport(settings, _plainly(settings))},
        trust_env=False,
        follow_redirects=False,
        headers={**HEADERS, **(headers or {})},
        timeout=httpx2.Timeout(30.0, connect=settings.connect, read=read),
    )


def _transport(settings: Settings, judge: Judge) -> httpx2.HTTPTransport:
    made = httpx2.HTTPTransport(
        verify=tls(settings.ca_file), trust_env=False, proxy=_proxy(settings)
    )
    guard(made._pool, Guarded(_private(settings), judge))  # noqa: SLF001 - httpx2 has no other way
    return made


def _async_transport(settings: Settings, judge: Judge) -> httpx2.AsyncHTTPTransport:
    made = httpx2.AsyncHTTPTransport(
        verify=tls(settings.ca_file),
        trust_env=False,
        proxy=_proxy(settings),
        limits=httpx2.Limits(max_keepalive_connections=0),
    )
    guard(made._pool, GuardedAsync(_private(settings), judge))  # noqa: SLF001 - httpx2 has no other way
    return made


def _proxy(settings: Settings) -> httpx2.Proxy | None:
    """Return the proxy; one that is spoken to by TLS is trusted as any other server."""
    if not settings.proxy:
        return None
    secure = urlsplit(settings.proxy).scheme == "https"
    return httpx2.Proxy(settings.proxy, ssl_context=tls(settings.ca_file) if secure else None)


def _plainly(settings: Settings) -> Judge:
    """Return the judge of plain http: what a proxy is told, it takes on from there."""
    return reach.reachable if settings.proxy else reach.reachable_plainly


def _private(settings: Settings) -> tuple[str, ...]:
    """Return the names that may lead to a private network.

    The proxy's is one: the user has set it. What it connects to is out of our hands.
    """
    proxy = urlsplit(settings.proxy).hostname if settings.proxy else None
    return (*settings.private_hosts, *filter(None, (proxy,)))


def built(
    http: httpx2.Client | httpx2.AsyncClient, asked: Request, step: Send, settings: Settings
) -> httpx2.Request:
    """Return a request as the HTTP library sends it.

    Raises UnsafeAddress for a forbidden host: behind a proxy its text is all that can be judged.
    """
    request = http.build_request(
        asked.method,
        asked.url,
        headers=dict(asked.headers),
        content=asked.body or None,
        timeout=timeout(step, settings),
    )
    reach.refuse_text(request.url.host)
    return request


def noted(step: Send, settings: Settings) -> None:
    """Note a request in the audit, unless the user has turned that off."""
    if settings.audit:
        audit.note(step.request, step.about)


def timeout(step: Send, settings: Settings) -> httpx2.Timeout:
    """Return the limits of one request: silence ends it, length does not."""
    return httpx2.Timeout(step.silence, connect=settings.connect)
