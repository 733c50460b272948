"""A call as one generator: it yields steps for a driver, and events for whoever listens.

Neither sync nor async, and no I/O: `transport` drives it either way, a test drives it by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from nbprovider import protocols
from nbprovider.catalog import Provider
from nbprovider.credentials import Access, sign
from nbprovider.errors import ContextTooLong, ProgramFailed, ProviderError, Unavailable
from nbprovider.persistence import Flow, Guard, Means, Policy, persistent
from nbprovider.protocols import objects
from nbprovider.protocols.contract import Listed, Page, WireProtocol
from nbprovider.protocols.distinct import distinct
from nbprovider.protocols.faults import request_id
from nbprovider.protocols.framing import loads
from nbprovider.protocols.options import check, extended
from nbprovider.protocols.reading import Reading
from nbprovider.protocols.vetting import NONSENSE
from nbprovider.types import (
    Alive,
    Block,
    Call,
    Event,
    Head,
    Opened,
    Read,
    Request,
    Route,
    Send,
    Sending,
    Step,
)

__all__ = [
    "Fit",
    "Flow",
    "Guard",
    "Means",
    "Policy",
    "Shorten",
    "as_it_is",
    "attempt",
    "discover",
    "for_route",
    "refused_body",
    "resilient",
    "whole_body",
]

LONGEST_REFUSAL = 256 * 1024
"""Bytes of an error's body that are worth reading."""

LONGEST_LIST = 64 * 1024 * 1024
"""Bytes of a list of models that are believed."""


LINGER = 2.0
"""Seconds that a program or a server may go on after it has said all; what hangs is ended."""


def attempt(call: Call, access: Access, silence: float | None = None) -> Flow:
    """Ask one provider once.

    A login's token that is refused is renewed, and the call is asked once more. Raises UsageError
    before anything is sent when the protocol cannot carry the call, and ProviderError when the
    provider refuses, fails, or stops in the middle.
    """
    endpoint, origin = access.endpoint.speaking(call.model), access.endpoint.origin(call.model)
    provider = endpoint.provider
    if provider.protocol == objects.NAME:
        yield from _by_object(provider.key, _portable(call, origin, provider.key))
        return
    protocol = protocols.load(provider.protocol)
    check(call, provider)
    asked = protocol.build(_portable(call, origin, provider.key), endpoint)
    if isinstance(asked, Request):
        asked = sign(extended(asked, call.extra) if call.extra else asked, access)
    yield Sending(asked.host if isinstance(asked, Request) else "")
    head: Head = yield Send(asked, silence or provider.silence, access.about(call.model))
    if head.status == 401 and access.renew is not None:  # noqa: PLR2004 - HTTP's own code
        renewed: Access = yield Block(access.renew)
        yield from attempt(call, replace(renewed, renew=None, account=access.account), silence)
        return
    yield Opened(head.status, head.headers, request_id(head.headers), origin)
    if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
        raise (yield from refused_body(protocol, provider, head))
    yield from _reply(Reading(protocol, call, provider))


def _by_object(key: str, call: Call) -> Flow:
    """Ask a Python object; each piece is fetched where a wait blocks nobody."""
    pieces = objects.pieces(key, call)
    yield Sending()
    yield Opened(200, {})
    while (event := (yield Block(lambda: next(pieces, None)))) is not None:
        yield event


def _portable(call: Call, origin: str, provider: str) -> Call:
    """Return the call without what only another provider could read in its history.

    No two calls of tools have one id, whoever gave it.
    What the provider said in the same protocol is its own, so a builder finds its key there.
    """
    messages = tuple(
        message.portable()
        if message.origin not in ("", origin)
        else replace(message, origin=message.origin and provider)
        for message in distinct(call.messages)
    )
    return replace(call, messages=messages)


def _reply(reading: Reading) -> Flow:
    """Yield what the reply says; a connection lost after the reply's end does not matter."""
    read, last = Read(), Read(LINGER)
    while True:
        try:
            data = yield last if reading.finished else read
        except ProgramFailed as error:
            yield from reading.ended(error)
            return
        except Unavailable:
            if not reading.finished:
                raise
            break
        if not data:
            break
        yield from _heard(reading.feed(data))
    yield from reading.close()


def _heard(events: Iterator[Event]) -> Iterator[Event]:
    """Yield what some bytes say; those that say nothing are a sign of life."""
    first = next(events, None)
    if first is None:
        yield Alive()
        return
    yield first
    yield from events


def _body(longest: int) -> Generator[Step, bytes, bytes]:
    """Return the rest of the response, as far as it is worth reading."""
    body = bytearray()
    while len(body) < longest and (data := (yield Read())):
        body += data
    return bytes(body)


def whole_body(
    head: Head, error: Callable[[int, Mapping[str, str], bytes], ProviderError], longest: int
) -> Generator[Step, bytes, bytes]:
    """Return all of a reply, at most `longest` bytes; raises the error that a refusal means."""
    if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
        body = yield from _body(LONGEST_REFUSAL)
        raise _redirected(head) or error(head.status, head.headers, body)
    return (yield from _body(longest))


def refused_body(
    protocol: WireProtocol, provider: Provider, head: Head
) -> Generator[Step, bytes, ProviderError]:
    """Read the body of a refusal, return the error that it means."""
    body = yield from _body(LONGEST_REFUSAL)
    return _redirected(head) or _refusal(protocol, provider, head, body)


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


Fit = Callable[[Call, Route], Call]
"""A call as it is to be asked of a route."""


def for_route(call: Call, route: Route) -> Call:
    """Return the call for the route's model."""
    return replace(call, model=route.model)


Shorten = Callable[[Call, Route, ContextTooLong], bool]
"""Whether a call that was too long for a route is shorter when it is fitted again."""


def as_it_is(_call: Call, _route: Route, _error: ContextTooLong) -> bool:
    """Say that a call cannot be made shorter."""
    return False


def resilient(
    call: Call,
    routes: tuple[Route, ...],
    means: Means,
    fit: Fit = for_route,
    shorten: Shorten = as_it_is,
) -> Flow:
    """Ask the routes in their order; try again what may heal, go on where another may answer.

    Raises the only route's error, or NoRoute with the errors of all.
    """

    def once(route: Route, access: Access) -> Flow:
        try:
            yield from attempt(fit(call, route), access, means.policy.silence)
        except ContextTooLong as error:
            if shorten(call, route, error):
                error.may_retry, error.retry_after = True, 0.0
            raise

    return persistent(once, routes, means)


def discover(access: Access) -> Generator[Step, Any, tuple[Listed, ...]]:
    """Return the models that the account's provider lists, all pages of it.

    Raises ProviderError when the list cannot be had.
    """
    endpoint = access.endpoint.speaking()
    protocol = protocols.load(endpoint.provider.protocol)
    found: list[Listed] = []
    asked: set[str | None] = set()
    after: str | None = None
    while after not in asked:  # a server that names a page again would be asked for ever
        asked.add(after)
        request = sign(protocol.models(endpoint, after), access)
        head: Head = yield Send(request, about=access.about())
        if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
            raise (yield from refused_body(protocol, endpoint.provider, head))
        page = _page(protocol, (yield from _body(LONGEST_LIST)))
        found += page.models
        after = page.next or None
    return tuple(found)


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
