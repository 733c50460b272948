"""The ledger as a file: make it, open it, bring it up to date, read one that may not be written."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nbprovider.ledger import network
from nbprovider.ledger.schema import migrate

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds to wait for another process that is writing, or has the whole file for itself."""

REPAIR = 60.0
"""Seconds to wait for another process that makes or repairs the file."""

PAGE = 2_048
"""Bytes of a page of a new file: an attempt changes seven, and WAL writes each of them whole."""

PAGES = 32_000
"""Pages that WAL gathers before they go to their places, which takes the disk's own time."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)
"""What working with a file may raise; the last for a damaged name in an error's own message."""

_WAYS = ("mode=ro", "mode=ro&immutable=1")
"""How to read a file; the second is for a folder where WAL's own files cannot be made."""


def connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """Open the file, made for the user alone if it is not there; return it and a note, or "".

    Raises OSError or sqlite3.Error when it cannot be used, ConfigError when a newer nbprovider
    has written it.
    """
    connection = _opened(path)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        note = _patiently(lambda: journal(connection, path.parent))
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
        _patiently(lambda: migrate(connection))
    except BaseException:
        connection.close()
        raise
    return connection, note


def garbled(error: BaseException) -> bool:
    """Say whether an error means that a text is no UTF-8."""
    return "decode to UTF-8" in str(error)


def plain(name: str, *, uri: bool = False) -> sqlite3.Connection:
    """Open a database as SQLite does, each statement a transaction of its own."""
    return sqlite3.connect(
        name, timeout=PATIENCE, isolation_level=None, check_same_thread=False, uri=uri
    )


def reading(path: Path) -> sqlite3.Connection:
    """Open a file to read it, in a folder too that cannot be written to.

    Raises sqlite3.Error when that cannot be.
    """
    for way in _WAYS:
        connection = plain(f"{path.absolute().as_uri()}?{way}", uri=True)
        try:
            connection.execute("PRAGMA schema_version").fetchone()
        except FAILURES:
            connection.close()
            if way == _WAYS[-1]:
                raise
        else:
            return connection
    raise AssertionError  # the last way has returned or raised


def create(path: Path) -> None:
    """Make an empty file for the user alone; one that is there is made so.

    Raises OSError when that cannot be.
    """
    try:
        # Never opened when it is there: closing it would drop the locks that SQLite holds on it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077 and os.name != "nt":
            path.chmod(0o600)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from making or repairing the file.

    Raises OSError when that cannot be.
    """
    from filelock import FileLock

    lock = FileLock(f"{path}.lock", timeout=REPAIR, mode=0o600)
    try:
        lock.acquire()
    except NotImplementedError:  # a file system without locks
        yield
        return
    try:
        yield
    finally:
        lock.release()


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file from another of the same name, None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def damaged(error: BaseException) -> bool:
    """Say whether an error means that the file's content makes no sense."""
    return _code(error) in _DAMAGED or isinstance(error, UnicodeDecodeError)


def journal(connection: sqlite3.Connection, folder: Path) -> str:
    """Have several kernels write at once where that works; return a note where not, else "".

    Raises sqlite3.Error, also while another process has the file open the other way.
    """
    remote = network.kind(folder)
    wanted = "delete" if remote else "wal"
    got: str = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
    if remote:
        return f"{folder} is on a network file system ({remote}): kernels write one after the other"
    if got != wanted:
        return f"SQLite's WAL does not work in {folder}: kernels write one after the other"
    return ""


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file; never make one that is not for the user alone, or while it is repaired."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        create(path)
    else:
        with locked(path):
            create(path)
    return plain(f"{path.absolute().as_uri()}?mode=rw", uri=True)


def _patiently(action: Callable[[], T]) -> T:
    """Repeat what another process, opening the file too, stands in the way of.

    SQLite's own waiting does not cover a change of the journal.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _code(error: BaseException) -> int:
    """Return SQLite's primary result code, 0 when there is none."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF if isinstance(code, int) else 0
