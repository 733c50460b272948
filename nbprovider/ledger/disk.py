"""The ledger as a file: open it, bring it up to date, put a damaged one aside, copy it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from nbprovider.ledger import network
from nbprovider.ledger.schema import migrate

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """Open the file, made for the user alone if it is not there; return it and a note, or "".

    Raises OSError or sqlite3.Error when it cannot be used, ConfigError when a newer nbprovider
    has written it.
    """
    _create(path)
    connection = _plain(str(path))
    try:
        note = _patiently(lambda: _journal(connection, path.parent))
        connection.execute("PRAGMA synchronous = NORMAL")
        _patiently(lambda: migrate(connection))
    except BaseException:
        connection.close()
        raise
    return connection, note


def memory(path: Path) -> sqlite3.Connection:
    """Return a ledger in memory, with what can still be read of the file.

    Raises ConfigError when a newer nbprovider has written the file.
    """
    connection = _plain(":memory:")
    if not _copied(path, connection):
        connection.close()
        connection = _plain(":memory:")
    migrate(connection)
    return connection


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file from another of the same name, None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def damaged(error: BaseException) -> bool:
    """Say whether an error means that the file's content makes no sense."""
    return _code(error) in _DAMAGED


def set_aside(path: Path) -> Path | None:
    """Rename a damaged file, return its new path; None when another process has done so.

    Raises OSError when it cannot be renamed.
    """
    from filelock import FileLock

    with FileLock(f"{path}.repair", timeout=PATIENCE):
        if _sound(path):
            return None
        aside = _free(path)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{path}{ending}").rename(f"{aside}{ending}")
        path.rename(aside)
        return aside


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Never opened when it is there: closing it would drop the locks that SQLite holds on it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077 and os.name != "nt":
            path.chmod(0o600)


def _plain(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        name, timeout=PATIENCE, isolation_level=None, check_same_thread=False, uri=uri
    )


def _journal(connection: sqlite3.Connection, folder: Path) -> str:
    remote = network.kind(folder)
    wanted = "delete" if remote else "wal"
    got: str = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
    if remote:
        return f"{folder} is on a network file system ({remote}): kernels write one after the other"
    if got != wanted:
        return f"SQLite's WAL does not work in {folder}: kernels write one after the other"
    return ""


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


def _sound(path: Path) -> bool:
    try:
        with closing(_plain(str(path))) as connection:
            told: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            return told == "ok"
    except sqlite3.DatabaseError as error:
        return not damaged(error)


def _free(path: Path) -> Path:
    """Return a name beside the file that is not taken."""
    stem = f"{path.name}.corrupt-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number, aside = 1, path.with_name(stem)
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    return aside


def _copied(path: Path, target: sqlite3.Connection) -> bool:
    """Copy the file, say whether that went well.

    The second way is for a folder where WAL's own files cannot be made.
    """
    if not path.is_file():
        return False
    for way in ("mode=ro", "mode=ro&immutable=1"):
        try:
            with closing(_plain(f"{path.absolute().as_uri()}?{way}", uri=True)) as source:
                source.backup(target)
        except sqlite3.Error:
            continue
        return True
    return False
