"""One request through each driver, and what came of it."""

from __future__ import annotations

import asyncio

import pytest

from nbprovider import transport
from nbprovider.types import Read, Ref, Request, Send

ABOUT = Ref("groq", "tiny", "mine")


def asking(url, *, headers=None, body=b'{"q": 1}'):
    """Return a flow that sends one request, and yields its status and body as an event."""
    head = yield Send(Request("POST", url, headers or {}, body), 5.0, ABOUT)
    read = b""
    while data := (yield Read()):
        read += data
    yield (head.status, read)


def sync(flow, settings):
    return list(transport.run(flow, settings))


def asynchronous(flow, settings):
    async def go():
        return [event async for event in transport.arun(flow, settings)]

    return asyncio.run(go())


def relayed(flow, settings):
    return list(transport.relayed(flow, settings))


both = pytest.mark.parametrize("drive", [sync, asynchronous])
every = pytest.mark.parametrize("drive", [sync, asynchronous, relayed])
