"""The file of recordings: read when it has changed, written whole, one writer at a time."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Struct

from nbprovider import config, tomlfile
from nbprovider.errors import ConfigError
from nbprovider.recordings.asked import Asked
from nbprovider.recordings.recording import Recording
from nbprovider.tomltext import written

HEAD = """\
# What models answered here, recorded by nbprovider: `%provider replay` gives it again.
# Words may be corrected by hand; of an answer that was changed leave `pieces` out.

"""

PATIENCE = 30.0
"""Seconds to wait for another kernel that writes the same file."""

Stamp = tuple[int, int, int]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of recordings holds; one of a newer kind is not read."""

    version: int = 1
    recording: tuple[Recording, ...] = ()


class _Given(Struct, frozen=True):
    """Which of the recordings that were asked alike was given, to which run of which cell."""

    asked: Asked
    number: int
    cell: str
    run: int

    def is_of_earlier(self, cell: str, run: int) -> bool:
        """Say whether it was given to an earlier run of a cell."""
        return bool(cell) and self.cell == cell and self.run != run


class Book:
    """The recordings of one file, in the order in which they were made.

    Of several that were asked alike the first is given first, then the second. The cell that asks
    counts: run again, it is given the same ones again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._stamp: Stamp | None = None
        self._read: tuple[Recording, ...] = ()
        self._given: list[_Given] = []

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All recordings; raises ConfigError for a file that makes no sense."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._read = _read(self.path) if stamp else ()
                self._stamp = stamp
            return self._read

    @property
    def given(self) -> int:
        """How many recordings were given here, or made."""
        return len(self._given)

    def find(self, asked: Asked, cell: str = "", run: int = 0) -> Recording | None:
        """Return the recording whose turn it is, None where there is no further one.

        `cell` asks, "" where nobody knows; `run` counts how often cells were run.
        """
        with self._lock:
            self._forget_earlier(cell, run)
            free = self._free(asked, cell, run)
            if free is None:
                return None
            self._given.append(_Given(asked, free, cell, run))
            return self._alike(asked)[free]

    def peek(self, asked: Asked, cell: str = "", run: int = 0) -> Recording | None:
        """Return what `find` would, and leave it there."""
        with self._lock:
            free = self._free(asked, cell, run)
            return None if free is None else self._alike(asked)[free]

    def last(self, asked: Asked) -> Recording | None:
        """Return the last recording of a question, given before or not."""
        alike = self._alike(asked)
        return alike[-1] if alike else None

    def add(self, recording: Recording, cell: str = "", run: int = 0) -> None:
        """Write a recording at the end; raises ConfigError when the file cannot be written."""
        with self._lock:
            try:
                self._append(recording)
            except OSError as error:
                raise ConfigError(
                    f"{self.path} cannot be written: {error.strerror or error}.",
                    hint="Name another file: `%provider replay on FILE`.",
                ) from None
            number = len(self._alike(recording.asked)) - 1
            self._given.append(_Given(recording.asked, number, cell, run))

    def begin(self) -> None:
        """Give the first recordings again."""
        with self._lock:
            self._given.clear()

    def _free(self, asked: Asked, cell: str, run: int) -> int | None:
        lasting = (one for one in self._given if not one.is_of_earlier(cell, run))
        taken = {one.number for one in lasting if one.asked == asked}
        count = len(self._alike(asked))
        return next((number for number in range(count) if number not in taken), None)

    def _alike(self, asked: Asked) -> list[Recording]:
        return [one for one in self.recordings if one.asked == asked]

    def _forget_earlier(self, cell: str, run: int) -> None:
        """Give again what earlier runs of this cell were given."""
        self._given = [one for one in self._given if not one.is_of_earlier(cell, run)]

    def _append(self, recording: Recording) -> None:
        from filelock import FileLock

        folder = config.made(config.home().runtime)
        name = f"replay-{crc32(str(self.path).encode('utf-8', 'replace')):08x}.lock"
        with FileLock(folder / name, timeout=PATIENCE):
            self._write((*self.recordings, recording))

    def _write(self, recordings: tuple[Recording, ...]) -> None:
        table = msgspec.to_builtins(_File(recording=recordings))
        fresh = self.path.with_name(f".{self.path.name}.new")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_text(HEAD + written(table), encoding="utf-8", newline="\n")
            fresh.replace(self.path)
        finally:
            with suppress(OSError):
                fresh.unlink()


def _stamp(path: Path) -> Stamp | None:
    """Return what changes with every write, None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _read(path: Path) -> tuple[Recording, ...]:
    data = tomlfile.read(path)
    version = data.get("version", 1)
    if version != _File().version:
        raise ConfigError(
            f"{path} is of a newer kind ({version}).", hint="Upgrade nbprovider to read it."
        )
    return tomlfile.convert(path, data, _File).recording
