"""Where clocks are put forward and back: local days and hours by SQL, which knows no zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from nbprovider.ledger.periods import Here, micro

STEP = timedelta(days=7)
"""How far apart clocks are compared: no zone changes twice in such a time."""


def local(first: int, last: int, zone: tzinfo | None) -> str:
    """Return SQL for what clocks show at `started_at`, in microseconds, between two times."""
    here = Here(zone)
    begin, end = (datetime.fromtimestamp(at // 1_000_000, UTC) for at in (first, last + 1_000_000))
    changes = list(_changes(begin, end, here))
    if not changes:
        return f"(started_at + {_offset(begin, here)})"
    cases = " ".join(f"WHEN started_at < {micro(at)} THEN {before}" for at, before in changes)
    return f"(started_at + CASE {cases} ELSE {_offset(end, here)} END)"


def _changes(begin: datetime, end: datetime, here: Here) -> Iterator[tuple[datetime, int]]:
    """Yield each moment at which clocks change, with their distance from UTC before it."""
    at, before = begin, _offset(begin, here)
    while at < end:
        after = min(at + STEP, end)
        if _offset(after, here) != before:
            after = _moment(at, after, here)
            yield after, before
        at, before = after, _offset(after, here)


def _moment(before: datetime, after: datetime, here: Here) -> datetime:
    """Return the second from which on clocks show what they show after."""
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        if _offset(middle, here) == _offset(after, here):
            after = middle
        else:
            before = middle
    return after


def _offset(moment: datetime, here: Here) -> int:
    """Return how far clocks are ahead of UTC, in microseconds."""
    told = here.local(moment).utcoffset() or timedelta()
    return told // timedelta(microseconds=1)
