"""The ledger: one file for all notebooks, written by several kernels at once.

Nothing that can happen to the file stands in the way of a call: a damaged one is put aside and
begun anew with what can still be read of it, and where none can be written the ledger goes on in
memory. `notes` says so, and `news` once.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from nbprovider.ledger import disk, process, repair, rescue
from nbprovider.ledger.attempt import COLUMNS, Attempt

T = TypeVar("T")

_KEEP = f"INSERT INTO attempts ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names
"""`attempts` is a view: its trigger overwrites a row of the same call and number."""

_LEFT_TO_PARENT: list[sqlite3.Connection] = []
"""Connections that came along in a fork: closing one would disturb the parent's."""


class Ledger:
    """The record of every attempt; opened when first needed, by any thread, also after a fork.

    - `path`: the file
    - `notes`: what is not as it should be with it, in words
    - `troubles`: those of the notes that nobody should miss: rows were lost, or will be
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self.troubles: list[str] = []
        self._told = 0
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._in_memory = False
        self._repaired = False
        self._garbled = False

    def keep(self, attempt: Attempt) -> None:
        """Write the attempt's row; a row of the same call and number is overwritten.

        Raises ConfigError when the file was written by a newer nbprovider.
        """
        if attempt.pid is None:
            own = process.own()
            attempt.host, attempt.pid, attempt.born = own.host, own.pid, own.born
        self.run(_KEEP, attempt.values())

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one SQL statement, return its rows.

        Raises ConfigError when the file was written by a newer nbprovider.
        """
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            while True:
                try:
                    return self._opened().execute(statement, values).fetchall()
                except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
                    raise
                except disk.FAILURES as error:
                    self._recover(error)

    def together(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work as one immediate transaction: all of it or nothing, alone among all processes.

        What the work raises undoes it. Raises ConfigError when the file was written by a newer
        nbprovider.
        """
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            while True:
                try:
                    return _at_once(self._opened(), work)
                except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
                    raise
                except disk.FAILURES as error:
                    self._recover(error)

    def check(self) -> None:
        """Try whether the file can be written to, so that `notes` says how it is with it.

        Raises ConfigError when it was written by a newer nbprovider.
        """
        self.run("UPDATE attempts SET number = number WHERE 0")

    def maintain(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work on the open file; what it raises is raised: nothing is repaired because of it."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            return work(self._opened())

    def repair(self) -> str:
        """Put the file aside if it is damaged, begin it anew with what can be read of it.

        Return what was done in words, "" for a sound file. Raises OSError or sqlite3.Error when
        that cannot be.
        """
        self.close()
        with self._lock:
            told = repair.renew(self.path)
            self._trouble(told)
        return told

    def news(self) -> list[str]:
        """Return the troubles that were not told yet; each is told once."""
        with self._lock:
            new = self.troubles[self._told :]
            self._told = len(self.troubles)
        return new

    @property
    def in_memory(self) -> bool:
        """Whether rows are kept until this kernel ends, no longer."""
        return self._in_memory

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def __del__(self) -> None:
        self.close()

    def _opened(self) -> sqlite3.Connection:
        if self._in_memory and self._connection is not None:
            return self._connection
        if self._connection is not None and disk.identity(self.path) != self._file:
            self.close()  # moved or deleted meanwhile: what went there would not be found again
        if self._connection is None:
            self._connection, note = disk.connect(self.path)
            self._file = disk.identity(self.path)
            if self._garbled:
                self._connection.text_factory = rescue.legible
            self._note(note)
        return self._connection

    def _recover(self, error: BaseException) -> None:
        """Make the ledger usable again: by a new file, else in memory."""
        if self._in_memory:
            raise error
        self.close()
        if disk.garbled(error) and not self._garbled:
            self._garbled = True
            return
        if disk.damaged(error) and not self._repaired:
            self._repaired = True
            try:
                self._trouble(repair.renew(self.path))
            except (OSError, sqlite3.Error) as failure:
                error = failure
            else:
                return
        self._connection, self._in_memory = repair.memory(self.path), True
        self._trouble(
            f"{self.path} cannot be used ({_why(error)}): kept in memory until the kernel ends"
        )

    def _trouble(self, words: str) -> None:
        if words and words not in self.troubles:
            self.troubles.append(words)
        self._note(words)

    def _note(self, words: str) -> None:
        if words and words not in self.notes:
            self.notes.append(words)

    def _leave_to_parent(self) -> None:
        if self._connection is not None:
            _LEFT_TO_PARENT.append(self._connection)
        self._begin()


def _at_once(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    if connection.in_transaction:  # an answer that is collected as garbage ends amid other work
        return work(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        _undo(connection)
        raise
    return done


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite may have ended it itself, as when the disk is full
        connection.execute("ROLLBACK")


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)
