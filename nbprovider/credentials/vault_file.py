"""The vault's file as text: a header, twice, and one line a record, each with its checksum.

Each line stands alone: what is wrong with one says nothing about the others. A line that makes no
sense is carried along as it is, until somebody removes it.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from nbprovider.credentials.stored import Sealed, Stored

VERSION = 1
COPIES = 2
"""How often the header is there: one may be damaged."""
NEWER = VERSION + 1
"""Stands for any later version."""

Way = Literal["passphrase", "keychain", "machine"]
"""Where a vault key comes from."""

T = TypeVar("T")

_BEGIN = re.compile(rb"[0-9a-f]{32} \{")
# A line end in which one bit was flipped, between two lines.
_JOINT = re.compile(rb"(?<=\})[^\n](?=[0-9a-f]{32} \{)")
_OF_HEADER = (b'"nbprovider-vault":', b'"vault-keys":')


class VaultKey(Struct, frozen=True):
    """How to come by a vault key; not the key.

    - `id`: its name in `Sealed.key`
    - `salt`: base64; `cost`: scrypt's N
    - `check`: an empty text sealed under the key, by which a wrong key is known
    """

    id: str
    way: Way
    salt: str
    cost: int
    check: Sealed


class Header(Struct, frozen=True):
    """The first line: the file's version, and the vault keys in use, the current one first."""

    version: int = field(default=VERSION, name="nbprovider-vault")
    keys: tuple[VaultKey, ...] = field(default=(), name="vault-keys")

    def key(self, name: str) -> VaultKey | None:
        """Return the vault key of this id."""
        return next((key for key in self.keys if key.id == name), None)


class Damaged(Struct, frozen=True):
    """A line that is not as it was written.

    - `id`: by which it can be purged
    - `account`: what it seems to say, None when nothing; any letter of it may be wrong
    - `line`: the bytes in the file
    """

    id: str
    account: Stored | None
    line: bytes

    @property
    def name(self) -> str:
        """The account's name, as far as it can be read."""
        return self.account.name if self.account else ""


class Content(Struct, frozen=True):
    """What the file says; `header` is None when no line of it is whole."""

    header: Header | None = None
    records: tuple[Stored | Damaged, ...] = ()

    def stored(self) -> tuple[Stored, ...]:
        """Return the whole records."""
        return tuple(one for one in self.records if isinstance(one, Stored))

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the others."""
        return tuple(one for one in self.records if isinstance(one, Damaged))


def parse(data: bytes) -> Content:
    """Read the file; nothing in it is an error."""
    lines = [(line, _read(line)) for line in _lines(data)]
    header = next((read for _, read in lines if isinstance(read, Header)), None)
    records: dict[str, Stored | Damaged] = {}
    for place, (line, read) in enumerate(lines):
        if isinstance(read, Header) or (header and place < COPIES and _is_header(line)):
            continue
        whole = read and read.id not in records
        record = read if read and whole else _damaged(line, records)
        records[record.id] = record
    return Content(header, tuple(records.values()))


def write(content: Content) -> bytes:
    """Return the file's bytes."""
    header = _line(content.header or Header())
    return b"".join((*[header] * COPIES, *map(_line, content.records)))


def _line(one: Header | Stored | Damaged) -> bytes:
    if isinstance(one, Damaged):
        return one.line + b"\n"
    body = msgspec.json.encode(one)
    return _checksum(body) + b" " + body + b"\n"


def _checksum(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).hexdigest().encode()


def _lines(data: bytes) -> list[bytes]:
    """Return the file's lines; a bit that makes or unmakes a line end does not make two of one."""
    lines: list[bytes] = []
    for line in filter(None, data.split(b"\n")):
        if lines and not _BEGIN.match(line) and not lines[-1].endswith(b"}"):
            lines[-1] += b"\n" + line
        else:
            lines.append(line)
    return [part for line in lines for part in _parted(line)]


def _parted(line: bytes) -> list[bytes]:
    parts = _JOINT.split(line)
    return parts if len(parts) > 1 and any(map(_body, parts)) else [line]


def _body(line: bytes) -> bytes:
    """Return the line without its checksum, nothing when that is wrong."""
    checksum, _, body = line.partition(b" ")
    return body if checksum == _checksum(body) else b""


def _read(line: bytes) -> Header | Stored | None:
    body = _body(line)
    if body.startswith(b"{" + _OF_HEADER[0]):
        return _decoded(body, Header) or Header(NEWER)
    return _decoded(body, Stored)


def _decoded(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _is_header(line: bytes) -> bool:
    return any(mark in line for mark in _OF_HEADER)


def _damaged(line: bytes, taken: dict[str, Stored | Damaged]) -> Damaged:
    account = _decoded(line[line.find(b"{") :], Stored)
    if account and account.id not in taken:
        return Damaged(account.id, account, line)
    return Damaged("damaged-" + blake2b(line, digest_size=6).hexdigest(), account, line)
