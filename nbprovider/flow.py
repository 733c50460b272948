"""A call as one generator: it yields steps for a driver, and events for whoever listens.

Neither sync nor async, and no I/O: `transport` drives it either way, a test drives it by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from nbprovider import protocols
from nbprovider.catalog import Provider
from nbprovider.credentials import Access, redact, sign
from nbprovider.errors import NbproviderError, NoRoute, ProgramFailed, ProviderError, Unavailable
from nbprovider.protocols import objects
from nbprovider.protocols.contract import Listed, Page, WireProtocol
from nbprovider.protocols.faults import request_id
from nbprovider.protocols.framing import loads
from nbprovider.protocols.options import extended
from nbprovider.protocols.reading import NONSENSE, Reading
from nbprovider.types import (
    Answered,
    Block,
    Call,
    Event,
    Failed,
    Head,
    Opened,
    Read,
    Request,
    Route,
    Send,
    Sleep,
    Started,
    Step,
)

Flow = Generator[Step | Event, Any, Any]

LONGEST_REFUSAL = 256 * 1024
"""Bytes of an error's body that are worth reading."""

LONGEST_LIST = 64 * 1024 * 1024
"""Bytes of a list of models that are believed."""


LINGER = 2.0
"""Seconds that a program may go on after it has said all; what hangs then is ended."""


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


def attempt(call: Call, access: Access, silence: float | None = None) -> Flow:
    """Ask one provider once.

    Raises UsageError before anything is sent when the protocol cannot carry the call, and
    ProviderError when the provider refuses, fails, or stops in the middle.
    """
    endpoint, origin = access.endpoint.speaking(call.model), access.endpoint.origin(call.model)
    provider = endpoint.provider
    if provider.protocol == objects.NAME:
        yield from _by_object(provider.key, _portable(call, origin, provider.key))
        return
    protocol = protocols.load(provider.protocol)
    asked = protocol.build(_portable(call, origin, provider.key), endpoint)
    if isinstance(asked, Request):
        asked = sign(extended(asked, call.extra) if call.extra else asked, access)
    head: Head = yield Send(asked, silence or provider.silence)
    yield Opened(head.status, head.headers, request_id(head.headers), origin)
    if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
        body = yield from _body(LONGEST_REFUSAL)
        raise _redirected(head) or _refusal(protocol, provider, head, body)
    yield from _reply(Reading(protocol, call, provider))


def _by_object(key: str, call: Call) -> Flow:
    """Ask a Python object; each piece is fetched where a wait blocks nobody."""
    pieces = objects.pieces(key, call)
    yield Opened(200, {})
    while (event := (yield Block(lambda: next(pieces, None)))) is not None:
        yield event


def _portable(call: Call, origin: str, provider: str) -> Call:
    """Return the call without what only another provider could read in its history.

    What the provider said in the same protocol is its own, so a builder finds its key there.
    """
    messages = tuple(
        message.portable()
        if message.origin not in ("", origin)
        else replace(message, origin=message.origin and provider)
        for message in call.messages
    )
    return replace(call, messages=messages)


def _reply(reading: Reading) -> Flow:
    """Yield what the reply says; a connection lost after the reply's end does not matter."""
    read, last = Read(), Read(LINGER)
    try:
        while data := (yield last if reading.finished else read):
            yield from reading.feed(data)
    except ProgramFailed as error:
        yield from reading.ended(error)
        return
    except Unavailable:
        if not reading.finished:
            raise
    yield from reading.close()


def _body(longest: int) -> Generator[Step, bytes, bytes]:
    """Return the rest of the response, as far as it is worth reading."""
    body = bytearray()
    while len(body) < longest and (data := (yield Read())):
        body += data
    return bytes(body)


def _refusal(protocol: WireProtocol, provider: Provider, head: Head, body: bytes) -> ProviderError:
    """Return the error of a refusal; a gateway's own shape is known to its provider file only."""
    described: Callable[..., ProviderError] | None = getattr(protocol, "error_by", None)
    if described is not None:
        return described(provider, head.status, head.headers, body)
    return protocol.error(head.status, head.headers, body)


def _redirected(head: Head) -> ProviderError | None:
    """Return the error of a redirect, which is never followed: it would carry the key along."""
    if head.status >= 400:  # noqa: PLR2004 - HTTP's own border
        return None
    target = head.headers.get("location", "an address it does not name")
    return Unavailable(
        f"The server answered {head.status} and points to {target.split('?')[0]}.",
        hint="If you trust that address, make it the base URL; redirects are not followed.",
        status=head.status,
    )


def resilient(
    call: Call,
    routes: tuple[Route, ...],
    access_for: Callable[[Route], Access],
    policy: Policy = Policy(),  # noqa: B008 - a frozen value
) -> Flow:
    """Ask the routes in their order; try again what may heal, go on where another may answer.

    Raises the only route's error, or NoRoute with the errors of all.
    """
    failures: list[tuple[Route, NbproviderError]] = []
    for route, following in _with_next(routes):
        answered = yield from _insist(call, route, following, access_for, policy, failures)
        if answered:
            return
        if not failures[-1][1].may_fall_back:
            break
    raise _verdict(failures)


def _with_next(routes: tuple[Route, ...]) -> Iterator[tuple[Route, Route | None]]:
    return zip(routes, (*routes[1:], None), strict=True)


def _insist(
    call: Call,
    route: Route,
    following: Route | None,
    access_for: Callable[[Route], Access],
    policy: Policy,
    failures: list[tuple[Route, NbproviderError]],
) -> Generator[Step | Event, Any, bool]:
    """Ask one route as often as the policy allows; say whether it answered."""
    asked = replace(call, model=route.model)
    for tried in range(1, policy.tries + 1):
        yield Started(route, len(failures) + 1)
        try:
            access: Access = yield Block(lambda: access_for(route))
            yield from attempt(asked, access, policy.silence)
        except NbproviderError as error:
            failures.append((route, _placed(error, route)))
            wait = policy.wait(error, tried)
            next_route = following if error.may_fall_back else None
            yield Failed(error, wait, next_route if wait is None else route)
            if wait is None:
                return False
            yield Sleep(wait)
        else:
            yield Answered(route)
            return True
    return False


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
    told = "; ".join(f"{ref}: {error.message}" for ref, error in last.items())
    return NoRoute(
        f"None of {len(last)} routes answered. {told}",
        hint="%provider route shows which models are tried.",
        errors=tuple(last.items()),
    )


def discover(access: Access) -> Generator[Step, Any, tuple[Listed, ...]]:
    """Return the models that the account's provider lists, all pages of it.

    Raises ProviderError when the list cannot be had.
    """
    endpoint = access.endpoint.speaking()
    protocol = protocols.load(endpoint.provider.protocol)
    found: list[Listed] = []
    after: str | None = None
    while True:
        request = sign(protocol.models(endpoint, after), access)
        head: Head = yield Send(request)
        body = yield from _body(LONGEST_LIST)
        if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
            raise _redirected(head) or _refusal(protocol, endpoint.provider, head, body)
        page = _page(protocol, body)
        found += page.models
        if not page.next or page.next == after:
            return tuple(found)
        after = page.next


def _page(protocol: WireProtocol, body: bytes) -> Page:
    """Return the models that a body lists; raises Unavailable when it lists none."""
    value = loads(body)
    try:
        return protocol.parse_models(value)
    except NONSENSE as error:
        raise Unavailable(
            "The list of models has an unknown shape.",
            hint="Check the base URL; a model's name can be used without the list.",
            detail=repr(value)[:300],
        ) from error
