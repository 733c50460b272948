"""What each account did last, and cost today."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import midnight


class Used(Struct, frozen=True):
    """An account's last attempt (UTC), its attempts today and nano-dollars of those with a price.

    `unknown` counts today's finished attempts whose price is not known.
    """

    last: datetime
    today: int
    cost_nano: int
    unknown: int


def by_account(ledger: Ledger, zone: tzinfo | None = None) -> dict[str, Used]:
    """Return what was used, by the account's name; days are the computer's own."""
    began = midnight(zone)
    rows = ledger.run(
        """
        SELECT (SELECT word FROM words WHERE words.id = account), max(started_at),
               count(*) FILTER (WHERE started_at >= ?),
               ifnull(sum(cost_nano) FILTER (WHERE started_at >= ?), 0),
               count(*) FILTER (WHERE started_at >= ? AND cost_nano IS NULL AND status <> 'running')
        FROM attempt_rows GROUP BY account
        """,
        (began, began, began),
    )
    return {
        name: Used(datetime.fromtimestamp(last / 1e6, UTC), today, cost, unknown)
        for name, last, today, cost, unknown in rows
    }
