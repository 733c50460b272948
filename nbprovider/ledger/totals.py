"""Sums over the ledger, made by SQL; and what has become of unfinished rows."""

from __future__ import annotations

import time
from datetime import tzinfo

from msgspec import Struct

from nbprovider import config
from nbprovider.ledger import process
from nbprovider.ledger.periods import Here, micro
from nbprovider.ledger.store import Ledger

LONGEST_CALL = 24 * 3600
"""Seconds after which a call of a process that cannot be asked for counts as lost."""


class Today(Struct, frozen=True):
    """What the user's own day, since midnight, has seen.

    - `calls`: questions that somebody took, not those that were never sent, or refused by all;
      `attempts`: tries, also those
    - `cost_nano`: nano-dollars of all attempts whose price is known, None when none is
    - `unknown`: finished attempts whose price is not known
    """

    calls: int
    attempts: int
    cost_nano: int | None
    unknown: int


def today(ledger: Ledger, zone: tzinfo | None = None) -> Today:
    """Return the sums of the day that it is in a time zone, the user's own if none is given."""
    settle(ledger)
    calls, attempts, cost, unknown = ledger.run(
        """
        SELECT count(DISTINCT call_id) FILTER (WHERE cost_source <> 'unbilled'),
               count(*), sum(cost_nano),
               count(*) FILTER (WHERE cost_nano IS NULL AND status <> 'running')
        FROM attempts WHERE started_at >= ?
        """,
        (midnight(zone),),
    )[0]
    return Today(calls, attempts, cost if unknown else cost or 0, unknown)


def settle(ledger: Ledger) -> None:
    """Mark the rows whose process has ended without finishing them as lost."""
    writers = ledger.run("SELECT DISTINCT host, pid, born FROM attempts WHERE status = 'running'")
    for host, pid, born in writers:
        writer = process.Writer(host, pid, born)
        if writer != process.own():
            older_than = _now() if process.gone(writer) else _now() - LONGEST_CALL * 1_000_000
            ledger.run(
                "UPDATE attempts SET status = 'lost' WHERE status = 'running' "
                "AND host = ? AND pid IS ? AND born = ? AND started_at <= ?",
                (host, pid, born, older_than),
            )


def _now() -> int:
    return time.time_ns() // 1000


def midnight(zone: tzinfo | None = None) -> int:
    """Return when the day began, in microseconds since 1970."""
    here = Here(zone or config.zone())
    return micro(here.midnight(here.today))
