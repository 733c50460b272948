"""Run a flow on a loop in a thread of its own, and hand its events over to this one.

For Windows, where a blocked read does not feel an interrupt: here the waiting is done in short
turns, and an interrupt cancels the flow over there, which closes its connection.
"""

from __future__ import annotations

import queue
from collections.abc import Generator
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from nbprovider.flow import Flow
from nbprovider.transport.asynchronous import arun
from nbprovider.transport.background import background
from nbprovider.transport.clients import Settings
from nbprovider.types import Event

TURN = 0.05
"""Seconds after which a wait looks up, so that an interrupt is felt."""

PATIENCE = 2.0
"""Seconds that a cancelled flow has to close its connection."""


class _Over(Struct, frozen=True):
    """The end of a flow, and the error that it ended by."""

    error: BaseException | None = None


def relayed(flow: Flow, settings: Settings) -> Generator[Event, None, Any]:
    """Run a flow in the background thread, yield its events; otherwise as `run`.

    A coroutine that the flow awaits runs on the background loop.
    """
    heard: queue.SimpleQueue[Event | _Over] = queue.SimpleQueue()
    future = background(_pump(flow, settings, heard))
    try:
        while not isinstance(event := _next(heard), _Over):
            yield event
        if event.error is not None:
            raise event.error
    finally:
        future.cancel()
        _settled(heard)


async def _pump(flow: Flow, settings: Settings, heard: queue.SimpleQueue[Event | _Over]) -> None:
    over = _Over()
    try:
        async with aclosing(arun(flow, settings)) as events:
            async for event in events:
                heard.put(event)
    except Exception as error:  # noqa: BLE001 - it is raised in the thread that asked
        over = _Over(error)
    finally:
        heard.put(over)
        heard.put(over)  # for whoever waits for the end after having read it


def _next(heard: queue.SimpleQueue[Event | _Over]) -> Event | _Over:
    while True:
        try:
            return heard.get(timeout=TURN)
        except queue.Empty:
            continue


def _settled(heard: queue.SimpleQueue[Event | _Over]) -> None:
    """Wait until the flow has ended over there and its connection is closed."""
    try:
        while not isinstance(heard.get(timeout=PATIENCE), _Over):
            pass
    except queue.Empty:
        return
