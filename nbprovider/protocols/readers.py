"""Readers of one kind of body each: server-sent events, lines of JSON, a document, a web page.

Server-sent events are read by the WHATWG's rules: lines end in LF, CRLF or CR, the data lines of
one event are joined by LF, comments and other fields mean nothing to us.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress

import msgspec

from nbprovider.errors import Unavailable

LONGEST = 16 * 1024 * 1024
"""Bytes that one line, event or document may have."""

LONGEST_PAGE = 64 * 1024
"""Bytes of a web page that are searched for its title."""

TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


class Lines:
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
        """Return the lines that these bytes complete."""
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


class Events:
    """Server-sent events: payloads are the data of each.

    A JSON object that stands bare behind the last event is a payload too: so Google ends a stream
    that fails half-way.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        self._bare: list[bytes] = []
        self._held = 0
        self._idle = True

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that these bytes complete."""
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
        self._held += len(line) + 1  # an empty line takes room, too
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
        """Return what is left at the end of the body."""
        if rest := self._lines.rest():
            self._take(rest)
        payload = self._event() or b"\n".join(self._bare)
        return [payload] if payload else []


class JsonLines:
    """One JSON value a line."""

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that these bytes complete."""
        return [line for line in self._lines.feed(data) if line and not line.isspace()]

    def close(self) -> list[bytes]:
        """Return what is left at the end of the body."""
        rest = self._lines.rest().strip()
        return [rest] if rest else []


class ProgramLines(JsonLines):
    """One JSON object a line, as a program writes it; what else it prints is given as a string.

    Its own log may stand in between, and a last line may be cut off.
    """

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that these bytes complete."""
        return [_object_or_words(line) for line in super().feed(data)]

    def close(self) -> list[bytes]:
        """Return what is left at the end of the body."""
        return [_object_or_words(rest) for rest in super().close()]


class Document:
    """One JSON document, given back at its end."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Keep the bytes; raises Unavailable for too many."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held > LONGEST:
            raise _too_long()
        return []

    def close(self) -> list[bytes]:
        """Return the document."""
        return [b"".join(self._pieces)]


class WebPage:
    """A page meant for a browser: read up to its title, then refused."""

    def __init__(self) -> None:
        self._page = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Read on; raises Unavailable once the title is known."""
        self._page += data
        if len(self._page) > LONGEST_PAGE or TITLE.search(self._page):
            raise web_page(self._page)
        return []

    def close(self) -> list[bytes]:
        """Raise Unavailable: a page is no answer."""
        raise web_page(self._page)


def _object_or_words(line: bytes) -> bytes:
    """Return a line that is a JSON object as it is, any other as a JSON string."""
    words = line.decode("utf-8", "replace").strip()
    with suppress(ValueError, RecursionError):
        if words.startswith("{") and isinstance(json.loads(words, strict=False), dict):
            return line
    return msgspec.json.encode(words)


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
