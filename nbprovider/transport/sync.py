"""Run a flow in this thread.

An interrupt reaches a blocked read at once; the response is closed before it goes on upward.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx2

from nbprovider.errors import NbproviderError
from nbprovider.flow import Flow
from nbprovider.transport.clients import Settings, built, client, noted
from nbprovider.transport.faults import CAUGHT, translated
from nbprovider.transport.linger import hurried
from nbprovider.transport.own_loop import wait_for
from nbprovider.transport.processes import Process
from nbprovider.transport.reuse import opened
from nbprovider.types import Await, Block, Command, Event, Head, Read, Send, Sleep, Step

T = TypeVar("T")


class _Exchange:
    """The connection of one flow: at most one response is open, or one program runs."""

    __slots__ = ("chunks", "linger", "process", "response", "settings", "step")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.response: httpx2.Response | None = None
        self.process: Process | None = None
        self.chunks: Iterator[bytes] = iter(())
        self.linger = ExitStack()
        self.step: Send

    def send(self, step: Send) -> object:
        self.close()
        self.step = step
        asked = step.request
        if isinstance(asked, Command):
            noted(step, self.settings)
            # Known before it runs: an interrupt may come at any moment.
            self.process = Process(asked, lambda: None)
            self.process.start()
            return self.process.hear(step.silence)
        http = client(self.settings)
        request = built(http, asked, step, self.settings)
        noted(step, self.settings)
        try:
            self.response = opened(http, request)
        except KeyboardInterrupt:
            http.close()  # a connection half made is not known to the pool
            raise
        headers = dict(self.response.headers)
        encoded = headers.get("content-encoding", "identity") != "identity"
        self.chunks = self.response.iter_bytes() if encoded else iter(self.response.stream)  # type: ignore[arg-type]
        return Head(self.response.status_code, headers)

    def read(self, step: Read) -> object:
        if self.process is not None:
            return self.process.hear(step.silence or self.step.silence)
        if step.silence and self.response is not None:
            self.linger.close()
            self.linger.enter_context(hurried(self.response, step.silence))
        return next(self.chunks, b"")

    def close(self) -> None:
        self.linger.close()
        if self.response is not None:
            self.response.close()
            self.response = None
        if self.process is not None:
            self.process.end()
            self.process = None


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

    Closing the generator closes the connection, and ends the program.

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
                    value = exchange.read(step)  # type: ignore[arg-type]
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
                failure = translated(error, exchange.step, settings.proxy)
            except NbproviderError as error:
                failure = error
    finally:
        exchange.close()
        flow.close()
