"""Rows are small, and whoever reads or writes `attempts` sees nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import asdict

from nbprovider.ledger import Attempt, CallContext, Ledger, budget
from nbprovider.ledger.attempt import COLUMNS, call_id
from nbprovider.ledger.schema import MIGRATIONS, migrate

BEFORE = 4
"""Migrations before the one that is tested here."""

FULL = Attempt(
    "call", 2, 1_000_000, "openai", "work", "gpt-6", "gpt-6-2026", "main", "a.ipynb", "cell-1",
    "chat", "ok", "stop", "overloaded", "It was.", 1, 2, 3, 4, 5, True, None, 6, "list", "genai 1",
    7, 8, "req", "rule 6", False, "host", 9, "born", True, "cheap",
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def everything(ledger: Ledger) -> list[dict[str, object]]:
    names = ", ".join(COLUMNS)
    return [
        dict(zip(COLUMNS, row, strict=True))
        for row in ledger.run(f"SELECT {names} FROM attempts ORDER BY id")
    ]


def test_every_field_of_an_attempt_comes_back_as_it_was(ledger):
    ledger.keep(FULL)
    assert everything(ledger) == [asdict(FULL)]


def test_a_row_is_overwritten_by_one_of_the_same_call_and_number(ledger):
    row = Attempt("call", 1, 1, "openai", status="running")
    ledger.keep(row)
    row.status, row.model_served, row.output = "ok", "gpt-6", 7
    ledger.keep(row)
    assert everything(ledger) == [asdict(row)]


def test_a_word_is_kept_once(ledger):
    for number in range(5):
        ledger.keep(Attempt("call", number, 1, "openai", "openai"))
    assert ledger.run("SELECT count(*) FROM words WHERE word = 'openai'") == [(1,)]
    assert ledger.run("SELECT count(*) FROM processes") == [(1,)]


def test_rows_of_the_table_before_are_all_there(tmp_path):
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrate(old, MIGRATIONS[:BEFORE])
        had = [row[1] for row in old.execute("PRAGMA table_info(attempts)")]
        values = asdict(FULL)
        marks = ", ".join("?" * (len(had) - 1))
        insert = f"INSERT INTO attempts ({', '.join(had[1:])}) VALUES ({marks})"
        old.execute(insert, [values[name] for name in had[1:]])
        old.execute("UPDATE attempts SET id = 7")
    with closing(Ledger(path)) as ledger:
        assert everything(ledger) == [values | {"role": ""}]
        assert ledger.run("SELECT id FROM attempts") == [(7,)]
        names = [row[1] for row in ledger.run("PRAGMA table_info(attempts)")]
    assert names[: len(had)] == had


def test_rows_are_changed_and_deleted_through_the_view(ledger):
    ledger.keep(FULL)
    ledger.run("UPDATE attempts SET cost_nano = 12, provider = 'groq' WHERE call_id = 'call'")
    (row,) = everything(ledger)
    assert row == asdict(FULL) | {"cost_nano": 12, "provider": "groq"}
    ledger.run("DELETE FROM attempts WHERE provider = 'groq'")
    assert everything(ledger) == []


def test_what_is_not_named_when_writing_means_none(ledger):
    named = {k: v for k, v in asdict(FULL).items() if k not in {"role", "over_budget"}}
    marks = ", ".join("?" * len(named))
    ledger.run(f"INSERT INTO attempts ({', '.join(named)}) VALUES ({marks})", tuple(named.values()))
    (row,) = everything(ledger)
    assert (row["role"], row["over_budget"]) == ("", 0)


@pytest.mark.parametrize("way", ["keep", "update"])
def test_a_reservation_goes_when_its_attempt_ends(ledger, way):
    row = Attempt("call", 1, 1, "openai", status="running")
    ledger.keep(row)
    budget.book(ledger, CallContext("call"), 1, 1_000)
    assert ledger.run("SELECT nano FROM reservations") == [(1_000,)]
    if way == "keep":
        row.status = "ok"
        ledger.keep(row)
    else:
        ledger.run("UPDATE attempts SET status = 'lost' WHERE status = 'running'")
    assert ledger.run("SELECT nano FROM reservations") == []


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT host, pid, born FROM attempts WHERE status = 'running'", "attempts_running"),
        ("SELECT count(*) FROM attempts WHERE started_at >= 5", "attempts_started_at"),
        ("SELECT sum(cost_nano) FROM attempt_rows WHERE chat = 1", "COVERING INDEX attempts_chat"),
        ("SELECT cost_nano FROM attempts WHERE call_id = 'a'", "autoindex_attempt_rows_1"),
    ],
)
def test_what_is_asked_for_before_each_call_is_found_by_an_index(ledger, query, index):
    plan = " ".join(row[3] for row in ledger.run(f"EXPLAIN QUERY PLAN {query}"))
    assert index in plan
    assert "SCAN t" not in plan


def test_the_names_of_calls_are_in_the_order_of_time_and_never_the_same(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    first = {call_id() for _ in range(1_000)}
    monkeypatch.setattr("time.time", lambda: 1_800_000_001.0)
    assert len(first) == 1_000
    assert max(first) < call_id()
