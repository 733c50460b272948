"""A service asked once and read whole (embeddings, speech, transcription), as a generator."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access, sign
from nbprovider.errors import ProviderError
from nbprovider.flow import whole_body
from nbprovider.persistence import Means, persistent
from nbprovider.protocols.faults import request_id
from nbprovider.protocols.vetting import vetted
from nbprovider.types import (
    Event,
    Head,
    Opened,
    Report,
    Request,
    Route,
    Send,
    Sending,
    Served,
    Step,
    Usage,
)

T = TypeVar("T")

LONGEST = 1024 * 1024 * 1024
"""Bytes of a reply that are believed: 2048 embeddings of 4096 numbers are a sixth of it."""


class Reply(Struct, Generic[T], frozen=True):
    """What a service gave, what that took, and the model that made it ("" unknown)."""

    value: T
    usage: Usage = Usage()
    model: str = ""


class Exchange(Struct, Generic[T], frozen=True):
    """One request to a service, and how its reply is read.

    `read(headers, body)` raises ProviderError for a body that is no reply.
    """

    request: Request
    read: Callable[[Mapping[str, str], bytes], Reply[T]]
    error: Callable[[int, Mapping[str, str], bytes], ProviderError]


Job = Callable[[Endpoint, str], Exchange[T]]
"""What to ask of an endpoint's model; raises UsageError for what cannot be asked of it."""


def served(job: Job[T], routes: tuple[Route, ...], means: Means) -> Generator[Step | Event, Any, T]:
    """Ask a service as `resilient` asks a model, return what it gave.

    Raises the only route's error, or NoRoute with the errors of all.
    """

    def once(route: Route, access: Access) -> Generator[Step | Event, Any, T]:
        exchange = job(access.endpoint, route.model)
        return _attempt(exchange, access, route.model, means.policy.silence)

    value: T = yield from persistent(once, routes, means)
    return value


def _attempt(
    exchange: Exchange[T], access: Access, model: str, silence: float | None
) -> Generator[Step | Event, Any, T]:
    provider = access.endpoint.provider
    request = sign(exchange.request, access)
    yield Sending(request.host)
    head: Head = yield Send(request, silence or provider.silence, access.about(model))
    yield Opened(head.status, head.headers, request_id(head.headers))
    body = yield from whole_body(head, exchange.error, LONGEST)
    reply = exchange.read(head.headers, body)
    yield vetted(Served(reply.model))
    yield vetted(Report(reply.usage))
    return reply.value
