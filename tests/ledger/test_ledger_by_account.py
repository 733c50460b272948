"""What each account did last, and cost today."""

from __future__ import annotations

from datetime import UTC, datetime

from nbprovider.ledger import Attempt, Ledger
from nbprovider.ledger.by_account import Used, by_account
from nbprovider.ledger.totals import midnight


def kept(tmp_path, *attempts):
    ledger = Ledger(tmp_path / "ledger.db")
    for number, (account, started, more) in enumerate(attempts):
        ledger.keep(Attempt(f"c{number}", 1, started, account=account, status="ok", **more))
    return by_account(ledger)


def test_todays_costs_are_summed_and_what_has_no_price_is_counted(tmp_path):
    now = midnight() + 1
    found = kept(
        tmp_path,
        ("work", midnight() - 1, {"cost_nano": 1000}),
        ("work", now, {"cost_nano": 20}),
        ("work", now + 5, {"cost_nano": 3}),
        ("work", now, {}),
        ("home", midnight() - 1, {"cost_nano": 7}),
    )
    assert found["work"] == Used(datetime.fromtimestamp((now + 5) / 1e6, UTC), 3, 23, 1)
    assert (found["home"].today, found["home"].cost_nano, found["home"].unknown) == (0, 0, 0)


def test_an_empty_ledger_knows_no_account(tmp_path):
    assert kept(tmp_path) == {}
