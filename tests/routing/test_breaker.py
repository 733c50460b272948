"""Circuit breakers, driven by hand."""

from __future__ import annotations

import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nbprovider.errors import (
    BadRequest,
    CircuitOpen,
    Overloaded,
    RateLimited,
    Stalled,
    Unauthorized,
    Unavailable,
)
from nbprovider.routing.breaker import Breakers, Circuit, Fuse, Limit
from nbprovider.types import Answered, Failed, Interrupted, Route, Sending, Started

ROUTE = Route("groq", "m", "work")
OTHER = Route("groq", "other", "work")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(lambda _: Limit(3, 60.0), clock)


def attempt(breakers: Breakers, end: object, route: Route = ROUTE) -> None:
    fuse = Fuse(breakers)
    fuse.saw(Started(route, 1))
    fuse.admit(route)
    fuse.saw(Sending())
    fuse.saw(end)  # type: ignore[arg-type]


def fail(breakers: Breakers, times: int = 3) -> None:
    for _ in range(times):
        attempt(breakers, Failed(Unavailable("down")))


def test_so_many_outages_in_a_row_open_the_circuit(breakers):
    fail(breakers, 2)
    attempt(breakers, Answered(ROUTE))
    fail(breakers, 2)
    Fuse(breakers).admit(ROUTE)
    fail(breakers, 1)
    with pytest.raises(CircuitOpen, match="failed 3 times in a row") as raised:
        Fuse(breakers).admit(ROUTE)
    assert "in 60 s" in raised.value.hint


@pytest.mark.parametrize("error", [Unavailable, Overloaded, RateLimited, Stalled])
def test_outages_count(breakers, error):
    for _ in range(3):
        attempt(breakers, Failed(error("x")))
    assert breakers.is_open(ROUTE)


@pytest.mark.parametrize("end", [Failed(Unauthorized("x")), Failed(BadRequest("x")), Interrupted()])
def test_wrong_keys_bad_requests_and_interrupts_count_as_neither(breakers, end):
    """They open nothing, and they do not forgive what failed before."""
    fail(breakers, 2)
    for _ in range(5):
        attempt(breakers, end)
    assert not breakers.is_open(ROUTE)
    fail(breakers, 1)
    assert breakers.is_open(ROUTE)


def test_what_was_never_sent_teaches_nothing(breakers):
    """A budget, a missing key or a limit of our own says nothing of the provider."""
    for _ in range(5):
        fuse = Fuse(breakers)
        fuse.saw(Started(ROUTE, 1))
        fuse.admit(ROUTE)
        fuse.saw(Failed(RateLimited("held back by ourselves")))
    assert not breakers.is_open(ROUTE)


def test_each_model_of_an_account_has_its_own_circuit(breakers):
    fail(breakers)
    assert breakers.is_open(ROUTE)
    assert not breakers.is_open(OTHER)


def test_when_the_pause_is_over_one_probe_is_let_through(breakers, clock):
    fail(breakers)
    clock.now += 60
    probe = Fuse(breakers)
    probe.saw(Started(ROUTE, 1))
    probe.admit(ROUTE)
    probe.saw(Sending())
    with pytest.raises(CircuitOpen, match="left alone"):
        Fuse(breakers).admit(ROUTE)
    probe.saw(Answered(ROUTE))
    Fuse(breakers).admit(ROUTE)


def test_a_probe_that_fails_opens_the_circuit_for_another_pause(breakers, clock):
    fail(breakers)
    clock.now += 60
    attempt(breakers, Failed(Unavailable("still down")))
    clock.now += 59
    with pytest.raises(CircuitOpen, match="still down"):
        Fuse(breakers).admit(ROUTE)
    clock.now += 1
    Fuse(breakers).admit(ROUTE)


@pytest.mark.parametrize("end", [Interrupted(), Failed(Unauthorized("x"))])
def test_a_probe_that_teaches_nothing_makes_room_for_another(breakers, clock, end):
    fail(breakers)
    clock.now += 60
    attempt(breakers, end)
    Fuse(breakers).admit(ROUTE)


def test_a_call_from_before_teaches_nothing_once_the_circuit_is_open(breakers, clock):
    """Its answer was on the way before the outage."""
    old = Fuse(breakers)
    old.saw(Started(ROUTE, 1))
    old.admit(ROUTE)
    old.saw(Sending())
    fail(breakers)
    old.saw(Answered(ROUTE))
    assert breakers.is_open(ROUTE)


def test_of_many_threads_one_is_the_probe(clock):
    breakers = Breakers(lambda _: Limit(1, 60.0), clock)
    fail(breakers, 1)
    clock.now += 60
    passed: list[Fuse] = []
    start = threading.Barrier(32)

    def call() -> None:
        fuse = Fuse(breakers)
        start.wait()
        try:
            fuse.admit(ROUTE)
        except CircuitOpen:
            return
        passed.append(fuse)

    threads = [threading.Thread(target=call) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 1


def test_0_failures_never_open_a_circuit(clock):
    breakers = Breakers(lambda _: Limit(0), clock)
    fail(breakers, 50)
    assert not breakers.is_open(ROUTE)


def test_a_reset_closes_the_circuits_of_an_account(breakers):
    fail(breakers)
    assert breakers.reset("home") == 0
    assert breakers.reset("work") == 1
    Fuse(breakers).admit(ROUTE)


def test_health_tells_each_circuit(breakers, clock):
    fail(breakers)
    attempt(breakers, Answered(OTHER), OTHER)
    broken, well = breakers.health()
    assert (broken.account, broken.model, broken.state, broken.failures) == ("work", "m", "open", 3)
    assert (broken.since, broken.opens_again) == (100.0, 160.0)
    assert broken.last_error == "Unavailable: down"
    assert (well.state, well.failures, well.opens_again) == ("closed", 0, None)


class CircuitMachine(RuleBasedStateMachine):
    """Any order of calls, ends and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.circuit = Circuit()
        self.now = 0.0
        self.running: list[object] = []
        self.probes: set[object] = set()
        self.in_a_row = 0

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def begin(self):
        who, state = object(), self.circuit.state(self.now)
        admitted = self.circuit.admits(who, self.now)
        assert admitted == (state == "closed" or (state == "half open" and not self.probes))
        if admitted:
            self.running.append(who)
        if admitted and state == "half open":
            self.probes.add(who)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def succeed(self, data):
        who, was = self._ended(data)
        self.circuit.succeeded(who, self.now)
        if was == "closed" or who in self.probes:
            self.in_a_row = 0
            assert self.circuit.state(self.now) == "closed"
        else:
            assert self.circuit.state(self.now) == was
        self.probes.discard(who)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def fail(self, data):
        who, was = self._ended(data)
        self.circuit.failed(who, self.now, Limit(3, 60.0), "x")
        counted = was == "closed" or who in self.probes
        self.in_a_row += counted
        opened = counted and (who in self.probes or self.in_a_row >= 3)
        assert self.circuit.state(self.now) == ("open" if opened else was)
        self.probes.discard(who)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def abandon(self, data):
        who, was = self._ended(data)
        self.circuit.abandoned(who)
        self.probes.discard(who)
        assert self.circuit.state(self.now) == was

    @invariant()
    def at_most_one_probe(self):
        assert len(self.probes) <= 1

    def _ended(self, data):
        who = data.draw(st.sampled_from(self.running))
        self.running.remove(who)
        return who, self.circuit.state(self.now)


CircuitMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCircuitMachine = CircuitMachine.TestCase
