"""Run a flow on a loop in a thread of its own, and hand its events over to this one.

For Windows, where a blocked read does not feel an interrupt: here the waiting is done in short
turns, and an interrupt cancels the flow over there, which closes its connection. Functions and
coroutines of the user's run here all the same: somebody can be asked, and an interrupt is felt.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from nbprovider.flow import Flow
from nbprovider.transport.asynchronous import arun
from nbprovider.transport.background import background
from nbprovider.transport.clients import Settings
from nbprovider.transport.own_loop import wait_for
from nbprovider.types import Event

TURN = 0.05
"""Seconds after which a wait looks up, so that an interrupt is felt."""

PATIENCE = 2.0
"""Seconds that a cancelled flow has to close its connection."""


class _Work(Struct, frozen=True):
    """A function that is to be called in the thread that asked."""

    function: Callable[[], Any]
    done: Future[Any]

    def do(self) -> None:
        if not self.done.set_running_or_notify_cancel():
            return
        try:
            value = self.function()
        except Exception as error:  # noqa: BLE001 - it is raised in the flow
            self.done.set_exception(error)
        else:
            self.done.set_result(value)


class _Said(Struct, frozen=True):
    """An event; the flow goes on when it was taken in, as it may look at what was made of it."""

    event: Event
    taken: Future[None]


class _Over(Struct, frozen=True):
    """The end of a flow, and the error that it ended by."""

    error: BaseException | None = None


_Heard = _Said | _Work | _Over


def relayed(flow: Flow, settings: Settings) -> Generator[Event, None, Any]:
    """Run a flow in the background thread, yield its events; otherwise as `run`.

    What the flow calls and awaits runs in this thread, as by `run`.
    """
    heard: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
    future = background(_pump(flow, settings, heard))
    try:
        while not isinstance(one := _next(heard), _Over):
            if isinstance(one, _Work):
                one.do()
            else:
                yield one.event
                if one.taken.set_running_or_notify_cancel():
                    one.taken.set_result(None)
        if one.error is not None:
            raise one.error
    finally:
        future.cancel()
        _settled(heard)


class _There:
    """Has functions and coroutines run by the thread that asked."""

    def __init__(self, heard: queue.SimpleQueue[_Heard]) -> None:
        self._heard = heard

    async def call(self, function: Callable[[], Any]) -> Any:
        """Return what a function gives over there."""
        done: Future[Any] = Future()
        self._heard.put(_Work(function, done))
        return await asyncio.wrap_future(done)

    async def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine gives over there."""
        return await self.call(lambda: wait_for(coroutine))


async def _pump(flow: Flow, settings: Settings, heard: queue.SimpleQueue[_Heard]) -> None:
    over = _Over()
    try:
        async with aclosing(arun(flow, settings, _There(heard))) as events:
            async for event in events:
                taken: Future[None] = Future()
                heard.put(_Said(event, taken))
                await asyncio.wrap_future(taken)
    except Exception as error:  # noqa: BLE001 - it is raised in the thread that asked
        over = _Over(error)
    finally:
        heard.put(over)
        heard.put(over)  # for whoever waits for the end after having read it


def _next(heard: queue.SimpleQueue[_Heard]) -> _Heard:
    while True:
        try:
            return heard.get(timeout=TURN)
        except queue.Empty:
            continue


def _settled(heard: queue.SimpleQueue[_Heard]) -> None:
    """Wait until the flow has ended over there and its connection is closed."""
    try:
        while not isinstance(heard.get(timeout=PATIENCE), _Over):
            pass
    except queue.Empty:
        return
