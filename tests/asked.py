"""The ways to ask `far` and `near`: sync and async, alone and by their chain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

import nbprovider
from faulty import MODEL
from nbprovider.answer import Answer
from nbprovider.errors import NbproviderError

Way = Callable[..., Answer]


def sync(model: str, *, fallback: bool = True) -> Answer:
    """Ask in this thread."""
    return nbprovider.ask("Hello", model=model, fallback=fallback)


def asynchronous(model: str, *, fallback: bool = True) -> Answer:
    """Ask on an event loop of its own."""
    return asyncio.run(nbprovider.aask("Hello", model=model, fallback=fallback))


def failure(way: Way) -> NbproviderError:
    """Ask `far` alone, return the error."""
    with pytest.raises(NbproviderError) as raised:
        way(f"far:{MODEL}", fallback=False)
    return raised.value


both = pytest.mark.parametrize("way", [sync, asynchronous])
