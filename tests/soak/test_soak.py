"""Two thousand calls, with faults in three of ten: each is answered or typed, nothing grows."""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest

import nbprovider
from faulty import MODEL, Reply, cut, garbled, provider, reset
from leaks import descriptors, no_leaks
from loopback import Peer, Script, Server
from nbprovider import catalog, config, session, transport
from nbprovider.errors import NbproviderError, NoRoute, ProviderError
from nbprovider.ledger import Recorder
from nbprovider.session.chains import chains
from nbprovider.session.running import Running

CALLS = 2000
WARM = 500
"""Calls after which caches are full, and memory is measured for the first time."""

AT_ONCE = 200
FAULTY = 0.3
GROWTH = 8 * 1024 * 1024
"""Bytes by which the process may grow meanwhile: the servers, and their threads, are part of it."""

PLACES = {"alpha": "openai_chat", "beta": "anthropic", "gamma": "gemini"}
SETTINGS = """
tries = 2
first_wait = 0
longest_wait = 0.01
breaker_failures = 3
breaker_pause = 0.02
silence = 20
audit = true
"""


class Forgetful(Server):
    """A server that keeps no list of what it was asked: it would grow."""

    def _serve(self, connection: socket.socket) -> None:
        super()._serve(connection)
        self.requests.clear()
        self.peers[:] = [peer for peer in self.peers if peer.connection.fileno() >= 0]


class Flaky:
    """A provider that fails in three of ten requests, at random; `met` counts each way."""

    def __init__(self, protocol: str, seed: int) -> None:
        self.reply = Reply(protocol)
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.met: Counter[str] = Counter()
        broken = {
            f"{fault.__name__} {place}": self.reply.broken(place, fault)
            for fault in (cut, reset, garbled)
            for place in ("before the first word", "in the middle")
        }
        self.faults: dict[str, Script] = broken | {
            f"status {status}": refusing(status) for status in (401, 402, 429, 500, 503, 529)
        }

    def __call__(self, peer: Peer) -> None:
        with self.lock:
            bad = self.random.random() < FAULTY
            name = self.random.choice(list(self.faults)) if bad else ""
            self.met[name] += 1
        if name:
            self.faults[name](peer)
        else:
            peer.head(kind=self.reply.kind)
            peer.chunk(self.reply.whole)
            peer.end()


def refusing(status: int) -> Script:
    return lambda peer: peer.whole(status, {"error": {"message": "no"}})


@pytest.fixture
def three(monkeypatch):
    """Start three flaky providers, with a chain of them in each order."""
    transport.clients.close()
    config.made(config.settings_file().parent)
    config.settings_file().write_text(SETTINGS)
    flaky = {name: Flaky(protocol, seed) for seed, (name, protocol) in enumerate(PLACES.items())}
    servers: list[Server] = []
    with no_leaks():
        for name, each in flaky.items():
            servers.append(Forgetful(each))
            provider(name, PLACES[name], servers[-1].url)
        catalog.forget()
        names = [f"{name}:{MODEL}" for name in PLACES]
        for n, name in enumerate(PLACES):
            chains.create(f"from-{name}", names[n:] + names[:n])
        yield flaky
        for server in servers:
            server.close()
        session.current().ledger.close()
        transport.clients.close()


def asked(n: int) -> str:
    """Ask once; return "ok", or the error's type."""
    name = list(PLACES)[n % 3]
    try:
        answer = nbprovider.ask(f"question {n}", model=f"from-{name}")
    except NbproviderError as error:
        return checked(error)
    assert answer.text == "Hi"
    return "ok"


def checked(error: NbproviderError) -> str:
    """Return the type of an error of which each reason is typed, too."""
    assert isinstance(error, NoRoute | ProviderError), error
    assert error.hint
    reasons = [each for _, each in error.errors] if isinstance(error, NoRoute) else [error]
    assert all(type(reason) in EXPECTED for reason in reasons), reasons
    return type(error).__name__


EXPECTED = {
    nbprovider.errors.Unauthorized,
    nbprovider.errors.QuotaExhausted,
    nbprovider.errors.RateLimited,
    nbprovider.errors.Overloaded,
    nbprovider.errors.Unavailable,
    nbprovider.errors.CircuitOpen,
}


def check_ledger(flaky: dict[str, Flaky]) -> None:
    """Check that each attempt has one row that has ended, and each request one that was sent."""
    frame = nbprovider.usage()
    assert set(frame["status"]) == {"ok", "failed"}
    assert not frame.duplicated(["call", "attempt"]).any()
    refused = frame["error"].fillna("").str.startswith("circuit_open")
    for name, each in flaky.items():
        rows = frame[(frame["provider"] == name) & ~refused]
        assert len(rows) == each.met.total(), name
        assert (rows["status"] == "ok").sum() == each.met[""], name
    made_up = (frame["cost"] == 0) & (frame["cost_source"] != "unbilled")
    assert not made_up.any()


@pytest.mark.timeout(600)
def test_two_thousand_calls_one_after_the_other(three):
    """Memory, threads and open files stay as they are; circuits open, and close again."""
    outcomes = Counter(asked(n) for n in range(WARM))
    before, files, threads = size(), len(descriptors()), threading.active_count()
    outcomes += Counter(asked(n) for n in range(WARM, CALLS))
    assert size() - before < GROWTH
    assert len(descriptors()) <= files + 2 * len(PLACES)  # both ends of connections that are kept
    assert threading.active_count() <= threads + len(PLACES)
    assert sum(type(each) in {Running, Recorder} for each in gc.get_objects()) == 0
    assert outcomes.total() == CALLS
    assert outcomes["ok"] > 0.95 * CALLS
    check_ledger(three)
    opened = nbprovider.usage()["error"].fillna("").str.startswith("circuit_open").sum()
    assert opened > 0
    assert any(
        h.since is not None and h.state == "closed" for h in session.current().breakers.health()
    )


def size() -> int:
    """Return the bytes of memory that this process takes, 0 where the system does not tell."""
    gc.collect()
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * resource.getpagesize() if told.exists() else 0


def test_two_hundred_calls_at_once(three):
    async def one(n: int) -> str:
        try:
            answer = await nbprovider.aask(f"question {n}", model=f"from-{list(PLACES)[n % 3]}")
        except NbproviderError as error:
            return checked(error)
        assert answer.text == "Hi"
        return "ok"

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*map(one, range(AT_ONCE)))

    outcomes = Counter(asyncio.run(all_of_them()))
    assert outcomes.total() == AT_ONCE
    assert outcomes["ok"] > 0
    check_ledger(three)
