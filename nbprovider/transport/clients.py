"""HTTP clients: Mozilla's roots only, no redirects, no settings taken from the environment."""

from __future__ import annotations

import asyncio
import atexit
import os
import ssl
from functools import cache
from weakref import WeakKeyDictionary

import certifi
import httpx2
from msgspec import Struct

from nbprovider.about import __version__
from nbprovider.errors import ConfigError
from nbprovider.types import Send

HEADERS = {"user-agent": f"nbprovider/{__version__}", "accept-encoding": "identity"}


class Settings(Struct, frozen=True):
    """How to reach the world.

    - `connect`: seconds to make a connection
    - `proxy`: the address of a proxy, "" for none (the environment's variables are not read)
    - `ca_file`: certificates of a company's own authority, trusted beside Mozilla's
    """

    connect: float = 10.0
    proxy: str = ""
    ca_file: str = ""


@cache
def tls(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts certifi's roots, and those of `ca_file` if one is set.

    Raises ConfigError when that file cannot be read.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise ConfigError(
                f"The certificates in {ca_file} cannot be used: {error}.",
                hint="Set `ca_file` in settings.toml to a readable PEM file.",
            ) from error
    return context


_SYNC: dict[tuple[Settings, int], httpx2.Client] = {}


def client(settings: Settings) -> httpx2.Client:
    """Return the process's client for these settings; connections are kept and used again.

    A fork, or an interrupt that closed the client, begins a new one.
    """
    key = (settings, os.getpid())
    http = _SYNC.get(key)
    if http is None or http.is_closed:
        http = _SYNC[key] = httpx2.Client(
            verify=tls(settings.ca_file),
            proxy=settings.proxy or None,
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
        clients[settings] = httpx2.AsyncClient(
            verify=tls(settings.ca_file),
            proxy=settings.proxy or None,
            trust_env=False,
            follow_redirects=False,
            headers=HEADERS,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )
    return clients[settings]


def timeout(step: Send, settings: Settings) -> httpx2.Timeout:
    """Return the limits of one request: silence ends it, length does not."""
    return httpx2.Timeout(step.silence, connect=settings.connect)
