"""A form with one file as bytes: multipart/form-data (RFC 7578)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct


class File(Struct, frozen=True):
    """A file to send: its field, its name, its media type, its bytes."""

    field: str
    name: str
    mime: str
    data: bytes


def encode(fields: Iterable[tuple[str, str]], file: File) -> tuple[str, bytes]:
    """Return the content type and the body of a form; a field may come more than once.

    The same form gives the same bytes: its boundary is a digest of what it holds.
    """
    parts = [_field(name, value) for name, value in fields]
    parts.append(_file(file))
    boundary = _boundary(parts)
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _field(name: str, value: str) -> bytes:
    return f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}'.encode()


def _file(file: File) -> bytes:
    head = (
        f'Content-Disposition: form-data; name="{_quoted(file.field)}";'
        f' filename="{_quoted(file.name)}"\r\nContent-Type: {file.mime}\r\n\r\n'
    )
    return head.encode() + file.data


def _quoted(name: str) -> str:
    """Escape what would end the name, the way browsers do (WHATWG's form encoding)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _boundary(parts: list[bytes]) -> str:
    """Return a line that no part holds."""
    digest = hashlib.sha256(b"".join(parts)).hexdigest()[:32]
    while any(digest.encode() in part for part in parts):
        digest = hashlib.sha256(digest.encode()).hexdigest()[:32]
    return digest
