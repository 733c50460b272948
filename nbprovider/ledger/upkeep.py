"""Look after the ledger's file: what it holds, whether it is sound, a copy of it, its room."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from msgspec import Struct

from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import disk, schema
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import LONGEST_CALL, settle

FEW = 20
"""Findings of SQLite's own check that are told."""


class Status(Struct, frozen=True):
    """What a ledger is: its file, bytes with what is not yet merged into it, rows by table.

    - `version`, `newest`: the schema that the file has, and the one that is known
    - `journal`: "wal" where several kernels write at once, else "delete", in memory "memory"
    - `free`: bytes that `vacuum` would give back
    """

    path: Path
    size: int
    free: int
    rows: dict[str, int]
    version: int
    newest: int
    journal: str
    notes: tuple[str, ...]


class Checkup(Struct, frozen=True):
    """What a check has found.

    - `damage`: what SQLite says about the file, () for a sound one
    - `oddities`: rows that cannot be right, in words
    - `lost`: attempts that were left running by kernels that have ended, and are marked so now
    """

    damage: tuple[str, ...]
    oddities: tuple[str, ...]
    lost: int


class Copy(Struct, frozen=True):
    """A backup: its file, bytes, attempts."""

    path: Path
    size: int
    attempts: int


def status(ledger: Ledger) -> Status:
    """Return what the ledger holds, and how it is kept."""
    ledger.check()
    names = ledger.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    counted = [name for (name,) in names if name in _SHOWN]
    rows = {_SHOWN[n]: ledger.run(f"SELECT count(*) FROM {n}")[0][0] for n in counted}  # noqa: S608 - names of our own
    return Status(
        ledger.path,
        _taken(ledger),
        _pragma(ledger, "freelist_count") * _pragma(ledger, "page_size"),
        rows,
        _pragma(ledger, "user_version"),
        len(schema.MIGRATIONS),
        ledger.run("PRAGMA journal_mode")[0][0],
        tuple(ledger.notes),
    )


def check(ledger: Ledger) -> Checkup:
    """Check the file from end to end, and its rows for what cannot be.

    Attempts of kernels that have ended are marked as lost. Other kernels may write meanwhile.
    """
    try:
        told = ledger.maintain(_integrity)
    except disk.FAILURES as error:
        if not disk.damaged(error):
            raise _unusable(ledger, error) from None
        return Checkup((str(error),), (), 0)
    if told:
        return Checkup(told, (), 0)
    lost = _running(ledger)
    settle(ledger)
    found = (_told(ledger, query, words) for query, words in _ODD.items())
    return Checkup((), tuple(filter(None, found)), lost - _running(ledger))


def backup(ledger: Ledger, target: Path) -> Copy:
    """Copy the ledger as it is at this moment, while other kernels write; for the user alone.

    The copy is a ledger of its own, in one file, and is checked. It is there whole or not at all.
    Raises UsageError when the target is there already, ConfigError when it cannot be written.
    """
    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Give another name.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        attempts = ledger.maintain(lambda source: _copy(source, part))
        part.rename(target)
    except disk.FAILURES as error:
        raise ConfigError(
            f"The ledger could not be copied to {target}: {why(error)}.",
            hint="Name a file in a folder with room: `%provider ledger backup FILE`.",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return Copy(target, _size(target), attempts)


def vacuum(ledger: Ledger) -> tuple[int, int]:
    """Give back the room of what was deleted; return the file's bytes before and after.

    Other kernels wait meanwhile, and lose nothing. Raises ConfigError while one of them has the
    file for itself, or when there is no room for the copy that this takes.
    """
    before = _taken(ledger)
    try:
        ledger.maintain(_vacuum)
    except disk.FAILURES as error:
        raise ConfigError(
            f"{ledger.path} could not be vacuumed: {why(error)}.",
            hint="It takes as much free room as the file is large, and no kernel that is writing.",
        ) from None
    return before, _taken(ledger)


def why(error: BaseException) -> str:
    """Return an error of SQLite or of the system in its own words."""
    return getattr(error, "strerror", None) or str(error)


def _integrity(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute(f"PRAGMA integrity_check({FEW})").fetchall()
    told = tuple(line for (text,) in rows for line in str(text).splitlines())
    return () if told == ("ok",) else told


def _copy(source: sqlite3.Connection, part: Path) -> int:
    with closing(disk.plain(str(part))) as copy:
        source.backup(copy)  # all pages in one step: else it begins again with each row of others
        copy.execute("PRAGMA journal_mode = delete")
        if problems := _integrity(copy):
            raise sqlite3.DatabaseError(f"the copy is damaged: {problems[0]}")
        found: int = copy.execute("SELECT count(*) FROM attempts").fetchone()[0]
    return found


def _vacuum(connection: sqlite3.Connection) -> None:
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _running(ledger: Ledger) -> int:
    found: int = ledger.run("SELECT count(*) FROM attempts WHERE status = 'running'")[0][0]
    return found


def _told(ledger: Ledger, query: str, words: str) -> str:
    values = {"now": time.time_ns() // 1000, "longest": LONGEST_CALL * 1_000_000}
    given = tuple(values[name] for name in ("now", "longest") if f":{name}" in query)
    found = ledger.run(query.replace(":now", "?").replace(":longest", "?"), given)[0][0]
    return f"{found:,} {words}" if found else ""


def _pragma(ledger: Ledger, name: str) -> int:
    found: int = ledger.run(f"PRAGMA {name}")[0][0]
    return found


def _taken(ledger: Ledger) -> int:
    return sum(_size(Path(f"{ledger.path}{ending}")) for ending in ("", "-wal"))


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _unusable(ledger: Ledger, error: BaseException) -> ConfigError:
    return ConfigError(
        f"{ledger.path} cannot be checked: {why(error)}.",
        hint="`%provider ledger` shows how it is kept.",
    )


_SHOWN = {
    "attempts": "attempts",
    "attempt_rows": "attempts",
    "chats": "chats",
    "turns": "turns of chats",
    "media": "files of chats",
    "names": "names of yours",
    "registered_models": "registered models",
    "reservations": "reservations of budgets",
}
"""Table → what its rows are to a user."""

_ODD = {
    "SELECT count(*) FROM attempts WHERE status = 'running' AND started_at < :now - :longest": (
        "attempts are running for more than a day"
    ),
    "SELECT count(*) FROM attempts WHERE started_at > :now + 86400000000": (
        "attempts began in the future: was the clock wrong?"
    ),
    "SELECT count(*) FROM attempts WHERE min(ifnull(input, 0), ifnull(output, 0),"
    " ifnull(cache_read, 0), ifnull(cache_write, 0), ifnull(cost_nano, 0)) < 0": (
        "attempts have negative tokens or cost"
    ),
    "SELECT count(*) FROM attempts WHERE (cost_nano IS NULL) <> (cost_source = 'unknown')"
    " AND status <> 'running'": "attempts have a cost that nobody tells, or a source without one",
    "SELECT count(*) FROM reservations AS r WHERE EXISTS (SELECT 1 FROM attempts AS a WHERE"
    " a.call_id = r.call_id AND a.number = r.number AND a.status <> 'running')": (
        "reservations of budgets are of attempts that have ended"
    ),
}
"""A query that counts rows which cannot be right → what they are."""
