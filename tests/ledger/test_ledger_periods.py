"""What a user says of time means the days of their own zone, also where clocks change."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.errors import UsageError
from nbprovider.ledger.offsets import local
from nbprovider.ledger.periods import EPOCH, Here, micro, since, span, until

BERLIN = ZoneInfo("Europe/Berlin")
HERE = Here(BERLIN, datetime(2026, 11, 18, 9, 30, tzinfo=UTC))
"""A Wednesday."""

ZONES = [
    *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("America/Havana", "Pacific/Chatham", "Africa/Casablanca", "Pacific/Kiritimati", "UTC"),
]


def there(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("words", "begin", "end"),
    [
        ("today", there(2026, 11, 18), there(2026, 11, 19)),
        ("yesterday", there(2026, 11, 17), there(2026, 11, 18)),
        ("this week", there(2026, 11, 16), there(2026, 11, 23)),
        ("Last  Week", there(2026, 11, 9), there(2026, 11, 16)),
        ("this month", there(2026, 11, 1), there(2026, 12, 1)),
        ("last month", there(2026, 10, 1), there(2026, 11, 1)),
        ("this year", there(2026, 1, 1), there(2027, 1, 1)),
        ("last year", there(2025, 1, 1), there(2026, 1, 1)),
        ("2026-02", there(2026, 2, 1), there(2026, 3, 1)),
        ("2026-12", there(2026, 12, 1), there(2027, 1, 1)),
        ("2026-11-01", there(2026, 11, 1), there(2026, 11, 2)),
        (date(2026, 10, 25), there(2026, 10, 25), there(2026, 10, 26)),
    ],
)
def test_a_day_a_week_or_a_month_is_meant_whole(words, begin, end):
    found = span(words, HERE)
    assert (found.begin, found.end) == (begin, end)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("now", HERE.now),
        ("24 hours", HERE.now - timedelta(hours=24)),
        ("90 minutes ago", HERE.now - timedelta(minutes=90)),
        ("1 day", there(2026, 11, 18)),
        ("7 days", there(2026, 11, 12)),
        ("last 2 weeks", there(2026, 11, 5)),
        ("1 month", there(2026, 10, 19)),
        ("2 years", there(2024, 11, 19)),
        ("2026-11-01 14:30", there(2026, 11, 1, 14, 30)),
        ("2026-11-01t14:30z", datetime(2026, 11, 1, 14, 30, tzinfo=UTC)),
        (timedelta(days=2), HERE.now - timedelta(days=2)),
        (datetime(2026, 7, 1, 12), there(2026, 7, 1, 12)),  # noqa: DTZ001 - a clock's time
        (datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=9))), None),
    ],
)
def test_a_moment_is_itself_and_days_that_are_counted_end_with_today(words, moment):
    found = span(words, HERE)
    assert found.begin == found.end == (moment or words)


def test_until_takes_in_what_since_begins_with():
    assert since("2026-11-01", HERE) == micro(there(2026, 11, 1))
    assert until("2026-11-01", HERE) == micro(there(2026, 11, 2))
    assert since(None, HERE) is until(None, HERE) is None


def test_two_spans_of_counted_days_lie_side_by_side():
    assert until("7 days", HERE) == since("7 days", HERE)


def test_the_day_on_which_clocks_change_has_23_or_25_hours():
    longer, shorter = span("2026-10-25", HERE), span("2026-03-29", HERE)
    hours = timedelta(hours=1)
    assert (micro(longer.end) - micro(longer.begin)) / (hours / timedelta(microseconds=1)) == 25
    assert (micro(shorter.end) - micro(shorter.begin)) / (hours / timedelta(microseconds=1)) == 23


@pytest.mark.parametrize(
    "words",
    [
        *("", "soon", "7", "7 suns", "2026-13-01", "2026-02-30", "26-1-1", "9999-12-31"),
        *("999999 years", "yesterday morning", "2026-00", 7, 1.5),
    ],
)
def test_what_means_no_time_is_refused_with_what_is_possible(words):
    with pytest.raises(UsageError, match="no time") as caught:
        span(words, HERE)
    assert "yesterday" in caught.value.hint


def test_the_computers_own_zone_is_taken_where_none_is_named(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        here = Here(now=HERE.now)
        assert span("today", here).begin == datetime(2026, 11, 17, 15, tzinfo=UTC)
        assert span("2026-11-01 09:00", here).begin == datetime(2026, 11, 1, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


MOMENTS = st.integers(micro(there(2020, 1, 1)), micro(there(2030, 1, 1)))


@given(st.lists(MOMENTS, min_size=1, max_size=8), st.sampled_from(ZONES))
def test_sql_tells_the_same_local_time_as_python(moments, name):
    zone = ZoneInfo(name)
    sql = local(min(moments), max(moments), zone)
    connection = sqlite3.connect(":memory:")
    for moment in moments:
        told = connection.execute(f"SELECT {sql} FROM (SELECT ? AS started_at)", (moment,))
        shown = EPOCH + timedelta(microseconds=told.fetchone()[0])
        at = EPOCH + timedelta(microseconds=moment)
        assert shown == at.astimezone(zone).replace(tzinfo=UTC)
    connection.close()
