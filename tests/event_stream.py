"""Event-stream messages for tests, built by AWS's description of the encoding."""

from __future__ import annotations

import json
import struct
from typing import Any
from zlib import crc32


def text_header(name: str, value: str) -> bytes:
    """Return a header whose value is text (type 7)."""
    return raw_header(name, 7, struct.pack(">H", len(value.encode())) + value.encode())


def raw_header(name: str, kind: int, value: bytes) -> bytes:
    """Return a header of any type, its value as bytes."""
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def message(headers: bytes, payload: bytes) -> bytes:
    """Return one message with its checksums."""
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    start = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def event(kind: str, payload: Any) -> bytes:
    """Return an event as Bedrock sends it."""
    headers = (
        text_header(":event-type", kind)
        + text_header(":content-type", "application/json")
        + text_header(":message-type", "event")
    )
    return message(headers, json.dumps(payload).encode())


def exception(kind: str, payload: Any) -> bytes:
    """Return an exception as Bedrock sends it."""
    headers = text_header(":exception-type", kind) + text_header(":message-type", "exception")
    return message(headers, json.dumps(payload).encode())
