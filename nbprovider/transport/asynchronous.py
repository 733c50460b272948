"""Run a flow on the running event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import httpx2

from nbprovider.errors import NbproviderError
from nbprovider.flow import Flow
from nbprovider.transport.clients import Settings, async_client, timeout
from nbprovider.transport.faults import CAUGHT, translated
from nbprovider.types import Await, Block, Event, Head, Read, Send, Sleep


class _Exchange:
    """The connection of one flow: at most one response is open."""

    __slots__ = ("chunks", "response", "settings", "step")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.response: httpx2.Response | None = None
        self.chunks: AsyncIterator[bytes]
        self.step: Send

    async def send(self, step: Send) -> Head:
        await self.close()
        self.step = step
        asked = step.request
        http = async_client(self.settings)
        request = http.build_request(
            asked.method,
            asked.url,
            headers=dict(asked.headers),
            content=asked.body or None,
            timeout=timeout(step, self.settings),
        )
        self.response = await http.send(request, stream=True)
        headers = dict(self.response.headers)
        encoded = headers.get("content-encoding", "identity") != "identity"
        self.chunks = self.response.aiter_bytes() if encoded else aiter(self.response.stream)  # type: ignore[arg-type]
        return Head(self.response.status_code, headers)

    async def close(self) -> None:
        if self.response is not None:
            await self.response.aclose()
            self.response = None


async def arun(flow: Flow, settings: Settings) -> AsyncGenerator[Event]:
    """Run a flow, yield its events; closing the generator closes the connection.

    Raises what the flow raises: always an NbproviderError, or CancelledError.
    """
    exchange = _Exchange(settings)
    value: object = None
    failure: NbproviderError | None = None
    try:
        while True:
            try:
                step = flow.throw(failure) if failure else flow.send(value)
            except StopIteration:
                return
            value = failure = None
            try:
                if isinstance(step, Read):
                    value = await anext(exchange.chunks, b"")
                elif isinstance(step, Send):
                    value = await exchange.send(step)
                elif isinstance(step, Block):
                    value = await asyncio.to_thread(step.function)
                elif isinstance(step, Sleep):
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, Await):
                    value = await step.coroutine
                else:
                    yield step
            except CAUGHT as error:
                failure = translated(error, exchange.step)
            except NbproviderError as error:
                failure = error
    finally:
        await exchange.close()
        flow.close()
