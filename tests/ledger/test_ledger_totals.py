"""Today is the user's own day; what died is not running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nbprovider.ledger import Attempt, Ledger, Today, process, today
from nbprovider.ledger.totals import LONGEST_CALL, settle


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def now() -> int:
    return time.time_ns() // 1000


def statuses(ledger: Ledger) -> dict[str, str]:
    settle(ledger)
    return dict(ledger.run("SELECT call_id, status FROM attempts"))


def test_a_day_without_calls_cost_nothing(ledger):
    assert today(ledger) == Today(0, 0, 0, 0)


def test_a_day_sums_what_is_known_and_counts_what_is_not(ledger):
    ledger.keep(Attempt("a", 1, now(), status="failed", cost_nano=5, cost_source="list"))
    ledger.keep(Attempt("a", 2, now(), status="ok", cost_nano=7, cost_source="list"))
    ledger.keep(Attempt("b", 1, now(), status="ok"))
    ledger.keep(Attempt("c", 1, now()))
    assert today(ledger) == Today(calls=3, attempts=4, cost_nano=12, unknown=1)


def test_a_call_that_was_never_sent_is_none_of_the_days_calls(ledger):
    ledger.keep(Attempt("a", 1, now(), status="failed", cost_nano=0, cost_source="unbilled"))
    assert today(ledger) == Today(calls=0, attempts=1, cost_nano=0, unknown=0)
    ledger.keep(Attempt("a", 2, now(), status="ok", cost_nano=7, cost_source="list"))
    assert today(ledger) == Today(calls=1, attempts=2, cost_nano=7, unknown=0)


def test_a_day_of_unknown_prices_only_is_unknown(ledger):
    ledger.keep(Attempt("a", 1, now(), status="ok"))
    assert today(ledger) == Today(1, 1, None, 1)


@pytest.mark.parametrize("hours", [-11, 0, 5, 13])
def test_the_day_begins_at_midnight_where_the_user_is(ledger, hours):
    zone = timezone(timedelta(hours=hours))
    midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    began = int(midnight.astimezone(UTC).timestamp()) * 1_000_000
    ledger.keep(Attempt("yesterday", 1, began - 1, status="ok", cost_nano=1))
    ledger.keep(Attempt("today", 1, began, status="ok", cost_nano=2))
    assert today(ledger, zone).cost_nano == 2


def test_without_a_zone_the_day_is_the_computers(ledger):
    year, month, day = time.localtime()[:3]
    began = int(time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))) * 1_000_000
    ledger.keep(Attempt("yesterday", 1, began - 1, status="ok", cost_nano=1))
    ledger.keep(Attempt("today", 1, began, status="ok", cost_nano=2))
    assert today(ledger).cost_nano == 2


def test_a_row_of_this_process_is_running_however_long(ledger):
    ledger.keep(Attempt("a", 1, 1))
    assert statuses(ledger) == {"a": "running"}


def test_a_row_of_an_earlier_process_with_our_number_is_lost(ledger):
    own = process.own()
    ledger.keep(Attempt("a", 1, now(), host=own.host, pid=own.pid, born="another time"))
    if not own.born:
        pytest.skip("this system does not say when a process began")
    assert statuses(ledger) == {"a": "lost"}


def test_a_row_of_another_computer_is_lost_after_a_day(ledger):
    long_ago = now() - (LONGEST_CALL + 60) * 1_000_000
    ledger.keep(Attempt("new", 1, now(), host="elsewhere", pid=1))
    ledger.keep(Attempt("old", 1, long_ago, host="elsewhere", pid=1))
    assert statuses(ledger) == {"new": "running", "old": "lost"}


def test_a_lost_row_that_is_finished_after_all_is_as_it_ended(ledger):
    row = Attempt("a", 1, 1, host="elsewhere", pid=1)
    ledger.keep(row)
    assert statuses(ledger) == {"a": "lost"}
    row.status = "ok"
    ledger.keep(row)
    assert statuses(ledger) == {"a": "ok"}
