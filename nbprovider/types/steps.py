"""What a flow needs from the world: its driver does it and sends the result back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from msgspec import Struct


class Request(Struct, frozen=True):
    """An HTTP request, ready to be sent; `body` is b"" for none."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Head(Struct, frozen=True):
    """The beginning of an HTTP response; header names are lower case."""

    status: int
    headers: Mapping[str, str]


class Send(Struct, frozen=True):
    """Send the request, give back its Head; silence beyond `silence` seconds is a stall."""

    request: Request
    silence: float = 30.0


class Read(Struct, frozen=True):
    """Give back the next bytes of the response, b"" at its end."""


class Sleep(Struct, frozen=True):
    """Wait so many seconds."""

    seconds: float


class Await(Struct, frozen=True):
    """Run a coroutine on the user's own loop, give back its result."""

    coroutine: Coroutine[Any, Any, Any]


class Block(Struct, frozen=True):
    """Call a function that may block for a moment, give back its result."""

    function: Callable[[], Any]


Step = Send | Read | Sleep | Await | Block
