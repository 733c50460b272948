"""Run a flow on the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from typing import Any, Protocol, TypeVar

import httpx2

from nbprovider.errors import NbproviderError
from nbprovider.flow import Flow
from nbprovider.transport.clients import Settings, async_client, built, noted
from nbprovider.transport.faults import CAUGHT, translated
from nbprovider.transport.processes import Process
from nbprovider.transport.reuse import GONE, UNANSWERED
from nbprovider.types import Await, Block, Command, Event, Head, Read, Send, Sleep, Step

T = TypeVar("T")


class _Program:
    """A program whose words are awaited on the loop."""

    __slots__ = ("arrived", "loop", "process")

    def __init__(self, command: Command) -> None:
        self.loop = asyncio.get_running_loop()
        self.arrived = asyncio.Event()
        self.process = Process(command, self._tell)
        self.process.start()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
            self.loop.call_soon_threadsafe(self.arrived.set)

    async def hear(self, silence: float) -> Head | bytes:
        try:
            async with asyncio.timeout(silence):
                while True:
                    self.arrived.clear()
                    if (item := self.process.take()) is not None:
                        break
                    await self.arrived.wait()
        except TimeoutError:
            raise self.process.stalled(silence) from None
        if isinstance(item, NbproviderError):
            raise item
        return item


class _Exchange:
    """The connection of one flow: at most one response is open, or one program runs."""

    __slots__ = ("chunks", "program", "response", "settings", "step")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.response: httpx2.Response | None = None
        self.program: _Program | None = None
        self.chunks: AsyncIterator[bytes]
        self.step: Send

    async def send(self, step: Send) -> object:
        await self.close()
        self.step = step
        asked = step.request
        if isinstance(asked, Command):
            await asyncio.to_thread(noted, step, self.settings)
            self.program = _Program(asked)
            return await self.program.hear(step.silence)
        http = async_client(self.settings)
        request = built(http, asked, step, self.settings)
        await asyncio.to_thread(noted, step, self.settings)
        try:
            self.response = await http.send(request, stream=True)
        except GONE as error:
            error.add_note(UNANSWERED)
            raise
        headers = dict(self.response.headers)
        encoded = headers.get("content-encoding", "identity") != "identity"
        self.chunks = self.response.aiter_bytes() if encoded else aiter(self.response.stream)  # type: ignore[arg-type]
        return Head(self.response.status_code, headers)

    async def read(self, step: Read) -> object:
        if self.program is not None:
            return await self.program.hear(step.silence or self.step.silence)
        if not step.silence:
            return await anext(self.chunks, b"")
        try:
            async with asyncio.timeout(step.silence):
                return await anext(self.chunks, b"")
        except TimeoutError:
            raise httpx2.ReadTimeout("") from None

    async def close(self) -> None:
        if self.response is not None:
            await self.response.aclose()
            self.response = None
        if self.program is not None:
            program, self.program = self.program, None
            await asyncio.to_thread(program.process.end)


class Worker(Protocol):
    """Where a flow's own functions and coroutines run."""

    async def call(self, function: Callable[[], Any]) -> Any:
        """Return what a function gives, without holding up the loop."""

    async def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine gives."""


class Here:
    """Functions run in a thread, coroutines on the loop that drives."""

    async def call(self, function: Callable[[], Any]) -> Any:
        """Return what a function gives, from a thread of its own."""
        return await asyncio.to_thread(function)

    async def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine gives."""
        return await coroutine


HERE = Here()


async def arun(flow: Flow, settings: Settings, worker: Worker = HERE) -> AsyncGenerator[Event]:
    """Run a flow, yield its events; closing it closes the connection or ends the program.

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
                    value = await exchange.read(step)
                elif isinstance(step, Send):
                    value = await exchange.send(step)
                elif isinstance(step, Block):
                    value = await worker.call(step.function)
                elif isinstance(step, Sleep):
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, Await):
                    value = await worker.wait(step.coroutine)
                else:
                    yield step
            except CAUGHT as error:
                failure = translated(error, exchange.step, settings.proxy)
            except NbproviderError as error:
                failure = error
    finally:
        await exchange.close()
        flow.close()


async def aresult(flow: Generator[Step, Any, T], settings: Settings) -> T:
    """Run a flow to its end, return what it returns; a cancel closes the connection."""
    kept: list[T] = []

    def whole() -> Generator[Step, Any, None]:
        kept.append((yield from flow))

    async with contextlib.aclosing(arun(whole(), settings)) as events:
        async for _ in events:
            pass
    return kept[0]
