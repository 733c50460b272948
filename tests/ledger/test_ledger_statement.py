"""Exports of providers are read into lines of one form; those here are made up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from nbprovider.errors import UsageError
from nbprovider.ledger import reconcile, statement
from nbprovider.ledger.sheets import SHEETS

EXPORTS = Path(__file__).with_name("exports")
FIRST = date(2026, 11, 1)
NANO = 1_000_000_000


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.iterdir()))
def test_every_form_of_export_is_known_by_its_columns(name):
    read = statement.read(EXPORTS / name)
    assert read.provider == name.partition("_")[0]
    assert min(read.days) == FIRST
    assert read.lines


def test_there_is_an_example_of_every_form():
    read = {statement.read(path).name for path in EXPORTS.iterdir()}
    assert read == {sheet.name for sheet in SHEETS}


@pytest.mark.parametrize(
    ("name", "model", "wanted"),
    [
        ("openai_usage.csv", "gpt-6-luna-2026-08-07", (2, 1000, 200, 300, None)),
        ("openai_usage.json", "gpt-6-luna-2026-08-07", (2, 1000, 200, 300, None)),
        ("openai_costs.json", None, (None, None, None, None, Decimal("0.0005"))),
        ("anthropic_usage.csv", "claude-sonnet-5-5-20260901", (None, 1000, 50, 300, None)),
        ("anthropic_usage.json", "claude-sonnet-5-5-20260901", (None, 1000, 50, 300, None)),
        ("anthropic_costs.csv", "Claude Sonnet 5.5", (None, None, None, None, Decimal("0.05"))),
        (
            "anthropic_costs.json",
            "claude-sonnet-5-5-20260901",
            (None, None, None, None, Decimal("0.0505")),
        ),
        (
            "openrouter_activity.csv",
            "anthropic/claude-5.5-sonnet-20260901",
            (2, 1000, 200, 300, Decimal("0.002")),
        ),
        (
            "openrouter_activity.json",
            "anthropic/claude-sonnet-5.5",
            (2, 1000, None, 300, Decimal("0.002")),
        ),
    ],
)
def test_what_a_form_says_of_a_day_is_read_alike(name, model, wanted):
    """Caches are in the input; what a form does not tell is None, not 0."""
    total = reconcile.Counted()
    for line in statement.read(EXPORTS / name).lines:
        if line.day == FIRST and (line.models[:1] == (model,) or model is None):
            total.add(line)
    cost = None if total.cost is None else total.cost / NANO
    assert (total.requests, total.input, total.cached, total.output, cost) == wanted


def test_a_page_that_is_not_the_last_says_so():
    [note] = statement.read(EXPORTS / "openai_usage.json").notes
    assert "more pages" in note


def test_pages_in_a_list_are_read_together(tmp_path):
    page = json.loads((EXPORTS / "openai_usage.json").read_text())
    path = tmp_path / "pages.json"
    path.write_text(json.dumps([page, {**page, "has_more": False}]))
    read = statement.read(path)
    assert (len(read.lines), read.notes) == (2, ())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_file_that_a_spreadsheet_has_saved_is_read_too(tmp_path, encoding, delimiter):
    text = (EXPORTS / "anthropic_costs.csv").read_text().replace(",", delimiter)
    path = tmp_path / "saved.csv"
    path.write_text(text, encoding=encoding)
    assert statement.read(path).lines == statement.read(EXPORTS / "anthropic_costs.csv").lines


HEAD = "usage_date_utc,model,cost_usd\n"

BAD = {
    "no number": (
        f"{HEAD}2026-11-01,m,0.1\n2026-11-01,m,many\n",
        "line 3, column cost_usd: 'many'",
    ),
    "nan": (f"{HEAD}2026-11-01,m,NaN\n", "line 2, column cost_usd: 'NaN'"),
    "no day": (f"{HEAD}yesterday,m,1\n", "line 2, column usage_date_utc: 'yesterday'"),
    "no day at all": (f"{HEAD},m,1\n", "line 2, column usage_date_utc: ''"),
    "cut off": (f"{HEAD}2026-11-01,m,1\n2026-11", "line 3: it has 1 cells, the first line 3"),
    "open quote": (f'{HEAD}2026-11-01,"m,1\n', "line 2: unexpected end of data"),
    "lacking": ("usage_date_utc,usage_output_tokens\n1,1\n", "lacks the column usage_input"),
    "unknown": ("a,b\n1,2\n", "is no export that is known: its columns are a, b"),
    "empty": ("", "has no rows"),
    "only a head": (HEAD, "has no rows"),
    "no JSON": ('{"data": [', "is no JSON: Expecting value: line 1"),
    "nothing in it": ('{"data": [{"start_time": 1, "results": []}]}', "has no rows"),
    "other JSON": ('{"data": [1, {"a": 2}]}', "its columns are a"),
    "half a token": (
        '{"data": [{"date": "2026-11-01", "usage": 1, "requests": 1.5, "model": "m"}]}',
        r"data\[0\], column requests: Decimal\('1.5'\)",
    ),
    "euro": (
        '{"data": [{"start_time": 1, "results": [{"amount": {"value": 1, "currency": "eur"}}]}]}',
        r"data\[0\].results\[0\], column amount_currency: 'eur' is not USD",
    ),
    "a month": (
        '{"data": [{"start_time": 1, "end_time": 2592001, "results": [{"amount": {"value": 1}}]}]}',
        "more than one day",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_makes_no_sense_is_refused_by_place_and_column(tmp_path, case):
    text, told = BAD[case]
    path = tmp_path / "export.txt"
    path.write_text(text)
    with pytest.raises(UsageError, match=told) as raised:
        statement.read(path)
    assert raised.value.hint


def test_a_file_that_is_no_text_or_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        statement.read(tmp_path / "export.csv")
    (tmp_path / "export.csv").write_bytes(b"PK\x03\x04\xff\xfe\x80")
    with pytest.raises(UsageError, match="is no text"):
        statement.read(tmp_path / "export.csv")
