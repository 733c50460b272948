"""Rows are found page by page where nothing leads to them any more."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from damaged import PAGE, ROWS, fill, pages_of, spoil, told, wanted
from nbprovider.ledger import Attempt, Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.mark.parametrize("filler", [b"\0", b"\xff"], ids=["zeroed", "flipped"])
def test_rows_of_a_file_whose_beginning_is_gone_are_found_page_by_page(path, filler):
    """Nobody leads there any more: the pages are known by what they hold."""
    fill(path)
    spoil(path, [1], filler)
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("after", 1, 1))
        assert [row for row in told(ledger) if row[0] != "after"] == [
            wanted(n) for n in range(1, ROWS + 1)
        ]
        assert ledger.run("SELECT count(*) FROM turns") == [(100,)]
        assert "rows could be read" in ledger.troubles[0]
    assert len(list(path.parent.glob("*.corrupt-*"))) == 1


@pytest.mark.parametrize("filler", [b"\0", b"\xff"], ids=["zeroed", "flipped"])
def test_rows_of_a_table_whose_root_is_gone_are_found_page_by_page(path, filler):
    fill(path)
    spoil(path, pages_of(path, "attempt_rows")[:1], filler)
    with closing(Ledger(path)) as ledger:
        assert "lost" not in ledger.repair()
        assert told(ledger) == [wanted(n) for n in range(1, ROWS + 1)]


def test_long_rows_are_found_on_the_pages_that_they_go_on_to(path):
    texts = {f"call {n}": "x" * n for n in (10, 4_000, 4_050, 4_061, 5_000, 8_200, 40_000)}
    with closing(Ledger(path)) as ledger:
        for call, text in texts.items():
            ledger.keep(Attempt(call, 1, 1, status="ok", error=text))
    spoil(path, [1])
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert dict(ledger.run("SELECT call_id, error FROM attempts")) == texts


def test_what_was_deleted_is_not_found_on_pages_that_are_free(path):
    fill(path)
    with closing(Ledger(path)) as ledger:
        ledger.run("DELETE FROM attempts WHERE input > 1000")
    spoil(path, pages_of(path, "attempt_rows")[:1])
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert told(ledger) == [wanted(n) for n in range(1, 1_001)]


def test_a_file_of_nothing_but_noise_is_begun_anew(path):
    path.write_bytes(random.Random(0).randbytes(50 * PAGE + 7))
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("after", 1, 1))
        assert [row[0] for row in told(ledger)] == ["after"]
        assert "nothing in it can be read" in ledger.troubles[0]
