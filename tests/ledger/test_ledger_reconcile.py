"""What a provider counted is laid beside what the ledger has; the exports here are made up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from nbprovider.errors import UsageError
from nbprovider.ledger import Attempt, Ledger, frames, reconcile

EXPORTS = Path(__file__).with_name("exports")
FIRST = date(2026, 11, 1)
NANO = 1_000_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def at(day: int, hour: int = 12) -> int:
    return int(datetime(2026, 11, day, hour, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000


def asked(ledger: Ledger, call: str, day: int = 1, **more) -> None:
    """Keep an attempt of 500 tokens read, 100 of them from a cache, and 150 written."""
    row = Attempt(call, 1, at(day, more.pop("hour", 12)), "openai", "openai", "gpt-6-luna")
    row.model_served, row.status, row.cost_source = "gpt-6-luna-2026-08-07", "ok", "list"
    row.input, row.cache_read, row.output, row.cost_nano = 400, 100, 150, 250_000
    for name, value in more.items():
        setattr(row, name, value)
    ledger.keep(row)


def compared(ledger: Ledger, *names: str, **more: str) -> pd.DataFrame:
    paths = [EXPORTS / name for name in names]
    return frames.reconciled(reconcile.compare(ledger, paths, **more).pairs)


def one(frame: pd.DataFrame, day: int = 1, model: str = "gpt-6-luna-2026-08-07") -> pd.Series:
    [(_, row)] = frame[(frame["day"].dt.day == day) & (frame["model"] == model)].iterrows()
    return row


def test_a_day_that_agrees_differs_in_nothing(ledger):
    asked(ledger, "a", hour=0)
    asked(ledger, "b", hour=23)
    row = one(compared(ledger, "openai_usage.csv", "openai_costs.csv"))
    assert (row["side"], row["differs"], row["cost_diff"]) == ("both", "", 0.0)
    assert (row["requests_ours"], row["input_ours"], row["cached_ours"]) == (2, 1000, 200)
    assert (row["output_theirs"], row["cost_theirs"]) == (300, 0.0005)


def test_what_differs_is_named(ledger):
    asked(ledger, "a")
    row = one(compared(ledger, "openai_usage.csv", "openai_costs.csv"))
    assert row["differs"] == "requests, input, cached, output, cost"
    assert row["cost_diff"] == pytest.approx(0.00025)


def test_what_only_one_side_has_is_marked(ledger):
    asked(ledger, "a", 2, model_asked="gpt-6", model_served="gpt-6-2026-08-07")
    frame = compared(ledger, "openai_usage.csv")
    sides = {(row.day.day, row.model): row.side for row in frame.itertuples()}
    assert sides == {
        (1, "gpt-6-luna-2026-08-07"): "theirs",
        (2, "gpt-6-2026-08-07"): "ours",
        (3, "gpt-6-luna-2026-08-07"): "theirs",
        (3, "gpt-6-sol-2026-09-01"): "theirs",
    }
    ours = one(frame, 2, "gpt-6-2026-08-07")
    assert ours[["requests_theirs", "input_theirs", "cost_theirs", "cost_diff"]].isna().all()


def test_days_that_the_export_is_not_about_are_left_out(ledger):
    asked(ledger, "before", 1, started_at=at(1) - 13 * 3_600_000_000)
    asked(ledger, "after", 4, hour=0)
    assert "ours" not in set(compared(ledger, "openai_usage.csv")["side"])


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live where the day begins half a day before that of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a process is that of unix")
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_days_are_those_of_utc(ledger):
    asked(ledger, "a", hour=0)
    asked(ledger, "b", hour=23)
    assert one(compared(ledger, "openai_usage.csv"))["requests_ours"] == 2


def test_what_a_provider_would_not_count_is_not_counted(ledger):
    asked(ledger, "a")
    asked(ledger, "b")
    asked(ledger, "refused", status="failed", cost_source="unbilled", cost_nano=0)
    asked(ledger, "now", status="running")
    asked(ledger, "other", provider="groq")
    assert one(compared(ledger, "openai_usage.csv"))["requests_ours"] == 2


def test_an_unknown_price_is_no_zero_and_makes_the_cost_incomparable(ledger):
    asked(ledger, "a")
    asked(ledger, "b", cost_nano=None, cost_source="unknown")
    row = one(compared(ledger, "openai_usage.csv", "openai_costs.csv"))
    assert (row["cost_ours"], row["unpriced"], row["differs"]) == (0.00025, 1, "")
    assert pd.isna(row["cost_diff"])


def test_tokens_that_nobody_told_are_no_zero(ledger):
    asked(ledger, "a")
    asked(ledger, "b", output=None, estimated=True)
    row = one(compared(ledger, "openai_usage.csv"))
    assert (row["uncounted"], row["estimated"], row["differs"]) == (1, 1, "")
    empty = frames.reconciled([reconcile.Pair(FIRST, "m", ours=reconcile.Counted(1))])
    assert empty[["input_ours", "output_ours", "cost_ours", "input_theirs"]].isna().all(axis=None)


def test_costs_without_models_stand_against_the_whole_day(ledger):
    asked(ledger, "a")
    asked(ledger, "b", model_asked="gpt-6", model_served="gpt-6-2026-08-07")
    frame = compared(ledger, "openai_costs.json")
    assert len(frame) == 1
    assert pd.isna(frame["model"][0])
    assert (frame["cost_ours"][0], frame["differs"][0]) == (0.0005, "")
    with_usage = compared(ledger, "openai_usage.json", "openai_costs.json")
    assert with_usage["side"].tolist() == ["both", "ours", "both"]


def test_a_rounded_amount_is_right_to_its_last_digit(ledger):
    sonnet = {"provider": "anthropic", "model_asked": "claude-sonnet-5-5"}
    asked(ledger, "a", **sonnet, model_served=None, cost_nano=round(0.0545 * NANO))
    name = "claude-sonnet-5-5"
    assert one(compared(ledger, "anthropic_costs.csv"), model=name)["differs"] == ""
    assert one(compared(ledger, "anthropic_costs.json"), model=name)["differs"] == "cost"
    asked(ledger, "b", **sonnet, model_served=None, cost_nano=round(0.01 * NANO))
    assert one(compared(ledger, "anthropic_costs.csv"), model=name)["differs"] == "cost"


def test_what_is_of_no_model_is_told_so_where_others_have_one(ledger):
    frame = compared(ledger, "anthropic_costs.csv").set_index("model")
    assert frame.loc["(no model)", "cost_theirs"] == 0.01


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("gpt-6-luna", "gpt-6-luna-2026-08-07", True),
        ("claude-sonnet-5-5", "claude-sonnet-5-5-20260901", True),
        ("claude-sonnet-5-5-20260901", "Claude Sonnet 5.5", True),
        ("anthropic/claude-sonnet-5.5", "anthropic/claude-5.5-sonnet-20260901", True),
        ("mistral-large-latest", "mistral-large-2603", True),
        ("gpt-6-luna-2026-08-07", "gpt-6-luna-2026-10-01", False),
        ("gpt-4.5", "gpt-5.4", False),
        ("gpt-6", "gpt-6-luna", False),
        ("o4-mini", "gpt-4o-mini", False),
    ],
)
def test_models_are_matched_by_name_and_date(ours, theirs, same):
    key = reconcile.keys({ours}, [(theirs,)])
    assert (key((ours,)) == key((theirs,))) == same


def test_two_dates_of_a_model_are_two_models_and_a_name_without_one_is_either():
    old, new = "gpt-6-2026-08-07", "gpt-6-2026-10-01"
    key = reconcile.keys({old, new}, [(old,), (new,)])
    assert key((old,)) != key((new,))
    key = reconcile.keys({"gpt-6"}, [(old,), (new,)])
    assert key((old,)) == key((new,)) == key(("gpt-6",))


def test_a_model_with_two_names_is_known_by_that_of_the_ledger(ledger):
    row = {"provider": "openrouter", "model_asked": "anthropic/claude-sonnet-5.5"}
    served = "anthropic/claude-5.5-sonnet-20260901"
    asked(ledger, "a", **row, model_served=served, cost_nano=1_000_000)
    asked(ledger, "b", **row, model_served=served, cost_nano=1_000_000)
    found = one(compared(ledger, "openrouter_activity.json"), model=served)
    assert (found["differs"], found["model_theirs"]) == ("", "anthropic/claude-sonnet-5.5")
    assert one(compared(ledger, "openrouter_activity.csv"), model=served)["differs"] == ""


def test_another_provider_or_account_may_be_compared(ledger):
    asked(ledger, "a", provider="azure", account="work")
    asked(ledger, "b", provider="azure", account="home")
    assert set(compared(ledger, "openai_usage.csv")["side"]) == {"theirs"}
    assert one(compared(ledger, "openai_usage.csv", provider="azure"))["requests_ours"] == 2
    only = compared(ledger, "openai_usage.csv", provider="azure", account="work")
    assert one(only)["requests_ours"] == 1


def test_exports_of_two_providers_are_refused(ledger):
    with pytest.raises(UsageError, match="openai and anthropic"):
        compared(ledger, "openai_usage.csv", "anthropic_usage.csv")
