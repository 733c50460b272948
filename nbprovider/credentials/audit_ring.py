"""The file of the audit: entries are added under a lock, and the oldest fall off.

Two files in the vault's folder: `audit.jsonl`, an entry a line, and `audit.key`: 32 bytes of key,
then number (8) and seal (32) of the newest entry.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider import config

KEPT = 500
"""Entries in the ring."""

SLACK = 100
"""Entries beyond it after which the file is written anew."""

PATIENCE = 2.0
"""Seconds to wait for another kernel that notes a request; a question does not wait longer."""

_LAST = 8192
"""Bytes at the end of the file in which its last entry is looked for."""

_KEY, _WHOLE = 32, 72
_JSON = msgspec.json.Encoder()


class Entry(Struct, frozen=True):
    """One request.

    - `number`: one more than the entry before
    - `at`: UTC, ISO 8601
    - `provider`, `account`, `model`: "" where the request is for none
    - `method`: HTTP's, or RUN for a program; `host`: with its port, or the program's name
    - `path`: without query
    - `length`: bytes of the body
    - `signature`: hex HMAC-SHA256 over provider, model, time and body
    - `previous`: the seal of the entry before; zeros for the first of all
    - `seal`: hex HMAC-SHA256 over all of the above
    """

    number: int
    at: str
    provider: str
    account: str
    model: str
    method: str
    host: str
    path: str
    length: int
    signature: str
    previous: str
    seal: str = ""


class Head(Struct, frozen=True):
    """The key, and the newest entry as it was noted."""

    key: bytes
    number: int = 0
    seal: str = "0" * 64

    def packed(self) -> bytes:
        """Return the bytes of the key's file."""
        return self.key + self.number.to_bytes(8, "big") + bytes.fromhex(self.seal)


class Ring:
    """The entries in a folder; other processes may add to them at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "audit.jsonl"
        self._key = folder / "audit.key"

    def append(self, made: Callable[[Head], Entry]) -> None:
        """Add the entry that is made for the newest one; raises OSError, ConfigError."""
        config.made(self._folder)
        with self._locked():
            head = self.head() or self._begun()
            with _opened(self._log, os.O_RDWR | os.O_CREAT) as log:
                entry = made(_caught_up(head, _last(log)))
                log.seek(0, os.SEEK_END)
                log.write(_JSON.encode(entry) + b"\n")
            self._remember(Head(head.key, entry.number, entry.seal))
            if entry.number % SLACK == 0:
                self._shorten()

    def head(self) -> Head | None:
        """Return the key and what it remembers, None when there is no whole one."""
        try:
            data = self._key.read_bytes()
        except FileNotFoundError:
            return None
        if len(data) != _WHOLE:
            return None
        number = int.from_bytes(data[_KEY : _KEY + 8], "big")
        return Head(data[:_KEY], number, data[_KEY + 8 :].hex())

    def lines(self) -> tuple[Head | None, list[bytes]]:
        """Return the key and the lines of the list, as they are at one moment; raises OSError."""
        if not self._log.exists():
            return self.head(), []
        with suppress(OSError), self._locked():  # where nothing can be written, nobody writes
            return self.head(), self._log.read_bytes().splitlines()
        return self.head(), self._log.read_bytes().splitlines()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock

        with FileLock(self._folder / "audit.lock", PATIENCE, mode=0o600, poll_interval=0.005):
            yield

    def _begun(self) -> Head:
        """Make a key; entries of a lost one cannot be verified, and are put aside."""
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".old"))
        head = Head(secrets.token_bytes(_KEY))
        with _opened(self._key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            file.write(head.packed())
        return head

    def _remember(self, head: Head) -> None:
        with _opened(self._key, os.O_WRONLY) as file:
            file.write(head.packed())

    def _shorten(self) -> None:
        lines = self._log.read_bytes().splitlines(keepends=True)
        if len(lines) < KEPT + SLACK:
            return
        beside = self._log.with_suffix(".new")
        with _opened(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            file.write(b"".join(lines[-KEPT:]))
        beside.replace(self._log)


def parsed(line: bytes) -> Entry | None:
    """Return the entry of a line, None for what is none."""
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def seal(key: bytes, entry: Entry) -> str:
    """Return the seal that an entry has to have."""
    return hmac.digest(key, _JSON.encode(replace(entry, seal="")), "sha256").hex()


def _opened(path: Path, flags: int) -> BinaryIO:
    """Open a file of the user's alone."""
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    return os.fdopen(handle, "r+b" if flags & os.O_RDWR else "wb")


def _last(log: BinaryIO) -> Entry | None:
    """Return the last entry; cut off the beginning of one that a killed process left."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LAST))
    end = log.read(_LAST)
    if b"\n" not in end:
        log.seek(0)
        end = log.read()
    whole, newline, torn = end.rpartition(b"\n")
    if torn:
        log.truncate(size - len(torn))
    return parsed(whole.rpartition(b"\n")[2]) if newline else None


def _caught_up(head: Head, last: Entry | None) -> Head:
    """Return the head with the entry that a process wrote, and was killed before it said so."""
    if last is None or (last.number, last.previous) != (head.number + 1, head.seal):
        return head
    genuine = hmac.compare_digest(seal(head.key, last), last.seal)
    return Head(head.key, last.number, last.seal) if genuine else head
