"""A row knows the region of the address that was asked, and the account whose price it has."""

from __future__ import annotations

import pytest

from nbprovider import config
from nbprovider.ledger import CallContext, Ledger, Recorder
from nbprovider.types import (
    Answered,
    Call,
    Finish,
    Message,
    Opened,
    Report,
    Route,
    Sending,
    Served,
    Started,
    Text,
    Usage,
)


def recorded(tmp_path, route: Route, host: str, used: Usage = Usage(1_000, 0)):  # noqa: B008
    call = Call(route.model, (Message("user", (Text("hi"),)),))
    recorder = Recorder(Ledger(tmp_path / "ledger.db"), CallContext(), call)
    heard = (
        *(Started(route, 1), Sending(host), Opened(200, {}), Served(route.model)),
        *(Report(used), Finish("stop"), Answered(route)),
    )
    for event in heard:
        recorder.saw(event)
    return recorder.attempts[-1]


@pytest.mark.parametrize(
    ("host", "region", "nano"),
    [
        ("api.openai.com", None, 2_000_000),
        ("eu.api.openai.com", "eu", 2_200_000),
        ("us.api.openai.com", "us", 2_200_000),
        ("evil-api.openai.com", None, 2_000_000),
        ("localhost", None, 2_000_000),
        ("", None, 2_000_000),
    ],
)
def test_openais_regional_addresses_cost_a_tenth_more(tmp_path, host, region, nano):
    row = recorded(tmp_path, Route("openai", "gpt-6.1-sol", "openai"), host)
    assert (row.extra or {}).get("region") == region
    assert row.cost_nano == nano


def test_an_attempt_that_counted_nothing_has_no_region(tmp_path):
    route = Route("openai", "gpt-6.1-sol", "openai")
    row = recorded(tmp_path, route, "eu.api.openai.com", Usage())
    assert (row.extra, row.cost_nano) == (None, None)


def test_an_accounts_own_price_is_the_one_that_its_rows_have(tmp_path):
    config.settings_file().parent.mkdir(parents=True)
    config.settings_file().write_text(
        '[prices."work:*"]\ninput = 9\noutput = 9\n[discounts]\nspare = 0.5\n', encoding="utf-8"
    )
    rows = [
        recorded(tmp_path, Route("openai", "gpt-6.1-sol", name), "api.openai.com")
        for name in ("openai", "work", "spare")
    ]
    assert [row.cost_nano for row in rows] == [2_000_000, 9_000_000, 1_000_000]
    assert [row.cost_source for row in rows] == ["list", "own", "list"]
