"""Read rows out of a database's pages one by one, where the trees that lead to them are broken.

A page of rows tells all about itself (https://www.sqlite.org/fileformat2.html, "B-tree Pages" and
"Record Format"), but not whose it is: a row is taken to be of the table whose columns it fits.
"""

from __future__ import annotations

import mmap
import re
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider.ledger import disk

_LEAF = 0x0D
_HEADER = 100
_MAGIC = b"SQLite format 3\0"
_USUAL = (disk.PAGE, 4096)
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Serial type → bytes of an integer."""

_NOT_NUMBERED = re.compile(r"WITHOUT ROWID|^CREATE VIRTUAL", re.IGNORECASE)

_MALFORMED = (ValueError, IndexError, struct.error)


class Shape(Struct, frozen=True):
    """A table as its rows look: its columns, and what their values may be.

    `alias` is the place of the column that stands for the row's number, None for none.
    """

    name: str
    columns: tuple[str, ...]
    kinds: tuple[tuple[type, ...], ...]
    alias: int | None

    def fits(self, values: tuple[Any, ...]) -> bool:
        """Say whether a row can be of this table: a column that was added later may lack."""
        if not len(self.columns) - 1 <= len(values) <= len(self.columns):
            return False
        if self.alias is not None and values[self.alias] is not None:
            return False
        return all(map(isinstance, values, self.kinds))


def add(path: Path, target: sqlite3.Connection, names: frozenset[str]) -> int:
    """Add to tables of the target the rows in a file's pages that they lack; return how many.

    Rows that fit several tables are left out, and pages that SQLite has marked as free.
    """
    shapes = list(_shapes(target))
    added = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for size in _sizes(content):
            for number, values in _Pages(content, size).rows():
                fitting = [shape for shape in shapes if shape.fits(values)]
                if len(fitting) == 1 and fitting[0].name in names:
                    added += _insert(target, fitting[0], number, values)
    return added


def _sizes(content: mmap.mmap) -> tuple[int, ...]:
    """Return the size of the file's pages, all that there were in ledgers if it does not tell."""
    told = int.from_bytes(content[16:18], "big")
    size = 65_536 if told == 1 else told
    is_size = size.bit_count() == 1 and size >= 512  # noqa: PLR2004 - the least that SQLite knows
    return (size,) if content[:16] == _MAGIC and is_size else _USUAL


def _insert(target: sqlite3.Connection, shape: Shape, number: int, values: tuple[Any, ...]) -> int:
    given = dict(zip(shape.columns, values, strict=False))
    if shape.alias is not None:
        given[shape.columns[shape.alias]] = number
    marks = ", ".join("?" * len(given))
    insert = f"INSERT OR IGNORE INTO {shape.name} ({', '.join(given)}) VALUES ({marks})"  # noqa: S608 - names of the schema
    return max(0, target.execute(insert, tuple(given.values())).rowcount)


def _shapes(connection: sqlite3.Connection) -> Iterator[Shape]:
    """Yield the tables with numbered rows, also those whose rows are not to be taken."""
    kinds = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for name, sql in found.fetchall():
        if name.startswith("sqlite_") or _NOT_NUMBERED.search(sql):
            continue
        info = connection.execute(f"PRAGMA table_info({name})").fetchall()
        key = [column for column in info if column[5]]
        alias = key[0][0] if len(key) == 1 and key[0][2].upper() == "INTEGER" else None
        yield Shape(
            name,
            tuple(column[1] for column in info),
            tuple(
                (kinds.get(column[2].upper(), object),)
                if column[3] and column[0] != alias
                else (kinds.get(column[2].upper(), object), type(None))
                for column in info
            ),
            alias,
        )


class _Pages:
    """The pages of a file, by SQLite's own measures."""

    def __init__(self, content: mmap.mmap, size: int) -> None:
        is_told = content[:16] == _MAGIC
        self._content = content
        self._size = size
        self._usable = size - (content[20] if is_told else 0)
        self._count = len(content) // size
        self._free = self._freed() if is_told else frozenset()

    def rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield the number and the values of all rows that make sense."""
        for page in range(1, self._count + 1):
            if page not in self._free:
                yield from self._of_page(page)

    def _of_page(self, number: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        page = self._page(number)
        head = _HEADER if number == 1 else 0
        if page[head] != _LEAF:
            return
        count = int.from_bytes(page[head + 3 : head + 5], "big")
        pointers = page[head + 8 : head + 8 + 2 * count]
        for (at,) in struct.iter_unpack(">H", pointers[: len(pointers) // 2 * 2]):
            with suppress(*_MALFORMED):
                length, at_number = _varint(page, at)
                row, at_payload = _varint(page, at_number)
                payload = self._payload(page, at_payload, length)
                yield _signed(row), tuple(_values(payload))

    def _payload(self, page: bytes, at: int, length: int) -> bytes:
        """Return a row's bytes, also those that stand on pages of their own."""
        most = self._usable - 35
        if length <= most:
            return _exactly(page, at, length)
        least = (self._usable - 12) * 32 // 255 - 23
        some = least + (length - least) % (self._usable - 4)
        local = some if some <= most else least
        parts = [_exactly(page, at, local)]
        following = int.from_bytes(_exactly(page, at + local, 4), "big")
        left = length - local
        while left > 0:
            if not 0 < following <= self._count:
                raise ValueError(following)
            page = self._page(following)
            parts.append(_exactly(page, 4, min(left, self._usable - 4)))
            left -= len(parts[-1])
            following = int.from_bytes(page[:4], "big")
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        return self._content[(number - 1) * self._size : number * self._size]

    def _freed(self) -> frozenset[int]:
        """Return the pages that hold nothing any more, as far as their list goes."""
        found: set[int] = set()
        trunk = int.from_bytes(self._content[32:36], "big")
        while 0 < trunk <= self._count and trunk not in found:
            page = self._page(trunk)
            following, count = struct.unpack(">II", page[:8])
            found.add(trunk)
            listed = page[8 : 8 + 4 * min(count, len(page) // 4 - 2)]
            found.update(number for (number,) in struct.iter_unpack(">I", listed))
            trunk = following
        return frozenset(found)


def _values(payload: bytes) -> Iterator[Any]:
    end, at = _varint(payload, 0)
    place = end
    while at < end:
        kind, at = _varint(payload, at)
        value, place = _value(payload, place, kind)
        yield value


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind in _INTEGERS:
        size = _INTEGERS[kind]
        return int.from_bytes(_exactly(payload, at, size), "big", signed=True), at + size
    if kind == 7:  # noqa: PLR2004 - the format's number for a float
        return struct.unpack(">d", _exactly(payload, at, 8))[0], at + 8
    if kind < 12:  # noqa: PLR2004 - 10 and 11 are SQLite's own
        raise ValueError(kind)
    size = (kind - 12) // 2
    raw = _exactly(payload, at, size)
    return (raw.decode("utf-8", "replace") if kind % 2 else raw), at + size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, of one to nine bytes, and the place after it."""
    number = 0
    for length in range(8):
        byte = raw[at + length]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return number, at + length + 1
    return number << 8 | raw[at + 8], at + 9


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _exactly(raw: bytes, at: int, length: int) -> bytes:
    found = raw[at : at + length]
    if length < 0 or len(found) != length:
        raise ValueError(length)
    return found
