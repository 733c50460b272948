"""The ledger beside a provider's own export, as a user asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import nbprovider
from nbprovider.errors import UsageError
from nbprovider.ledger import Attempt
from nbprovider.magics import reconcile
from nbprovider.session import current

EXPORTS = Path(__file__).parents[1] / "ledger" / "exports"

COLUMNS = [
    *("day", "model", "side", "differs", "requests_ours", "requests_theirs", "input_ours"),
    *("input_theirs", "cached_ours", "cached_theirs", "output_ours", "output_theirs"),
    *("cost_ours", "cost_theirs", "cost_diff", "unpriced", "uncounted", "estimated"),
    "model_theirs",
]


@pytest.fixture(autouse=True)
def own_session(monkeypatch: pytest.MonkeyPatch) -> None:
    at = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000
    row = Attempt("a", 1, at, "openai", "openai", "gpt-6-luna", status="ok", input=800)
    row.cache_read, row.output, row.cost_nano, row.cost_source = 200, 300, 500_000, "list"
    current().ledger.keep(row)


def test_a_file_is_compared_by_day_and_model():
    frame = nbprovider.reconcile(EXPORTS / "openai_costs.csv")
    assert list(frame.columns) == COLUMNS
    assert frame["side"].tolist() == ["both", "theirs"]
    assert frame["differs"].tolist() == ["", ""]


def test_several_files_are_taken_together():
    files = [EXPORTS / "openai_usage.csv", str(EXPORTS / "openai_costs.csv")]
    frame = nbprovider.reconcile(files)
    assert frame.loc[0, ["differs", "cost_theirs", "requests_theirs"]].tolist() == [
        "requests",
        0.0005,
        2,
    ]


def test_a_file_that_is_not_all_there_is_warns():
    with pytest.warns(UserWarning, match="more pages"):
        nbprovider.reconcile(EXPORTS / "openai_usage.json")


def test_a_provider_that_there_is_not_is_refused():
    with pytest.raises(UsageError):
        nbprovider.reconcile(EXPORTS / "openai_usage.csv", provider="opneai")


def test_nothing_to_compare_is_refused():
    with pytest.raises(UsageError, match="No file"):
        nbprovider.reconcile([])


def test_the_line_says_in_a_sentence_how_both_stand(capsys):
    frame = reconcile.run(str(EXPORTS / "openai_usage.csv"), str(EXPORTS / "openai_costs.csv"))
    assert list(frame.columns) == COLUMNS
    said = capsys.readouterr().out
    assert "OpenAI, 2026-11-01 to 2026-11-03 (UTC), by day and model:" in said
    assert "0 agree, 1 differ, 0 only in the ledger, 2 only in the export" in said
    assert "Cost: $0.00050 in the ledger, $0.0025 in the export." in said


def test_an_export_without_costs_says_that_they_are_not_known(capsys):
    reconcile.run(str(EXPORTS / "anthropic_usage.csv"), "-p", "openai")
    said = capsys.readouterr().out
    assert "price unknown in the export" in said
