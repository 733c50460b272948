"""A circuit by real threads and tasks: many call at once, one request reaches the server."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import nbprovider
from asked import failure, sync
from faulty import MODEL
from loopback import Peer, answering
from nbprovider import session
from nbprovider.answer import Answer
from nbprovider.errors import CircuitOpen, NbproviderError
from nbprovider.routing.breaker import Breakers
from nbprovider.session import terms

MANY = 12


class Probed:
    """The server of a circuit that opened: it holds each request until it is told what to do."""

    def __init__(self, world) -> None:
        self.go = threading.Event()
        self.well = True
        self.world = world
        self.now = 0.0
        world.settle(breaker_failures=2, silence=20)
        own = session.current()
        own.breakers = Breakers(lambda route: terms.limit(own.settings, route), lambda: self.now)
        world.speak("openai_chat")
        world.far.script = lambda peer: peer.whole(503, "")
        for _ in range(2):
            failure(sync)
        assert type(failure(sync)) is CircuitOpen
        world.far.requests.clear()
        world.far.script = self._probe

    def _probe(self, peer: Peer) -> None:
        assert self.go.wait(20)
        if self.well:
            answering("well ", "again")(peer)
        else:
            peer.whole(503, "")

    def wait_half_open(self) -> None:
        """Let the pause of the circuit pass."""
        self.now += 60


@pytest.fixture
def probed(world) -> Probed:
    return Probed(world)


def outcome(_: int = 0) -> Answer | NbproviderError:
    try:
        return sync(f"far:{MODEL}", fallback=False)
    except NbproviderError as error:
        return error


def by_threads(probed: Probed) -> list[Answer | NbproviderError]:
    """Ask from many threads; the server answers when all the others have been refused."""
    with ThreadPoolExecutor(MANY) as pool:
        futures = [pool.submit(outcome) for _ in range(MANY)]
        until(lambda: sum(future.done() for future in futures) == MANY - 1)
        probed.go.set()
        return [future.result() for future in futures]


def by_tasks(probed: Probed) -> list[Answer | NbproviderError]:
    """Ask from many tasks of one event loop."""

    async def all_of_them():
        asked = [
            asyncio.ensure_future(nbprovider.aask("hi", model=f"far:{MODEL}", fallback=False))
            for _ in range(MANY)
        ]
        await asyncio.to_thread(until, lambda: sum(task.done() for task in asked) == MANY - 1)
        probed.go.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(all_of_them())


def until(true, limit=20.0):
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@pytest.mark.parametrize("ask_many", [by_threads, by_tasks])
def test_one_request_probes_and_an_answer_closes_the_circuit(probed, ask_many):
    probed.wait_half_open()
    results = ask_many(probed)
    assert len(probed.world.far.requests) == 1
    answers = [result for result in results if isinstance(result, Answer)]
    assert [answer.text for answer in answers] == ["well again"]
    assert {type(r) for r in results if not isinstance(r, Answer)} == {CircuitOpen}
    assert sync(f"far:{MODEL}", fallback=False).text == "well again"


@pytest.mark.parametrize("ask_many", [by_threads, by_tasks])
def test_a_probe_that_fails_opens_it_again(probed, ask_many):
    probed.wait_half_open()
    probed.well = False
    results = ask_many(probed)
    assert len(probed.world.far.requests) == 1
    assert sum(isinstance(result, CircuitOpen) for result in results) == MANY - 1
    assert type(failure(sync)) is CircuitOpen
    assert len(probed.world.far.requests) == 1


def test_a_probe_that_is_cancelled_leaves_the_place_to_another(probed):
    probed.wait_half_open()

    async def cancelled():
        task = asyncio.ensure_future(nbprovider.aask("hi", model=f"far:{MODEL}", fallback=False))
        await asyncio.to_thread(until, lambda: probed.world.far.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    probed.go.set()
    assert sync(f"far:{MODEL}", fallback=False).text == "well again"
