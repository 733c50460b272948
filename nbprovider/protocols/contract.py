"""What a protocol module must have: pure functions from our values to bytes and back.

A protocol is a module. It does no I/O and keeps nothing: what a reply needs remembered lives in
one `State` per attempt, so that two replies read in turns never mix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import ProviderError
from nbprovider.types import Call, Command, Event, Request

FramingName = Literal["sse", "ndjson", "aws", "program"]


class Listed(Struct, frozen=True, omit_defaults=True):
    """One model as its provider lists it; None where the list does not say.

    `context` and `max_output` are tokens; `can` holds words such as "tools", "vision",
    "thinking", "embedding"; `retires` is a date as the provider writes it, or "deprecated" where
    it names no day.
    """

    id: str
    name: str = ""
    context: int | None = None
    max_output: int | None = None
    can: tuple[str, ...] | None = None
    retires: str | None = None
    successor: str | None = None


class Page(Struct, frozen=True):
    """Some models of a list, and the token that asks for the next ones (None at the end)."""

    models: tuple[Listed, ...]
    next: str | None = None


class State(Protocol):
    """What one attempt remembers between payloads.

    `done` is set by the flow when the stream's `[DONE]` mark went by.
    """

    done: bool

    def __init__(self, call: Call, provider: Provider) -> None:
        """Begin a reply to `call`."""


class WireProtocol(Protocol):
    """The names a protocol module must have."""

    FRAMING: FramingName
    State: type[Any]

    def build(self, call: Call, endpoint: Endpoint) -> Request | Command:
        """Return the request, or the command, that asks `call`, without its key.

        Media of kinds that the provider's file refuses do not come here. Raises UsageError, naming
        it, for an option or a part that the protocol cannot carry.
        """

    def events(self, payload: Any, state: Any) -> Iterator[Event]:
        """Yield what one decoded payload of a stream says.

        Raises ProviderError when the payload is an error.
        """

    def whole(self, payload: Any, state: Any) -> Iterator[Event]:
        """Yield what the decoded body of a reply that was not streamed says."""

    def close(self, state: Any) -> Iterator[Event]:
        """Yield what is left to say after the last byte.

        A Finish that never came is not made up here, unless the protocol's own end mark did.
        """

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Return the error that a refused request means: by code, then status, then words."""

    def models(self, endpoint: Endpoint, after: str | None = None) -> Request:
        """Return the request that lists models, from the token `after` on."""

    def parse_models(self, payload: Any) -> Page:
        """Return the models that a decoded list names."""
