"""Sums say what is known, how much is not, and never mix the two."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbprovider import config
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import Attempt, Ledger, costs, frames
from nbprovider.ledger.costs import BY, SUMS, Range, between
from nbprovider.ledger.periods import micro
from nbprovider.ledger.totals import midnight

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def keep(ledger: Ledger, call: str, at: datetime = NOON, number: int = 1, **said) -> None:
    said = {"status": "ok", "cost_source": "list", "cost_nano": 1_000_000} | said
    ledger.keep(Attempt(call, number, micro(at), **said))


def unknown(ledger: Ledger, call: str, **said) -> None:
    keep(ledger, call, cost_nano=None, cost_source="unknown", **said)


def test_without_words_all_is_one_row(ledger):
    keep(ledger, "a", input=10, output=2, cache_read=5)
    keep(ledger, "b", output=3)
    frame = frames.cost(ledger)
    assert list(frame.columns) == list(SUMS)
    row = frame.iloc[0]
    assert row["cost"] == 0.002
    assert (row["calls"], row["attempts"], row["unknown"]) == (2, 2, 0)
    assert (row["input"], row["output"], row["cache_read"]) == (10, 5, 5)
    assert pd.isna(row["cache_write"])


def test_an_empty_ledger_has_cost_nothing_and_no_groups(ledger):
    whole = frames.cost(ledger).iloc[0]
    assert (whole["cost"], whole["calls"], whole["unknown"]) == (0, 0, 0)
    groups = frames.cost(ledger, ["model", "day"])
    assert len(groups) == 0
    keep(ledger, "a")
    assert groups.dtypes.to_dict() == frames.cost(ledger, ["model", "day"]).dtypes.to_dict()


def test_a_group_of_unknown_prices_alone_is_nan_not_0(ledger):
    unknown(ledger, "a", model_asked="secret")
    unknown(ledger, "b", model_asked="both")
    keep(ledger, "c", model_asked="both")
    frame = frames.cost(ledger, "model").set_index("model")
    assert math.isnan(frame.loc["secret", "cost"])
    assert frame.loc["both", "cost"] == 0.001
    assert frame["unknown"].to_dict() == {"both": 1, "secret": 1}


def test_what_was_not_billed_does_not_make_an_unknown_price_0(ledger):
    unknown(ledger, "a")
    keep(ledger, "b", cost_nano=0, cost_source="unbilled", status="failed")
    assert math.isnan(frames.cost(ledger)["cost"].iloc[0])


def test_what_is_not_billed_at_all_is_0(ledger):
    keep(ledger, "b", cost_nano=0, cost_source="unbilled", status="failed")
    assert frames.cost(ledger)["cost"].iloc[0] == 0


def test_a_subscription_and_ones_own_computer_are_counted_and_cost_0(ledger):
    keep(ledger, "a", cost_nano=0, cost_source="subscription")
    keep(ledger, "b", cost_nano=0, cost_source="local")
    keep(ledger, "c", cost_nano=0, cost_source="local")
    row = frames.cost(ledger).iloc[0]
    assert (row["cost"], row["subscription"], row["local"], row["unknown"]) == (0, 1, 2, 0)


def test_what_still_runs_has_no_unknown_price_and_what_was_lost_has(ledger):
    keep(ledger, "a", cost_nano=None, cost_source="unknown", status="running")
    unknown(ledger, "b", status="lost")
    row = frames.cost(ledger).iloc[0]
    assert (row["running"], row["unknown"]) == (1, 1)


def test_interrupted_and_estimated_attempts_are_counted(ledger):
    keep(ledger, "a", status="interrupted", estimated=True)
    keep(ledger, "b")
    row = frames.cost(ledger).iloc[0]
    assert (row["interrupted"], row["estimated"]) == (1, 1)


def test_a_call_counts_once_in_each_group_that_it_was_tried_in(ledger):
    keep(ledger, "a", number=1, model_asked="x")
    keep(ledger, "a", number=2, model_asked="x")
    keep(ledger, "a", number=3, model_asked="y")
    keep(ledger, "b", model_asked="y")
    frame = frames.cost(ledger, "model").set_index("model")
    assert frame["calls"].to_dict() == {"x": 1, "y": 2}
    assert frame["attempts"].to_dict() == {"x": 2, "y": 2}
    assert frames.cost(ledger)["calls"].iloc[0] == 2


def test_a_call_that_began_before_the_range_counts_in_it(ledger):
    keep(ledger, "a", NOON, number=1)
    keep(ledger, "a", NOON + timedelta(hours=1), number=2)
    late = Range(begin=micro(NOON + timedelta(minutes=30)))
    assert frames.cost(ledger, within=late)["calls"].iloc[0] == 1


@pytest.mark.parametrize("word", BY)
def test_sums_can_be_made_by_every_word(ledger, word):
    keep(ledger, "a", model_asked="m", provider="p", account="acc", role="cheap")
    frame = frames.cost(ledger, word)
    assert list(frame.columns) == [word, *SUMS]
    assert frame["attempts"].tolist() == [1]
    assert not pd.isna(frame[word].iloc[0])


def test_words_that_nobody_said_are_a_group_of_their_own(ledger):
    keep(ledger, "a", model_served="m-1", cost_nano=2)
    keep(ledger, "b", model_served=None, cost_nano=1)
    assert frames.cost(ledger, "served")["served"].tolist() == ["m-1", ""]


def test_the_dearest_come_first_and_periods_in_their_order(ledger):
    for day in (1, 2):
        at = NOON + timedelta(days=day)
        keep(ledger, f"{day}a", at, model_asked="cheap")
        keep(ledger, f"{day}b", at, model_asked="dear", cost_nano=5_000_000)
        unknown(ledger, f"{day}c", at=at, model_asked="unknown")
    frame = frames.cost(ledger, ["model", "day"], zone=UTC)
    assert frame["model"].tolist() == ["dear", "cheap", "unknown"] * 2
    assert frame["day"].is_monotonic_increasing


def test_a_word_that_no_row_says_is_refused_with_the_nearest(ledger):
    with pytest.raises(UsageError, match="modle") as caught:
        frames.cost(ledger, ["day", "modle"])
    assert "model" in caught.value.hint
    with pytest.raises(UsageError, match="no time since"):
        between("2026-11-02", "2026-11-01")


def test_days_are_the_users_own(ledger):
    """23:30 UTC is the next day in Berlin, 22:30 in summer too."""
    keep(ledger, "winter", datetime(2026, 1, 10, 23, 30, tzinfo=UTC))
    keep(ledger, "summer", datetime(2026, 7, 10, 22, 30, tzinfo=UTC))
    days = frames.cost(ledger, "day", zone=BERLIN)["day"]
    assert days.tolist() == [pd.Timestamp("2026-01-11"), pd.Timestamp("2026-07-11")]


def test_a_day_on_which_clocks_change_is_one_day(ledger):
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin
    for hour in range(26):
        keep(ledger, str(hour), first + timedelta(hours=hour))
    frame = frames.cost(ledger, "day", zone=BERLIN)
    assert frame["attempts"].tolist() == [25, 1]


def test_an_hour_that_comes_twice_is_two_hours(ledger):
    """On 25 October clocks in Berlin show 2:30 twice."""
    for minutes in (30, 90):
        at = datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        keep(ledger, str(minutes), at)
    hours = frames.cost(ledger, "hour", zone=BERLIN)["hour"]
    assert [hour.hour for hour in hours] == [2, 2]
    assert hours.iloc[1] - hours.iloc[0] == pd.Timedelta(hours=1)


def test_hours_begin_where_a_clock_here_says_so(ledger):
    keep(ledger, "a", datetime(2026, 11, 18, 12, 10, tzinfo=UTC))  # 17:40 in Kolkata
    hour = frames.cost(ledger, "hour", zone=ZoneInfo("Asia/Kolkata"))["hour"].iloc[0]
    assert (hour.hour, hour.minute) == (17, 0)


def test_a_week_begins_on_monday(ledger):
    for day in (15, 16, 22):
        keep(ledger, str(day), datetime(2026, 11, day, 12, tzinfo=UTC))
    frame = frames.cost(ledger, "week", zone=UTC)
    assert frame["week"].tolist() == [pd.Timestamp("2026-11-09"), pd.Timestamp("2026-11-16")]
    assert frame["attempts"].tolist() == [1, 2]


def test_months_and_years_are_named_by_their_first_day(ledger):
    keep(ledger, "a")
    frame = frames.cost(ledger, ["year", "month"], zone=UTC)
    assert frame.iloc[0][["year", "month"]].tolist() == [
        pd.Timestamp("2026-01-01"),
        pd.Timestamp("2026-11-01"),
    ]


def test_the_hour_is_shown_in_the_computers_own_zone(ledger):
    keep(ledger, "a")
    hour = frames.cost(ledger, "hour")["hour"].iloc[0]
    assert hour.tz is not None
    assert hour == NOON


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "call": st.sampled_from("abcd"),
            "model_asked": st.sampled_from(["x", "y", "z"]),
            "hours": st.integers(0, 60),
            "cost_nano": st.none() | st.integers(0, 10**12),
            "cost_source": st.sampled_from(["list", "unbilled", "local"]),
            "status": st.sampled_from(["ok", "failed", "interrupted"]),
            "input": st.none() | st.integers(0, 10**6),
        }
    ),
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(0, 60), st.booleans())
def test_sums_are_those_that_one_makes_by_hand(tmp_path_factory, rows, begin, is_limited):
    """In nano-dollars, to the last one; calls by their names, also those that were tried again."""
    with closing(Ledger(tmp_path_factory.mktemp("ledger") / "ledger.db")) as ledger:
        for number, row in enumerate(rows, 1):
            said = {k: v for k, v in row.items() if k not in {"call", "hours"}}
            keep(ledger, row["call"], NOON + timedelta(hours=row["hours"]), number, **said)
        within = Range(begin=micro(NOON + timedelta(hours=begin))) if is_limited else costs.EVER
        meant = [row for row in rows if not is_limited or row["hours"] >= begin]
        found = {row[0]: row for row in costs.sums(ledger, ("model",), within, None)}
        assert set(found) == {row["model_asked"] for row in meant}
        for model, (_, cost, lacking, calls, attempts, read, *_) in found.items():
            own = [row for row in meant if row["model_asked"] == model]
            prices = [row["cost_nano"] for row in own]
            billed = [
                r for r in own if r["cost_source"] != "unbilled" and r["cost_nano"] is not None
            ]
            assert lacking == prices.count(None)
            assert cost == (sum(p or 0 for p in prices) if billed or not lacking else None)
            assert (calls, attempts) == (len({row["call"] for row in own}), len(own))
            inputs = [row["input"] for row in own if row["input"] is not None]
            assert read == (sum(inputs) if inputs else None)


@pytest.fixture
def settings_say() -> Callable[[str], None]:
    def say(text: str) -> None:
        path = config.settings_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return say


def test_days_are_those_of_the_zone_in_the_settings(ledger, settings_say):
    """A server's clock is seldom the user's."""
    keep(ledger, "a", datetime(2026, 1, 10, 23, 30, tzinfo=UTC))
    settings_say('time_zone = "Asia/Tokyo"')
    assert frames.cost(ledger, "day")["day"].tolist() == [pd.Timestamp("2026-01-11")]
    assert str(frames.cost(ledger, "hour")["hour"].dt.tz) == "Asia/Tokyo"
    day = between("2026-01-11", "2026-01-11")
    assert day.begin == micro(datetime(2026, 1, 10, 15, tzinfo=UTC))
    assert (midnight() // 3_600_000_000) % 24 == 15


@pytest.mark.parametrize("name", ["Middle/Earth", "Europe", "../etc/passwd", "x" * 300])
def test_a_zone_that_there_is_not_is_told_with_the_file(ledger, settings_say, name):
    settings_say(f'time_zone = "{name}"')
    with pytest.raises(ConfigError, match="no time zone") as caught:
        frames.cost(ledger, "day")
    assert "settings.toml" in caught.value.message
    assert "Europe/Berlin" in caught.value.hint
