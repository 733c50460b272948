"""How quickly accounts answered lately, and how often they failed."""

from __future__ import annotations

import math
import time
from itertools import groupby

from msgspec import Struct

from nbprovider.ledger.store import Ledger


class Pace(Struct, frozen=True):
    """An account's model: attempts, the share that failed, seconds to the first token.

    `error_rate`, `p50` and `p95` are None where there is nothing to tell them by, `last_error` is
    None where nothing failed.
    """

    account: str
    model: str
    calls: int
    error_rate: float | None
    p50: float | None
    p95: float | None
    last_error: str | None


def paces(ledger: Ledger, recent: float) -> list[Pace]:
    """Return how each account's model did in the last so many seconds."""
    since = time.time_ns() // 1000 - int(recent * 1_000_000)
    rows = ledger.run(
        "SELECT account, model_asked, status, first_token_us, error_kind || ': ' || error "
        "FROM attempts "
        "WHERE started_at >= ? AND status IN ('ok', 'failed', 'interrupted') "
        "AND purpose <> 'replay' "
        "AND ifnull(error_kind, '') NOT IN ('circuit_open', 'budget_exceeded') "
        "ORDER BY account, model_asked, started_at",
        (since,),
    )
    groups = groupby(rows, lambda row: (row[0], row[1]))
    return [_pace(account, model, list(own)) for (account, model), own in groups]


Row = tuple[str, str, str, int | None, str | None]


def _pace(account: str, model: str, rows: list[Row]) -> Pace:
    ended = [status for _, _, status, _, _ in rows if status != "interrupted"]
    errors = [error for _, _, status, _, error in rows if status == "failed"]
    firsts = sorted(first / 1e6 for _, _, _, first, _ in rows if first is not None)
    rate = len(errors) / len(ended) if ended else None
    last = errors[-1] if errors else None
    return Pace(account, model, len(rows), rate, _at(firsts, 0.5), _at(firsts, 0.95), last)


def _at(values: list[float], share: float) -> float | None:
    """Return the value that this share of the sorted values does not exceed, None of nothing."""
    return values[math.ceil(share * len(values)) - 1] if values else None
