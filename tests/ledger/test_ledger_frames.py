"""The user's DataFrames have honest types, also when they are empty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.ledger import Attempt, Ledger, frames
from nbprovider.ledger.costs import Range
from nbprovider.ledger.offers import Offer
from nbprovider.protocols.contract import Listed

COLUMNS = [
    *("time", "provider", "model", "chat", "status", "input", "total_input", "output"),
    *("cost", "cost_source"),
    *("ttft", "duration", "tokens_per_s", "cache_read", "cache_write", "reasoning", "estimated"),
    *("finish", "served", "account", "notebook", "cell", "purpose", "role", "attempt"),
    *("fallback", "error", "over_budget", "request_id", "call"),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_an_empty_ledger_has_all_columns_in_the_types_of_a_full_one(ledger):
    empty = frames.usage(ledger)
    ledger.keep(Attempt("a", 1, 1, status="ok"))
    full = frames.usage(ledger)
    assert (len(empty), len(full)) == (0, 1)
    assert list(empty.columns) == list(full.columns) == COLUMNS
    assert kinds(empty) == kinds(full)


def test_all_that_was_read_is_a_column_unknown_only_where_nobody_said(ledger):
    ledger.keep(Attempt("a", 1, 1, input=18, cache_read=71))
    ledger.keep(Attempt("b", 1, 2, cache_write=5))
    ledger.keep(Attempt("c", 1, 3))
    read = frames.usage(ledger)["total_input"]
    assert (read[0], read[1]) == (89, 5)
    assert read.isna().tolist() == [False, False, True]


def test_types_are_honest(ledger):
    found = kinds(frames.usage(ledger))
    assert found["time"] == "datetime64[ms, UTC]"
    assert {found[name] for name in ("input", "output", "cache_read", "reasoning")} == {"Int64"}
    assert {found[name] for name in ("cost", "ttft", "duration", "tokens_per_s")} == {"float64"}
    assert found["estimated"] == "bool"
    assert found["model"] == "string"


def test_one_row_an_attempt_the_newest_last(ledger):
    noon = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
    at = int(noon.timestamp() * 1_000_000)
    ledger.keep(Attempt("later", 1, at + 1, status="ok"))
    ledger.keep(Attempt("early", 1, at, status="failed"))
    frame = frames.usage(ledger)
    assert frame["call"].tolist() == ["early", "later"]
    assert frame["time"].iloc[0] == pd.Timestamp(noon)


def test_an_unknown_price_is_nan_and_breaks_nothing(ledger):
    ledger.keep(Attempt("a", 1, 1, status="ok", cost_nano=1_500_000, cost_source="list"))
    ledger.keep(Attempt("b", 1, 2, status="ok"))
    frame = frames.usage(ledger)
    assert frame["cost"].iloc[0] == 0.0015
    assert math.isnan(frame["cost"].iloc[1])
    assert frame["cost"].sum() == 0.0015
    assert "NaN" in frame.to_string()
    assert frame.groupby("cost_source")["cost"].sum().to_dict() == {"list": 0.0015, "unknown": 0}


def test_what_nobody_said_is_missing_not_0(ledger):
    ledger.keep(Attempt("a", 1, 1, status="ok", output=0))
    first = frames.usage(ledger).iloc[0]
    assert first["output"] == 0
    for name in ("input", "cache_read", "served", "finish", "error", "request_id", "ttft"):
        assert pd.isna(first[name]), name


def test_times_are_seconds_and_errors_say_their_kind(ledger):
    row = Attempt("a", 2, 1, status="failed", error_kind="stalled", error="Nothing for 30 s.")
    row.first_token_us, row.duration_us, row.output = 250_000, 2_000_000, 50
    ledger.keep(row)
    first = frames.usage(ledger).iloc[0]
    assert (first["ttft"], first["duration"], first["tokens_per_s"]) == (0.25, 2.0, 25.0)
    assert first["error"] == "stalled: Nothing for 30 s."
    assert first["attempt"] == 2


def test_a_fallback_is_an_attempt_of_another_route_than_one_before_it(ledger):
    for number, (call, model) in enumerate([("a", "x"), ("a", "x"), ("a", "y"), ("b", "y")], 1):
        ledger.keep(Attempt(call, number, number, model_asked=model, role="cheap"))
    frame = frames.usage(ledger)
    assert frame["fallback"].tolist() == [False, False, True, False]
    assert frame["role"].tolist() == ["cheap"] * 4


def test_usage_is_limited_by_time(ledger):
    for at in (1, 2, 3):
        ledger.keep(Attempt(str(at), 1, at))
    assert frames.usage(ledger, Range(begin=2, end=3))["call"].tolist() == ["2"]


def test_models_are_a_frame_too_also_when_there_are_none():
    listed = [Listed("m-1", "Model 1", 8_000, 1_000, ("tools", "vision"), "2027-01-01", "m-2")]
    offer = Offer(
        catalog.find("openai"), "work", (*listed, Listed("gpt-6-luna")), frozenset({"own"})
    )
    full = frames.models([offer])
    assert full["model"].tolist() == ["m-1", "gpt-6-luna", "own"]
    assert full["kind"].tolist() == ["chat", "chat", "other"]
    assert full["registered"].tolist() == [False, False, True]
    assert full["can"].iloc[0] == "tools, vision"
    assert full["input_price"].notna().tolist() == [False, True, False]
    assert full[["name", "context", "can", "retires"]].iloc[1].isna().all()
    assert kinds(frames.models([])) == kinds(full)


def test_every_provider_is_a_row_that_says_what_an_account_needs():
    frame = frames.providers(catalog.load().values()).set_index("provider")
    assert set(frame.index) == set(catalog.load())
    assert frame.loc["azure", "required"] == "resource"
    assert frame.loc["openai-compatible", ["auth", "required"]].tolist() == [
        "api key, none",
        "base_url",
    ]
    assert frame.loc["bedrock", "auth"] == "api key, AWS signature (sigv4)"
    assert frame.loc["claude-cli", "auth"] == "program"
    assert pd.isna(frame.loc["groq", "required"])
    assert frame.loc["groq", "models"] > 1
    assert kinds(frames.providers([])) == kinds(frame.reset_index())


def test_a_gateway_that_answers_whole_does_not_stream():
    shape = catalog.load()["json-proxy"]
    whole = replace(shape, key="whole", proxy=replace(shape.proxy, stream="none"))
    assert frames.providers([shape, whole])["streaming"].tolist() == [True, False]
