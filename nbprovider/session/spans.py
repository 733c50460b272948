"""Days, months and hours along an axis: each in its place, also those on which nothing was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

PERIODS = ("hour", "day", "week", "month", "year")
"""The finest first."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

MOST = 400
"""Places above which gaps are left out: an axis shows no more."""


def filled(found: Iterable[datetime], period: str) -> tuple[datetime, ...]:
    """Return the beginnings of periods in their order, with those between them."""
    known = sorted(set(found))
    if not known:
        return ()
    every = tuple(_from(known[0], known[-1], _NEXT[period]))
    return tuple(sorted({*every, *known})) if len(every) < MOST else tuple(known)


def named(moment: datetime, period: str, *, year: bool) -> str:
    """Return what a period is called on an axis, as "Nov 3"; `year`: which one is said too."""
    month = _MONTHS[moment.month - 1]
    match period:
        case "year":
            return str(moment.year)
        case "month":
            return f"{month} {moment.year}"
    day = f"{month} {moment.day}{f', {moment.year}' if year else ''}"
    return f"{day}, {moment:%H:%M}" if period == "hour" else day


def beginning(moment: date, period: str) -> datetime:
    """Return a moment of a frame as one on the user's clock, without a zone."""
    hour = moment.hour if isinstance(moment, datetime) and period == "hour" else 0
    return datetime(moment.year, moment.month, moment.day, hour)  # noqa: DTZ001 - the user's own


def _from(
    first: datetime, last: datetime, following: Callable[[datetime], datetime]
) -> Iterator[datetime]:
    at, count = first, 0
    while at <= last and count < MOST:
        yield at
        at, count = following(at), count + 1


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=28) + timedelta(days=4)).replace(day=1)


_NEXT: dict[str, Callable[[datetime], datetime]] = {
    "hour": lambda at: at + timedelta(hours=1),
    "day": lambda at: at + timedelta(days=1),
    "week": lambda at: at + timedelta(days=7),
    "month": _next_month,
    "year": lambda at: at.replace(year=at.year + 1),
}
