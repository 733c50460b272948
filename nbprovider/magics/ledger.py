"""`%provider ledger`: how the file of all calls is, and what keeps it well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import disk, upkeep
from nbprovider.session import current
from nbprovider.spelling import did_you_mean
from nbprovider.view import Note, Table

USAGE = "[WORD] [FILE]"

_JOURNALS = {
    "wal": "write-ahead log: several kernels write at once",
    "memory": "in memory, until this kernel ends",
}


def run(word: str = "", *rest: str) -> Table | Note:
    """Say how the ledger is; `check`, `repair`, `backup [FILE]` or `vacuum` it.

    Raises UsageError for another word, ConfigError when it cannot be done.
    """
    if not word:
        return _status()
    if word not in _WORDS or (rest and word != "backup"):
        hint = did_you_mean(word, _WORDS) or f"There are: {', '.join(_WORDS)}; backup takes a FILE."
        raise UsageError(f"`%provider ledger` cannot do {' '.join((word, *rest))!r}.", hint=hint)
    return _WORDS[word](*rest)


def _status() -> Table:
    told = upkeep.status(current().ledger)
    room = f", {size(told.free)} of it free (`%provider ledger vacuum`)" if told.free else ""
    rows = (
        ("file", str(told.path)),
        ("size", f"{size(told.size)}{room}"),
        *((name, f"{count:,}") for name, count in told.rows.items()),
        ("schema", f"version {told.version} of {told.newest}"),
        ("kept by", _JOURNALS.get(told.journal, "rollback journal: kernels write in turn")),
        *(("note", note) for note in told.notes),
    )
    return Table(("ledger", ""), rows, note="`%provider ledger check` reads all of it.")


def _check() -> Table | Note:
    found = upkeep.check(current().ledger)
    if found.damage:
        rows = tuple((line,) for line in found.damage)
        fix = "`%provider ledger repair` puts the file aside, and keeps all that can be read of it."
        return Table(("what is wrong",), rows, title="The ledger is damaged", note=fix)
    lost = f" {found.lost:,} attempts of kernels that ended are marked lost." if found.lost else ""
    if found.oddities:
        rows = tuple((line,) for line in found.oddities)
        return Table(("what cannot be right",), rows, title="The ledger's file is sound", note=lost)
    return Note(f"The ledger is sound: its file from end to end, and what its rows say.{lost}")


def _repair() -> Note:
    ledger = current().ledger
    _on_disk()
    try:
        told = ledger.repair()
    except disk.FAILURES as error:
        raise ConfigError(
            f"{ledger.path} cannot be repaired: {upkeep.why(error)}.",
            hint="Restart the kernels that use it, and try again.",
        ) from None
    return Note(f"{told}." if told else "The ledger is sound: nothing was done.")


def _backup(file: str = "") -> Note:
    ledger = current().ledger
    name = f"ledger-backup-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"
    target = Path(file).expanduser() if file else ledger.path.with_name(name)
    made = upkeep.backup(ledger, target / name if target.is_dir() else target)
    return Note(
        f"{made.attempts:,} attempts and all else in the ledger are copied to {made.path}"
        f" ({size(made.size)}), readable by you alone."
    )


def _vacuum() -> Note:
    _on_disk()
    before, after = upkeep.vacuum(current().ledger)
    return Note(f"The ledger took {size(before)}, and takes {size(after)} now.")


def _on_disk() -> None:
    """Raise ConfigError when the ledger is kept in memory."""
    ledger = current().ledger
    ledger.check()
    if ledger.in_memory:
        raise ConfigError(
            f"{ledger.notes[-1]}.",
            hint="Keep it with `%provider ledger backup FILE`, mend that, restart the kernel.",
        )


def size(count: float) -> str:
    """Return a number of bytes in words."""
    for unit in ("bytes", "kB"):
        if count < 1_000:  # noqa: PLR2004 - a thousand of one unit is one of the next
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1_000
    return f"{count:,.1f} MB"


_WORDS: dict[str, Callable[..., Table | Note]] = {
    "check": _check,
    "repair": _repair,
    "backup": _backup,
    "vacuum": _vacuum,
}

WORDS = tuple(_WORDS)
