"""The connection to an MCP server: one task on the background loop that stays until it is told."""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from nbprovider.errors import Unavailable
from nbprovider.session.tools.server_words import reason
from nbprovider.transport import background

if TYPE_CHECKING:
    from mcp import Client

    from nbprovider.session.tools.server_ways import Way

T = TypeVar("T")

TURN = 0.1
"""Seconds after which a wait looks up, so that an interrupt is felt everywhere."""

PATIENCE = 8.0
"""Seconds that a server has to end once it is closed: the client gives a program six of them."""

PAGES = 100
"""Pages of a list of tools that are read: one that never ends holds nobody up."""


class Link:
    """Connect, list the tools, and hold the connection until `close`.

    The client wants to be entered and left by one task: `_hold` is that.
    """

    def __init__(self, way: Way, timeout: float) -> None:
        self._way = way
        self._timeout = timeout
        self._client: Client | None = None
        self._closing: asyncio.Event | None = None
        self._pid = os.getpid()
        self._ready: Future[tuple[str, list[Any]]] = Future()
        self._holding = background(self._hold())

    def opened(self) -> tuple[str, list[Any]]:
        """Wait for the connection, return the server's name and its tools.

        Raises Unavailable, which says why, when there is none.
        """
        try:
            found = waited(self._ready)
        except Exception as error:  # noqa: BLE001 - whatever a server or the client does
            raise Unavailable(
                f"The MCP server {self._way.told} cannot be used: {self._why(error)}.",
                hint=self._way.hint,
            ) from None
        except BaseException:
            self.end()
            raise
        _OPEN.add(self)
        return found

    def _why(self, error: BaseException) -> str:
        told = getattr(error, "complaint", "")
        return f"{reason(error)} ({told})" if told else reason(error)

    async def _hold(self) -> None:
        from mcp import Client

        self._closing = asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                try:
                    async with asyncio.timeout(self._timeout):
                        transport = await self._way.transport(stack)
                        client = Client(transport, read_timeout_seconds=self._timeout)
                        self._client = await stack.enter_async_context(client)
                        found = await _listed(self._client)
                except Exception as error:
                    error.complaint = self._way.complaint()  # type: ignore[attr-defined]
                    raise
                info = self._client.server_info
                self._ready.set_result((info.name if info else "", found))
                await self._closing.wait()
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            raise
        finally:
            self._client = None

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Have the server run a tool, return what it gave; on the background loop."""
        if self._client is None:
            raise ConnectionError(f"the MCP server {self._way.told} is closed")
        return await self._client.call_tool(name, arguments)

    def close(self) -> None:
        """End the connection, and the program; wait until that is so."""
        _OPEN.discard(self)
        if self._pid == os.getpid():
            with suppress(TimeoutError):
                background(self._ended()).result(PATIENCE)

    def end(self) -> None:
        """Have it end, without waiting for it; in any thread."""
        _OPEN.discard(self)
        if self._pid == os.getpid():
            background(self._ended())

    async def _ended(self) -> None:
        if self._closing is not None and self._client is not None:
            self._closing.set()
        else:
            self._holding.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.wrap_future(self._holding), PATIENCE - 1)


async def _listed(client: Client) -> list[Any]:
    """Return the tools of a server, of all pages."""
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the background loop, wait here for its result; an interrupt cancels it."""
    future = background(work)
    try:
        return waited(future)
    except BaseException:
        future.cancel()
        raise


def waited(future: Future[T]) -> T:
    """Wait for a future in short turns: on Windows a long wait does not feel an interrupt."""
    while True:
        try:
            return future.result(TURN)
        except TimeoutError:
            if future.done():
                return future.result()


_OPEN: set[Link] = set()


@atexit.register
def close_all() -> None:
    """Close every connection that is still open."""
    for link in tuple(_OPEN):
        link.close()
