"""The vault's file on disk: the user's alone, replaced whole, one writer at a time."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nbprovider import config
from nbprovider.errors import ConfigError, VaultLocked

if TYPE_CHECKING:
    from filelock import BaseFileLock

PATIENCE = 60.0
"""Seconds to wait for another kernel, which may be renewing a login under the lock."""

FRESH = 100_000_000
"""Nanoseconds in which a file system's clock may not tell two writes apart."""

POSIX = os.name != "nt"
# No link is followed; Windows leaves the line ends as they are.
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

Stamp = tuple[int, ...]


class Disk:
    """One file in a folder of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent
        self.notes: dict[str, str] = {}

    def stamp(self) -> Stamp | None:
        """Return what changes with every write, None when there is no file.

        Mends permissions. Raises ConfigError for a file that is not the user's own.
        """
        try:
            found = os.lstat(self.path)
            self._check(self.folder, os.lstat(self.folder), 0o700)
            if self._check(self.path, found, 0o600):
                found = os.lstat(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, error) from None
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)

    def read(self) -> bytes:
        """Return the file's bytes, none when there is no file; needs no lock."""
        if self.stamp() is None:
            return b""
        return self.read_beside(self.path) or b""

    def read_beside(self, path: Path) -> bytes | None:
        """Return the bytes of a file in the folder, None when there is none."""
        try:
            self._check(path, os.lstat(path), 0o600)
            with os.fdopen(os.open(path, os.O_RDONLY | _PLAIN), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error) from None

    def write(self, data: bytes) -> None:
        """Replace the file at once, under the lock; the old one stays when that fails."""
        self.write_beside(self.path, data)

    def write_beside(self, path: Path, data: bytes) -> None:
        """Replace a file in the folder at once, under the lock."""
        fresh = self.folder / ".vault.new"
        try:
            with suppress(FileNotFoundError):
                fresh.unlink()  # of a writer that was killed: whoever holds the lock is alone
            _written(fresh, data)
            fresh.replace(path)
            _synced(self.folder)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink()
            raise _unusable(path, error) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; may be entered again by the thread that holds it.

        Raises VaultLocked when another kernel holds it for PATIENCE seconds.
        """
        from filelock import Timeout

        try:
            held = self._locking().acquire(timeout=PATIENCE)
        except Timeout:
            raise VaultLocked(
                f"Another kernel has been changing the vault for {PATIENCE:.0f} s.",
                hint="Wait for its cell to end, or interrupt it.",
            ) from None
        except OSError as error:
            raise _unusable(self.path, error) from None
        with held:
            yield

    def _locking(self) -> BaseFileLock:
        self._make_folder()
        return _lock(self.path.with_suffix(".lock"))

    def _make_folder(self) -> None:
        config.made(self.folder)
        self._check(self.folder, os.lstat(self.folder), 0o700)

    def _check(self, path: Path, found: os.stat_result, mode: int) -> bool:
        """Raise ConfigError for what is not the user's own; say whether its mode was mended."""
        wanted = stat.S_IFDIR if mode == 0o700 else stat.S_IFREG  # noqa: PLR2004 - a folder's mode
        if stat.S_IFMT(found.st_mode) != wanted:
            raise _foreign(path, "it is a link, or something else than it should be")
        if not POSIX:
            return False
        if found.st_uid != os.geteuid():
            raise _foreign(path, "it belongs to another user")
        return bool(found.st_mode & 0o077) and self._mend(path, found, mode)

    def _mend(self, path: Path, found: os.stat_result, mode: int) -> bool:
        was = f"{path} could be read by others (mode {stat.S_IMODE(found.st_mode):04o})"
        with suppress(OSError):
            path.chmod(mode)
        if os.lstat(path).st_mode & 0o077:
            self.notes[str(path)] = f"{was}, and its file system does not let that be changed"
            return False
        self.notes[str(path)] = f"{was}: mended"
        return True


_locks: dict[tuple[Path, int], BaseFileLock] = {}


def _lock(path: Path) -> BaseFileLock:
    """Return the one lock of a path in this process, so that a thread may enter it again.

    A lock that came along by a fork is none of the child's.
    """
    from filelock import FileLock

    fresh = FileLock(path, mode=0o600, poll_interval=0.01)
    return _locks.setdefault((path, os.getpid()), fresh)


def is_fresh(stamp: Stamp) -> bool:
    """Say whether a write just after this one could have the same stamp."""
    return abs(time.time_ns() - stamp[0]) < FRESH


def _written(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o600)
    with os.fdopen(handle, "wb") as file:
        if POSIX:
            os.fchmod(handle, 0o600)  # a umask may take away the user's own rights, too
        file.write(data)
        file.flush()
        os.fsync(handle)


def _synced(folder: Path) -> None:
    """Make the new name last through a power cut, where the file system has such a promise."""
    if not POSIX:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # the file is replaced already
            os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The vault's file {path} cannot be used: {error.strerror or error}. It was not changed.",
        hint=f"Mend that, or set {config.HOME} to a folder that you may write to.",
    )


def _foreign(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path} is not used for the vault: {why}.",
        hint="Remove it if you did not put it there; its keys may be known to somebody else.",
    )
