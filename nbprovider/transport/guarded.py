"""New connections go only to addresses that were judged: one look-up, and what it gave is used.

The HTTP library asks for a connection to a name; Host header and TLS keep that name. Kept
connections were judged when they were made.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any

import httpcore2

from nbprovider.credentials import reach
from nbprovider.errors import ConfigError

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it (RFC 8305)."""

Judge = Callable[[str, Iterable[str], Iterable[str]], list[str]]
Options = Iterable[Any] | None


class Guarded(httpcore2.NetworkBackend):
    """Connects in this thread.

    `private` lists names that may lead to a private network; `judge` is `reach.reachable`, or its
    like, and says which of the addresses that a name has may be spoken to.
    """

    def __init__(self, private: Sequence[str], judge: Judge = reach.reachable) -> None:
        self._private, self._judge = private, judge
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first judged address that answers; raises UnsafeAddress."""
        failure: Exception | None = None
        for address in self._addresses(host, port):
            try:
                return self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        return self._judge(host, _texts(found), self._private)


class GuardedAsync(httpcore2.AsyncNetworkBackend):
    """Connects on the running loop; otherwise as `Guarded`."""

    def __init__(self, private: Sequence[str], judge: Judge = reach.reachable) -> None:
        self._private, self._judge = private, judge
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the judged address that answers first; raises UnsafeAddress."""

        async def to(address: str) -> httpcore2.AsyncNetworkStream:
            return await self._plain.connect_tcp(
                address, port, timeout, local_address, socket_options
            )

        try:
            async with asyncio.timeout(timeout):
                found = await self._addresses(host, port)
                return await _first([to(address) for address in found])
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        return _in_turns(self._judge(host, _texts(found), self._private))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def guard(pool: Any, backend: httpcore2.NetworkBackend | httpcore2.AsyncNetworkBackend) -> None:
    """Have a pool of the HTTP library make its connections by `backend`.

    httpx2 takes none itself. Raises ConfigError where the pool keeps its backend elsewhere than
    known: unguarded, nothing may be sent.
    """
    if not hasattr(pool, "_network_backend"):
        raise ConfigError(
            "This version of httpx2 is not known to nbprovider: connections cannot be guarded.",
            hint="Run `pip install 'httpx2<3' 'httpcore2<3'`, or update nbprovider.",
        )
    pool._network_backend = backend  # noqa: SLF001 - checked above


def _texts(found: Iterable[tuple[Any, ...]]) -> list[str]:
    return [str(entry[4][0]) for entry in found]


def _in_turns(addresses: list[str]) -> list[str]:
    """Return the addresses with the kinds by turns, so that one broken network costs one start."""
    first = [a for a in addresses if (":" in a) == (":" in addresses[0])]
    second = [a for a in addresses if a not in first]
    return [a for a in chain(*zip_longest(first, second)) if a is not None]


async def _first(tries: list[Any]) -> httpcore2.AsyncNetworkStream:
    """Return what the first success gives; the next try begins when one fails, or is slow."""
    waiting = tries[::-1]
    running: set[asyncio.Task[httpcore2.AsyncNetworkStream]] = set()
    failure: BaseException | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(waiting.pop()))
            done, running = await asyncio.wait(
                running,
                timeout=HEAD_START if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                if task.exception() is None:
                    running |= done - {task}
                    return task.result()
                failure = task.exception()
        raise failure or httpcore2.ConnectError("the name has no address")
    finally:
        await _ended(waiting, running)


async def _ended(waiting: list[Any], running: set[asyncio.Task[Any]]) -> None:
    """End the tries that are not needed, and close what they opened."""
    for never in waiting:
        never.close()
    for task in running:
        task.cancel()
    for given in await asyncio.gather(*running, return_exceptions=True):
        if not isinstance(given, BaseException):
            await given.aclose()
