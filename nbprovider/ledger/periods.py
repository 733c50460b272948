"""What `since` and `until` mean: moments and spans of time in the user's own time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct, field

from nbprovider.errors import UsageError

When = datetime | date | timedelta | str
"""A moment: itself, a day, a span before now, or words such as "today" or "7 days"."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

POSSIBLE = (
    'a date as "2026-11-01", a time as "2026-11-01 14:30", "today", "yesterday", "this week",'
    ' "last month", "7 days", "24 hours"'
)
"""What a user may say, for messages."""


class Here(Struct, frozen=True):
    """The user's time zone, None for the computer's own, and what time it is (UTC)."""

    zone: tzinfo | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def local(self, moment: datetime) -> datetime:
        """Return a moment as a clock here shows it, with its distance from UTC."""
        return moment.astimezone(self.zone)

    def moment(self, shown: datetime) -> datetime:
        """Return the moment at which a clock here shows this."""
        return (shown.replace(tzinfo=self.zone) if self.zone else shown.astimezone()).astimezone(
            UTC
        )

    def midnight(self, day: date) -> datetime:
        """Return when a day begins here."""
        return self.moment(datetime.combine(day, time()))

    @property
    def today(self) -> date:
        """The day that it is here."""
        return self.local(self.now).date()


class Span(Struct, frozen=True):
    """From a moment to another, which is no part of it."""

    begin: datetime
    end: datetime


def since(when: When | None, here: Here) -> int | None:
    """Return the first microsecond since 1970 that is meant, None for no limit.

    Raises UsageError for what means no time.
    """
    return None if when is None else micro(span(when, here).begin)


def until(when: When | None, here: Here) -> int | None:
    """Return the first microsecond after what is meant: a day, a week, a month are in it.

    Raises UsageError for what means no time.
    """
    return None if when is None else micro(span(when, here).end)


def span(when: When, here: Here) -> Span:
    """Return the span of time that is meant; of a moment, and of so many days ago, an empty one.

    Raises UsageError for what means no time.
    """
    try:
        if isinstance(when, timedelta):
            return _instant(here.now - when)
        if isinstance(when, datetime):
            return _instant(when.astimezone(UTC) if when.tzinfo else here.moment(when))
        if isinstance(when, date):
            return _whole(_day(when), here)
        if isinstance(when, str):
            return _said(" ".join(when.lower().split()), here)
    except (OverflowError, ValueError):
        pass
    raise UsageError(f"{when!r} is no time that is known here.", hint=f"Say {POSSIBLE}.")


def micro(moment: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _said(words: str, here: Here) -> Span:
    """Return what words mean; raises ValueError where they mean no time."""
    if words in _NAMED:
        return _whole(_NAMED[words](here.today), here)
    if words == "now":
        return _instant(here.now)
    if counted := re.fullmatch(r"(?:last )?(\d{1,6}) ?([a-z]+?)s?(?: ago)?", words):
        return _instant(_ago(int(counted[1]), counted[2], here))
    if re.fullmatch(r"\d{4}-\d\d", words):
        return _whole(_month(date.fromisoformat(f"{words}-01")), here)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        return _whole(_day(date.fromisoformat(words)), here)
    return span(datetime.fromisoformat(words.upper()), here)


def _ago(count: int, unit: str, here: Here) -> datetime:
    """Return when the last so many units began: exactly, or whole days of which one is today."""
    if unit in _EXACT:
        return here.now - count * _EXACT[unit]
    if unit not in _BACK:
        raise ValueError(unit)
    return here.midnight(_BACK[unit](here.today, count) + timedelta(days=1))


def _months_back(day: date, count: int) -> date:
    month = day.year * 12 + day.month - 1 - count
    first = date(month // 12, month % 12 + 1, 1)
    last = _month(first)[1] - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


_EXACT = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}

_BACK: dict[str, Callable[[date, int], date]] = {
    "day": lambda day, count: day - timedelta(days=count),
    "week": lambda day, count: day - timedelta(weeks=count),
    "month": _months_back,
    "year": lambda day, count: _months_back(day, 12 * count),
}


def _day(first: date) -> tuple[date, date]:
    return first, first + timedelta(days=1)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _year(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


_NAMED: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": _day,
    "yesterday": lambda day: _day(day - timedelta(days=1)),
    "this week": _week,
    "last week": lambda day: _week(day - timedelta(days=7)),
    "this month": _month,
    "last month": lambda day: _month(day.replace(day=1) - timedelta(days=1)),
    "this year": _year,
    "last year": lambda day: _year(day.replace(day=1, month=1) - timedelta(days=1)),
}


def _instant(moment: datetime) -> Span:
    return Span(moment, moment)


def _whole(days: tuple[date, date], here: Here) -> Span:
    first, after = days
    return Span(here.midnight(first), here.midnight(after))
