"""AWS event streams (`application/vnd.amazon.eventstream`): bytes in, payloads out.

A message is: its length and the length of its headers (4 bytes each, big-endian), the CRC-32 of
these 8 bytes, headers, payload, and the CRC-32 of everything before. Source: AWS's documentation
of the encoding, and botocore's limits.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from zlib import crc32

import msgspec

from nbprovider.errors import Unavailable

LONGEST_HEADERS = 128 * 1024
LONGEST_MESSAGE = 24 * 1024 * 1024 + LONGEST_HEADERS
"""Bytes that the parts of one message may have."""

PRELUDE = 12
LEAST = PRELUDE + 4

FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header's value → its bytes; true and false are types without any."""

SIZED = frozenset({6, 7})
"""Types (bytes, text) whose value begins with its length in 2 bytes."""

_LENGTHS = struct.Struct(">II")
_PRELUDE = struct.Struct(">III")
_CHECK = struct.Struct(">I")
_SIZE = struct.Struct(">H")


class EventStream:
    """Cuts a stream into messages, and gives each back as a JSON object of one key.

    An event is `{"<event type>": payload}`; an exception, or an error of the stream itself, is
    `{"exception": {"type": its name, "body": payload}}`.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._broken: Unavailable | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that these bytes complete.

        Raises Unavailable when a checksum, a length or a header is not what it has to be; messages
        before it are given back first, however the bytes were cut.
        """
        self._check()
        self._held += data
        messages: list[bytes] = []
        at = 0
        try:
            while end := self._end(at):
                messages.append(_message(bytes(memoryview(self._held)[at:end])))
                at = end
        except Unavailable as error:
            self._broken = error
        del self._held[:at]
        if not messages:
            self._check()
        return messages

    def close(self) -> list[bytes]:
        """Return nothing: half a message says nothing, and whoever reads knows what is missing.

        Raises Unavailable for what `feed` has found behind its last messages.
        """
        self._check()
        return []

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _end(self, at: int) -> int:
        """Return where the message at `at` ends, 0 while it is not all here."""
        here = len(self._held) - at
        if here < PRELUDE:
            return 0
        length, headers, check = _PRELUDE.unpack_from(self._held, at)
        if crc32(bytes(self._held[at : at + 8])) != check:
            raise garbled("a length does not fit its checksum")
        if headers > LONGEST_HEADERS or not LEAST + headers <= length <= LONGEST_MESSAGE:
            raise garbled("a length is out of bounds")
        return at + length if here >= length else 0


def garbled(why: str) -> Unavailable:
    """Return the error of bytes that are no event stream."""
    return Unavailable(
        f"The answer is garbled: {why}.",
        hint="Try again; if it stays so, check the account's base URL.",
    )


def _message(message: bytes) -> bytes:
    """Return one message as JSON; its lengths are checked already."""
    (check,) = _CHECK.unpack_from(message, len(message) - 4)
    if crc32(message[:-4]) != check:
        raise garbled("a message does not fit its checksum")
    _, length = _LENGTHS.unpack_from(message)
    try:
        before, after = _wrapping(message[PRELUDE : PRELUDE + length])
    except (LookupError, UnicodeDecodeError, struct.error):
        raise garbled("a header has an unknown form") from None
    payload = message[PRELUDE + length : -4].strip()
    return before + (payload or b"{}") + after


@lru_cache(maxsize=64)
def _wrapping(raw: bytes) -> tuple[bytes, bytes]:
    """Return the JSON before and after a payload; a stream has few kinds of headers."""
    headers = _headers(raw)
    kind = headers.get(":message-type", "event")
    if kind == "event":
        return b"{" + _text(headers.get(":event-type", "")) + b":", b"}"
    name = headers.get(":exception-type") or headers.get(":error-code") or kind
    said = headers.get(":error-message")
    words = b',"message":' + _text(said) if said else b""
    return b'{"exception":{"type":' + _text(name) + words + b',"body":', b"}}"


def _text(words: str) -> bytes:
    return msgspec.json.encode(words)


def _headers(raw: bytes) -> dict[str, str]:
    """Return the headers that are text; the others are only stepped over."""
    found: dict[str, str] = {}
    at = 0
    while at < len(raw):
        name, at = _taken(raw, at + 1, raw[at])
        kind, at = raw[at], at + 1
        if kind in SIZED:
            (size,) = _SIZE.unpack_from(raw, at)
            value, at = _taken(raw, at + 2, size)
            if kind == 7:  # noqa: PLR2004 - the number that the format has for text
                found[name.decode()] = value.decode()
        else:
            at += FIXED[kind]
    if at != len(raw):
        raise LookupError("a value goes on beyond the headers")
    return found


def _taken(raw: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Return so many bytes and the place behind them; raises LookupError when there are fewer."""
    if at + size > len(raw):
        raise LookupError("a header goes on beyond the headers")
    return raw[at : at + size], at + size
