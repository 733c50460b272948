"""The download of a model by a server of one's own, as a generator: no I/O here."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

from nbprovider import protocols
from nbprovider.credentials import Access, sign
from nbprovider.errors import Unavailable, Unreachable
from nbprovider.flow import refused_body
from nbprovider.protocols.framing import decoder, loads
from nbprovider.protocols.ollama_pull import SERVICE, Pulled, pull
from nbprovider.protocols.vetting import NONSENSE
from nbprovider.types import Block, Head, Read, Send, Step

__all__ = ["SERVICE", "Progress", "pulling"]

Progress = Callable[[int, int | None], None]
"""Called with the bytes so far and the bytes in all (None when unknown)."""


def pulling(model: str, access: Access, progress: Progress) -> Generator[Step, Any, None]:
    """Have the server fetch a model, tell how far it is as it goes.

    Raises Unreachable when the server does not run, UnknownModel when there is no such model, and
    Unavailable when the download breaks off; Ollama then goes on where it stopped. Closing the
    generator ends the download.
    """
    provider = access.endpoint.provider
    request = sign(pull(model, access.endpoint), access)
    try:
        head: Head = yield Send(request, provider.silence, access.about(model))
    except Unreachable as error:
        error.hint = "Start Ollama: open its app, or run `ollama serve` in a terminal."
        raise
    if head.status >= 300:  # noqa: PLR2004 - HTTP's own border
        raise (yield from refused_body(protocols.load(provider.protocol), provider, head))
    yield from _told(progress)


def _told(progress: Progress) -> Generator[Step, Any, None]:
    lines, pulled = decoder("ndjson"), Pulled()
    while data := (yield Read()):
        _see(lines.feed(data), pulled)
        yield Block(partial(progress, pulled.done, pulled.total))
    _see(lines.close(), pulled)
    if not pulled.finished:
        raise Unavailable(
            "The download broke off before its end.",
            hint="Pull the model again: Ollama goes on where it stopped.",
        )


def _see(lines: Iterable[bytes], pulled: Pulled) -> None:
    for line in lines:
        try:
            pulled.saw(loads(line))
        except NONSENSE as error:
            raise Unavailable(
                "The server's report of the download has an unknown shape.",
                hint="Check that the address is Ollama's.",
                detail=repr(line[:300]),
            ) from error
