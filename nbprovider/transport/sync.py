"""Run a flow in this thread.

An interrupt reaches a blocked read at once; the response is closed before it goes on upward.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

import httpx2

from nbprovider.errors import NbproviderError
from nbprovider.flow import Flow
from nbprovider.transport.clients import Settings, client, timeout
from nbprovider.transport.faults import CAUGHT, translated
from nbprovider.transport.own_loop import wait_for
from nbprovider.types import Await, Block, Event, Head, Read, Send, Sleep, Step

T = TypeVar("T")


class _Exchange:
    """The connection of one flow: at most one response is open."""

    __slots__ = ("chunks", "response", "settings", "step")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.response: httpx2.Response | None = None
        self.chunks: Iterator[bytes] = iter(())
        self.step: Send

    def send(self, step: Send) -> Head:
        self.close()
        self.step = step
        asked = step.request
        http = client(self.settings)
        request = http.build_request(
            asked.method,
            asked.url,
            headers=dict(asked.headers),
            content=asked.body or None,
            timeout=timeout(step, self.settings),
        )
        try:
            self.response = http.send(request, stream=True)
        except KeyboardInterrupt:
            http.close()  # a connection half made is not known to the pool
            raise
        headers = dict(self.response.headers)
        encoded = headers.get("content-encoding", "identity") != "identity"
        self.chunks = self.response.iter_bytes() if encoded else iter(self.response.stream)  # type: ignore[arg-type]
        return Head(self.response.status_code, headers)

    def close(self) -> None:
        if self.response is not None:
            self.response.close()
            self.response = None


def result(flow: Generator[Step, Any, T], settings: Settings) -> T:
    """Run a flow to its end, return what it returns."""
    events = run(flow, settings)
    while True:
        try:
            next(events)
        except StopIteration as end:
            found: T = end.value
            return found


def run(flow: Flow, settings: Settings) -> Generator[Event, None, Any]:
    """Run a flow, yield its events, return what it returns.

    Closing the generator closes the connection.

    Raises what the flow raises: always an NbproviderError, or KeyboardInterrupt.
    """
    exchange = _Exchange(settings)
    value: object = None
    failure: NbproviderError | None = None
    try:
        while True:
            try:
                step = flow.throw(failure) if failure else flow.send(value)
            except StopIteration as end:
                return end.value
            value = failure = None
            kind = type(step)
            try:
                if kind is Read:
                    value = next(exchange.chunks, b"")
                elif kind is Send:
                    value = exchange.send(step)  # type: ignore[arg-type]
                elif isinstance(step, Block):
                    value = step.function()
                elif isinstance(step, Sleep):
                    time.sleep(step.seconds)
                elif isinstance(step, Await):
                    value = wait_for(step.coroutine)
                else:
                    yield step  # type: ignore[misc]
            except CAUGHT as error:
                failure = translated(error, exchange.step)
            except NbproviderError as error:
                failure = error
    finally:
        exchange.close()
        flow.close()
