"""Put a damaged file aside, and begin a new one with all that can still be read of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from nbprovider.ledger import compact, disk, leaves, rescue, schema
from nbprovider.ledger.rescue import Rescued

SMALL = 2_000_000
"""Bytes of a file of which every page is looked at."""


def renew(path: Path) -> str:
    """Repair a file that is damaged; return in words what became of it, "" for a sound one.

    Another process may have repaired it meanwhile. Raises OSError or sqlite3.Error when it cannot
    be renamed or written anew, ConfigError when a newer nbprovider has written it.
    """
    with disk.locked(path):
        if not path.exists() or sound(path):
            return ""
        _check_age(path)
        aside = _set_aside(path)
        try:
            rescued = _begun(path, aside)
        except BaseException:
            _put_back(path, aside)  # an interrupt, a full disk: nothing is lost by it
            raise
        _tidy(aside)
        return f"{path} was damaged: kept as {aside.name}, and begun anew; {rescued}"


def sound(path: Path) -> bool:
    """Say whether all of the file makes sense; one that cannot be asked counts as sound."""
    try:
        with closing(disk.reading(path)) as connection:
            connection.text_factory = rescue.legible
            told: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            return told == "ok"
    except disk.FAILURES as error:
        return not disk.damaged(error)


def memory(path: Path) -> sqlite3.Connection:
    """Return a ledger in memory, with what can still be read of the file.

    Raises ConfigError when a newer nbprovider has written the file.
    """
    for copy in (_copied, _poured):
        target = disk.plain(":memory:")
        try:
            copy(path, target)
            schema.migrate(target)
        except disk.FAILURES:
            target.close()
        else:
            return target
    target = disk.plain(":memory:")
    schema.migrate(target)
    return target  # nothing of it can be read


def _copied(path: Path, target: sqlite3.Connection) -> None:
    """Copy a sound file page by page; raises sqlite3.Error for another."""
    with closing(disk.reading(path)) as source:
        source.backup(target)
    target.text_factory = rescue.legible
    told = target.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise sqlite3.DatabaseError(told)


def _begun(path: Path, aside: Path) -> Rescued:
    """Make the file anew from the one put aside: whoever opens it waits until that is done."""
    disk.create(path)
    with closing(disk.plain(str(path))) as target:
        target.execute(f"PRAGMA page_size = {disk.PAGE}")
        target.execute("PRAGMA cache_size = -64000")  # kB: indexes are written in no order
        disk.journal(target, path.parent)
        return _poured(aside, target)


def _poured(path: Path, target: sqlite3.Connection) -> Rescued:
    """Copy into an empty ledger what can be read of a file, in one transaction.

    It takes the schema that the file had, and then the newest, as a sound file would.
    """
    target.execute("BEGIN IMMEDIATE")
    try:
        rescued = _by_trees(path, target)
        if _has_more(path, rescued):
            more = leaves.add(path, target, rescued.hurt)
            rescued = Rescued(rescued.rows + more, max(0, rescued.lost - more))
        schema.catch_up(target, schema.MIGRATIONS)
        compact.mend(target)
        target.execute("COMMIT")
    except BaseException:
        if target.in_transaction:
            target.execute("ROLLBACK")
        raise
    return rescued


def _has_more(path: Path, rescued: Rescued) -> bool:
    """Say whether to look at every page, which for a large file takes long.

    It is of no use where single pages of rows are broken.
    """
    is_small = path.stat().st_size < SMALL
    return bool(rescued.hurt) and (is_small or rescued.unknown or rescued.lost > rescue.CLOSE)


def _by_trees(path: Path, target: sqlite3.Connection) -> Rescued:
    """Copy the rows to which the file's own trees lead; of one without a beginning, none."""
    try:
        with closing(disk.reading(path)) as source:
            rescue.prepare(source)
            schema.catch_up(target, schema.MIGRATIONS[: schema.version(source)])
            return rescue.pour(source, target)
    except disk.FAILURES as error:
        if not disk.damaged(error):
            raise
    schema.catch_up(target, schema.MIGRATIONS)  # nobody knows which schema it had
    names = target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return Rescued(hurt=frozenset(name for (name,) in names), unknown=True)


def _check_age(path: Path) -> None:
    """Raise ConfigError for a file that a newer nbprovider has written, if that can be read."""
    with suppress(*disk.FAILURES), closing(disk.reading(path)) as source:
        schema.check_age(source)


def _set_aside(path: Path) -> Path:
    aside = _free(path)
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    path.rename(aside)
    return aside


def _put_back(path: Path, aside: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            Path(f"{aside}{ending}").rename(f"{path}{ending}")
    aside.replace(path)


def _tidy(aside: Path) -> None:
    """Remove what reading has left beside a file, and holds nothing."""
    Path(f"{aside}-shm").unlink(missing_ok=True)
    log = Path(f"{aside}-wal")
    if log.exists() and not log.stat().st_size:
        log.unlink()


def _free(path: Path) -> Path:
    """Return a name beside the file that is not taken."""
    stem = f"{path.name}.corrupt-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number, aside = 1, path.with_name(stem)
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    return aside
