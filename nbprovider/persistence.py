"""Try routes one after the other, and each again while that may help: neither sync nor async."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from nbprovider.credentials import Access, redact
from nbprovider.credentials.advice import advised
from nbprovider.errors import NbproviderError, NoRoute, ProviderError
from nbprovider.types import Answered, Block, Event, Failed, Route, Sleep, Started, Step

Flow = Generator[Step | Event, Any, Any]


class Policy(Struct, frozen=True):
    """How hard to try.

    - `tries`: attempts on one route
    - `silence`: seconds without a byte that mean a stall, None for the provider's own
    - `first_wait`, `longest_wait`: seconds between tries, doubling from the first
    - `jitter`: a number between 0 and 1 that spreads the waits by a quarter either way
    """

    tries: int = 3
    silence: float | None = None
    first_wait: float = 1.0
    longest_wait: float = 30.0
    jitter: Callable[[], float] = random.random

    def wait(self, error: NbproviderError, tried: int) -> float | None:
        """Return the seconds to wait before trying the route again, None not to."""
        if not error.may_retry or tried >= self.tries:
            return None
        asked: float | None = getattr(error, "retry_after", None)
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        spread = 0.75 + self.jitter() / 2
        return min(self.first_wait * 2.0 ** (tried - 1), self.longest_wait) * spread


class Guard(Protocol):
    """Whoever may keep an attempt from being made; it hears of the attempt's events elsewhere."""

    def admit(self, route: Route) -> float:
        """Let an attempt pass; return the seconds it has to wait first, 0.0 for none.

        Raises an NbproviderError where it may not be made. May block for a moment.
        """


Once = Callable[[Route, Access], Flow]
"""One attempt at a route; what it returns is what was asked for."""


class Given(Struct, frozen=True):
    """What the route that answered gave; None where its events have said all."""

    value: Any


class Means(Struct, frozen=True):
    """What attempts are made with: the way to a route, how hard to try, who may refuse."""

    access_for: Callable[[Route], Access]
    policy: Policy = Policy()
    guards: tuple[Guard, ...] = ()


def persistent(once: Once, routes: tuple[Route, ...], means: Means) -> Flow:
    """Make attempts as `resilient` does, return what the first that succeeds returns."""
    failures: list[tuple[Route, NbproviderError]] = []
    for route, following in _with_next(routes):
        given = yield from _insist(once, route, following, means, failures)
        if given is not None:
            return given.value
        if not failures[-1][1].may_fall_back:
            break
    raise _verdict(failures)


def _with_next(routes: tuple[Route, ...]) -> Iterator[tuple[Route, Route | None]]:
    return zip(routes, (*routes[1:], None), strict=True)


def _insist(
    once: Once,
    route: Route,
    following: Route | None,
    means: Means,
    failures: list[tuple[Route, NbproviderError]],
) -> Generator[Step | Event, Any, Given | None]:
    """Ask one route as often as the policy allows; return what it gave, None if it did not."""
    for tried in range(1, means.policy.tries + 1):
        yield Started(route, len(failures) + 1)
        try:
            yield from _admitted(route, means.guards)
            access: Access = yield Block(lambda: means.access_for(route))
            value = yield from advised(once(route, access), route, access)
        except NbproviderError as error:
            failures.append((route, _placed(error, route)))
            wait = means.policy.wait(error, tried)
            next_route = following if error.may_fall_back else None
            yield Failed(error, wait, next_route if wait is None else route)
            if wait is None:
                return None
            yield Sleep(wait)
        else:
            yield Answered(route)
            return Given(value)
    return None


def _admitted(route: Route, guards: tuple[Guard, ...]) -> Generator[Step, Any, None]:
    """Have each guard let the attempt pass, and wait as long as the slowest of them asks."""
    wait = 0.0
    for guard in guards:
        wait = max(wait, (yield Block(partial(guard.admit, route))))
    if wait:
        yield Sleep(wait)


def _placed(error: NbproviderError, route: Route) -> NbproviderError:
    """Write on the error where it happened, and take out secrets that a provider quoted."""
    error.message, error.hint = redact(error.message), redact(error.hint)
    if isinstance(error, ProviderError):
        error.detail = redact(error.detail)
        error.provider, error.account, error.model = route.provider, route.account, route.model
    return error


def _verdict(failures: list[tuple[Route, NbproviderError]]) -> NbproviderError:
    routes = {route.ref for route, _ in failures}
    if len(routes) == 1:
        return failures[-1][1]
    last = {str(route.ref): error for route, error in failures}
    told = "".join(f"\n- {ref}: {error.message}" for ref, error in last.items())
    steps = (f"For {ref}: {error.hint}" for ref, error in last.items() if error.hint)
    return NoRoute(
        f"None of {len(last)} routes answered:{told}",
        hint=next(steps, "%provider route shows which models are tried."),
        errors=tuple(last.items()),
    )
