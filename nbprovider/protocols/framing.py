"""Bytes in, payloads out: server-sent events, AWS event streams, JSON by lines or in one piece.

Nothing is read here: bytes are fed as they come, cut anywhere, and what they complete is given
back. Server-sent events by the WHATWG's rules: lines end in LF, CRLF or CR, the data lines of one
event are joined by LF, comments and other fields mean nothing to us.
"""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

import msgspec

from nbprovider.errors import Unavailable
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.eventstream import EventStream

LONGEST = 16 * 1024 * 1024
"""Bytes that one line, event or document may have."""

LONGEST_PAGE = 64 * 1024
"""Bytes of a web page that are searched for its title."""

BOM = b"\xef\xbb\xbf"
TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


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


class _Lines:
    """Bytes in, whole lines out, without their ends."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._after_cr = False

    @property
    def between(self) -> bool:
        """Whether the last byte fed ended a line for good."""
        return not self._pieces and not self._after_cr

    def feed(self, data: bytes) -> list[bytes]:
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if not data:
            return []
        lines = data.splitlines()
        rest = b"" if data[-1:] in (b"\n", b"\r") else lines.pop()
        if lines and self._pieces:
            lines[0] = self.rest() + lines[0]
        if rest:
            self._hold(rest)
        self._after_cr = data.endswith(b"\r")
        return lines

    def _hold(self, rest: bytes) -> None:
        self._pieces.append(rest)
        self._held += len(rest)
        if self._held > LONGEST:
            raise _too_long()

    def rest(self) -> bytes:
        """Return the line that has no end yet, and forget it."""
        rest = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        return rest


class _Events:
    """Server-sent events: payloads are the data of each.

    A JSON object that stands bare behind the last event is a payload too: so Google ends a stream
    that fails half-way.
    """

    def __init__(self) -> None:
        self._lines = _Lines()
        self._data: list[bytes] = []
        self._bare: list[bytes] = []
        self._held = 0
        self._idle = True

    def feed(self, data: bytes) -> list[bytes]:
        # Nearly every chunk is one event of one line: it is given back without being taken apart.
        if (
            self._idle
            and data.startswith(b"data: ")
            and data.find(b"\n") == len(data) - 2
            and data.endswith(b"\n\n")
            and b"\r" not in data
        ):
            payload = data[6:-2].strip()
            return [payload] if payload else []
        payloads = [payload for line in self._lines.feed(data) if (payload := self._take(line))]
        self._idle = not self._data and not self._bare and self._lines.between
        return payloads

    def _take(self, line: bytes) -> bytes:
        """Take in one line; give back the event's data when the line ends it, else b""."""
        if line.startswith(b"data:"):
            self._bare.clear()
            self._hold(self._data, line[5:].removeprefix(b" "))
        elif self._bare or (not self._data and line.startswith(b"{")):
            self._hold(self._bare, line)
        elif not line:
            return self._event()
        return b""

    def _hold(self, lines: list[bytes], line: bytes) -> None:
        lines.append(line)
        self._held += len(line)
        if self._held > LONGEST:
            raise _too_long()

    def _event(self) -> bytes:
        if not self._data:
            return b""
        payload = b"\n".join(self._data).strip()
        self._data.clear()
        self._held = 0
        return payload

    def close(self) -> list[bytes]:
        if rest := self._lines.rest():
            self._take(rest)
        payload = self._event() or b"\n".join(self._bare)
        return [payload] if payload else []


class _JsonLines:
    """One JSON value a line."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, data: bytes) -> list[bytes]:
        return [line for line in self._lines.feed(data) if line and not line.isspace()]

    def close(self) -> list[bytes]:
        rest = self._lines.rest().strip()
        return [rest] if rest else []


class _ProgramLines(_JsonLines):
    """One JSON object a line, as a program writes it; what else it prints is given as a string.

    Its own log may stand in between, and a last line may be cut off.
    """

    def feed(self, data: bytes) -> list[bytes]:
        return [_object_or_words(line) for line in super().feed(data)]

    def close(self) -> list[bytes]:
        return [
            _object_or_words(rest) if rest.endswith(b"}") else _words(rest)
            for rest in super().close()
        ]


class _Document:
    """One JSON document, given back at its end."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[bytes]:
        self._pieces.append(data)
        self._held += len(data)
        if self._held > LONGEST:
            raise _too_long()
        return []

    def close(self) -> list[bytes]:
        return [b"".join(self._pieces)]


class _WebPage:
    """A page meant for a browser: read up to its title, then refused."""

    def __init__(self) -> None:
        self._page = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._page += data
        if len(self._page) > LONGEST_PAGE or TITLE.search(self._page):
            raise web_page(self._page)
        return []

    def close(self) -> list[bytes]:
        raise web_page(self._page)


_Reader = _Events | _JsonLines | _ProgramLines | EventStream | _Document | _WebPage
_READERS: dict[FramingName, type[_Reader]] = {
    "sse": _Events,
    "ndjson": _JsonLines,
    "aws": EventStream,
    "program": _ProgramLines,
}
_OTHERWISE: dict[FramingName, dict[bytes, type[_Reader]]] = {
    "sse": {b"{": _Document, b"[": _Document, b"<": _WebPage},
    "ndjson": {b"<": _WebPage},
    "aws": {b"{": _Document, b"[": _Document, b"<": _WebPage},
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
        return isinstance(self._reader, _Document)

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


def _object_or_words(line: bytes) -> bytes:
    return line if line.lstrip().startswith(b"{") else _words(line)


def _words(line: bytes) -> bytes:
    return msgspec.json.encode(line.decode("utf-8", "replace").strip())


def web_page(page: bytes) -> Unavailable:
    """Return the error of a web page that came where an answer was due; its title is quoted."""
    found = TITLE.search(page[:LONGEST_PAGE])
    title = " ".join(found[1].decode("utf-8", "replace").split())[:100] if found else ""
    named = f' titled "{title}"' if title else ""
    return Unavailable(
        f"A web page{named} came instead of an answer.",
        hint="Check the account's base URL; a proxy or a login page may stand in between.",
        detail=page[:2000].decode("utf-8", "replace"),
    )


def _too_long() -> Unavailable:
    return Unavailable(
        f"A piece of the answer is longer than {LONGEST // 2**20} MiB.",
        hint="Try again; if it stays so, check the account's base URL.",
    )
