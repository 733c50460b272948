"""Bytes in, payloads out: server-sent events, AWS event streams, JSON by lines or in one piece.

Nothing is read here: bytes are fed as they come, cut anywhere, and what they complete is given
back. The first visible byte says what a body is; `readers` has a reader for each kind.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

import msgspec

from nbprovider.errors import Unavailable
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.eventstream import EventStream
from nbprovider.protocols.readers import Document, Events, JsonLines, ProgramLines, WebPage

BOM = b"\xef\xbb\xbf"


class Decoder(Protocol):
    """Cuts a body into payloads.

    `whole` turns True once the body is seen to be one JSON document and no stream: it is then
    collected, and `close` gives it back.
    """

    @property
    def whole(self) -> bool:
        """Whether the body is one JSON document."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that these bytes complete; raises Unavailable for nonsense."""

    def close(self) -> list[bytes]:
        """Return what is left at the end of the body."""


def decoder(name: FramingName) -> Decoder:
    """Return a new decoder for a framing."""
    return _Body(name)


def loads(payload: bytes) -> Any:
    """Return the value of JSON text, forgiving invalid UTF-8, lone surrogates and NaN.

    Raises Unavailable for text that is no JSON.
    """
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _loads_leniently(payload)


def _loads_leniently(payload: bytes) -> Any:
    try:
        value = json.loads(payload.decode("utf-8", "replace"), strict=False)
        # A lone surrogate can be in a str, but in no output: it becomes a question mark.
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unavailable(
            "The answer is garbled: a part of it is no JSON.",
            hint="Try again; if it stays so, check the account's base URL.",
            detail=repr(payload[:80]),
        ) from None


_Reader = Events | JsonLines | ProgramLines | EventStream | Document | WebPage
_READERS: dict[FramingName, type[_Reader]] = {
    "sse": Events,
    "ndjson": JsonLines,
    "aws": EventStream,
    "program": ProgramLines,
}
_OTHERWISE: dict[FramingName, dict[bytes, type[_Reader]]] = {
    "sse": {b"{": Document, b"[": Document, b"<": WebPage},
    "ndjson": {b"<": WebPage},
    "aws": {b"{": Document, b"[": Document, b"<": WebPage},
    "program": {},
}


class _Body:
    """A body whose first visible byte says what it is."""

    def __init__(self, name: FramingName) -> None:
        self._name = name
        self._start = b""
        self._reader: _Reader | None = None

    @property
    def whole(self) -> bool:
        return isinstance(self._reader, Document)

    def feed(self, data: bytes) -> list[bytes]:
        if self._reader is not None:
            return self._reader.feed(data)
        self._start += data
        if BOM.startswith(self._start):
            return []
        start = self._start.removeprefix(BOM).lstrip()
        if not start:
            self._start = b""
            return []
        self._reader = _OTHERWISE[self._name].get(start[:1], _READERS[self._name])()
        return self._reader.feed(start)

    def close(self) -> list[bytes]:
        return self._reader.close() if self._reader is not None else []
