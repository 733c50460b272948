"""What the same tokens would have cost elsewhere is what `price` says of them, row by row."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

import nbprovider
from nbprovider import catalog, config
from nbprovider.errors import UsageError
from nbprovider.ledger import Attempt, Ledger, frames, price
from nbprovider.ledger.what_if import CAVEAT
from nbprovider.types import Usage

USED = (
    Usage(1_000, 100),
    Usage(10, 20, 90_000, 5_000),
    Usage(150_000, 700, 1, 1, 100),
    Usage(None, 5, 5),
    Usage(None, None),
    Usage(0, 0),
)


@pytest.fixture
def used(tmp_path):
    """Return the frame of a ledger in which the usages above stand, all paid with a cent."""
    ledger = Ledger(tmp_path / "ledger.db")
    for number, one in enumerate(USED):
        counts = {name: getattr(one, name) for name in ("input", "output", "cache_read")}
        row = Attempt(f"c{number}", 1, 1_760_000_000_000_000 + number, **counts)
        row.cache_write, row.reasoning = one.cache_write, one.reasoning
        row.status, row.cost_nano, row.cost_source = "ok", 10_000_000, "list"
        ledger.keep(row)
    frame = frames.usage(ledger)
    assert len(frame) == len(USED)
    return frame


MODELS = ("claude-haiku-5-5", "openai:gpt-6.1-sol", "groq:openai/gpt-oss-120b", "gemini-3.8-flash")


@pytest.mark.parametrize("model", MODELS)
def test_each_row_costs_what_a_call_would(model, used):
    found = nbprovider.reprice(model, used)
    provider, _, name = found["elsewhere"].iloc[0].partition(":")
    now = datetime.now(UTC)
    nano = [price(catalog.find(provider), name.split("@")[0], one, now).nano for one in USED]
    wanted = [float("nan") if one is None else one / 1e9 for one in nano]
    assert found["would_cost"].tolist() == pytest.approx(wanted, rel=1e-12, nan_ok=True)
    assert found["would_cost"].isna().tolist() == [False, False, False, True, True, False]


def test_the_frame_says_what_was_paid_and_what_it_rests_on(used):
    found = nbprovider.reprice("claude-haiku-5-5", used)
    assert (found["difference"].dropna() == (found["would_cost"] - 0.01).dropna()).all()
    assert found["cost"].tolist() == [0.01] * len(USED)
    assert found.index.equals(used.index)
    assert found.attrs["caveat"] == CAVEAT
    assert found.attrs["source"] == "list"
    assert found.attrs["price_list"].startswith("genai-prices ")


def test_rows_may_be_chosen_first(used):
    assert nbprovider.reprice("claude-haiku-5-5", used[used["input"] > 5_000]).index.tolist() == [2]
    assert len(nbprovider.reprice("claude-haiku-5-5", used.iloc[:0])) == 0


def test_a_model_of_unknown_price_is_nan_and_a_local_one_free(used):
    assert nbprovider.reprice("openai:gpt-none", used)["would_cost"].isna().all()
    assert nbprovider.reprice("ollama:llama3", used)["would_cost"].tolist() == [0.0] * len(USED)


def test_a_discount_counts_elsewhere_too(used):
    full = nbprovider.reprice("groq:openai/gpt-oss-120b", used)["would_cost"]
    config.settings_file().parent.mkdir(parents=True, exist_ok=True)
    config.settings_file().write_text("[discounts]\ngroq = 0.5\n", encoding="utf-8")
    half = nbprovider.reprice("groq:openai/gpt-oss-120b", used)["would_cost"]
    assert half.tolist() == pytest.approx((full / 2).tolist(), nan_ok=True)


def test_what_is_no_usage_frame_is_refused_with_the_way_to_one():
    with pytest.raises(UsageError, match="no column 'input'"):
        nbprovider.reprice("claude-haiku-5-5", pd.DataFrame({"a": [1]}))


def test_the_cheapest_can_do_it_have_room_and_are_in_order(used):
    found = nbprovider.cheapest(used, can={"vision", "tools"})
    assert len(found) > 20
    assert found["cost"].is_monotonic_increasing
    assert found["cost"].notna().all()
    assert found["can"].str.contains("vision").all()
    assert found["can"].str.contains("tools").all()
    assert (found["context"].dropna() >= 150_702).all()
    assert found.attrs["caveat"] == CAVEAT


def test_the_cheapest_costs_what_repricing_says(used):
    first = nbprovider.cheapest(used, can="vision").iloc[0]
    again = nbprovider.reprice(f"{first['provider']}:{first['model']}", used)
    assert first["cost"] == pytest.approx(again["would_cost"].sum())


def test_one_usage_will_do_and_searches_count():
    plain = nbprovider.cheapest(Usage(1_000, 100)).set_index(["provider", "model"])["cost"]
    searched = nbprovider.cheapest(Usage(1_000, 100, extra={"searches": 1}))
    searched = searched.set_index(["provider", "model"])["cost"]
    key = ("anthropic", "claude-sonnet-5-5")
    assert searched[key] == pytest.approx(plain[key] + 0.01)
    assert ("groq", "openai/gpt-oss-120b") in plain
    assert ("groq", "openai/gpt-oss-120b") not in searched  # nobody knows its price


def test_models_that_have_ended_are_not_recommended():
    found = nbprovider.cheapest(Usage(10, 10))
    ended = [
        catalog.retirement(catalog.find(row.provider), row.model)
        for row in found.itertuples()
        if catalog.known(row.provider)
    ]
    today = datetime.now(UTC).date()
    assert all(one is None or one.on > today for one in ended)
    names = set(zip(found["provider"], found["model"], strict=True))
    assert ("mistral", "mistral-medium-latest") in names
    gone = {(p.key, name) for p in catalog.load().values() for name in p.retired}
    assert not names & gone


def test_an_ability_that_there_is_not_is_named():
    with pytest.raises(UsageError, match="visoin") as raised:
        nbprovider.cheapest(Usage(1, 1), can={"visoin"})
    assert "vision" in raised.value.hint
