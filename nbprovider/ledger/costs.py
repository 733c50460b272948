"""What attempts took and cost together, by anything that a row says: sums, made by SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.ledger.offsets import local
from nbprovider.ledger.periods import Here, When, since, until
from nbprovider.ledger.store import Ledger
from nbprovider.spelling import did_you_mean

DAY = 86_400_000_000
"""Microseconds in a day."""

HOUR = 3_600_000_000

WORDS: dict[str, str] = {
    "model": "model_asked",
    "provider": "provider",
    "account": "account",
    "notebook": "notebook",
    "cell": "cell",
    "chat": "chat",
    "purpose": "purpose",
    "served": "ifnull(model_served, '')",
    "status": "status",
    "cost_source": "cost_source",
    "finish": "ifnull(finish, '')",
    "call": "call_id",
}
"""What sums are made by → its SQL."""

_PERIODS: dict[str, Callable[[str], str]] = {
    "hour": lambda local: f"started_at - {local} % {HOUR}",
    "day": lambda local: f"{local} / {DAY}",
    # Days are counted from a Thursday; a week begins on Monday.
    "week": lambda local: f"({local} / {DAY} + 3) / 7 * 7 - 3",
    "month": lambda local: f"strftime('%Y-%m-01', {local} / 1000000, 'unixepoch')",
    "year": lambda local: f"strftime('%Y-01-01', {local} / 1000000, 'unixepoch')",
}
"""Periods → their SQL, made of that of a local time: days since 1970, dates, or UTC for hours."""

BY: tuple[str, ...] = (*WORDS, *_PERIODS)
"""All that sums can be made by."""

_UNKNOWN = "cost_nano IS NULL AND status <> 'running'"

SUMS: dict[str, str] = {
    "cost": f"iif(count(*) FILTER (WHERE {_UNKNOWN}) > 0"
    " AND count(cost_nano) FILTER (WHERE cost_source <> 'unbilled') = 0, NULL,"
    " ifnull(sum(cost_nano), 0))",
    "unknown": f"count(*) FILTER (WHERE {_UNKNOWN})",
    "calls": "count(DISTINCT call_id)",
    "attempts": "count(*)",
    "input": "sum(input)",
    "cache_read": "sum(cache_read)",
    "cache_write": "sum(cache_write)",
    "output": "sum(output)",
    "reasoning": "sum(reasoning)",
    "subscription": "count(*) FILTER (WHERE cost_source = 'subscription')",
    "local": "count(*) FILTER (WHERE cost_source = 'local')",
    "interrupted": "count(*) FILTER (WHERE status = 'interrupted')",
    "running": "count(*) FILTER (WHERE status = 'running')",
}
"""Column → its SQL; costs in nano-dollars."""


class Range(Struct, frozen=True):
    """Which attempts are meant: from a microsecond since 1970 on, before another; None: any."""

    begin: int | None = None
    end: int | None = None

    def sql(self) -> str:
        """Return the condition; the numbers are ours."""
        limits = {"started_at >=": self.begin, "started_at <": self.end}
        told = [f"{left} {right}" for left, right in limits.items() if right is not None]
        return " AND ".join(told) or "1"


def between(begin: When | None, end: When | None, zone: tzinfo | None = None) -> Range:
    """Return the range that words mean; raises UsageError for what means no time, or none of it."""
    here = Here(zone)
    found = Range(since(begin, here), until(end, here))
    if found.begin is not None and found.end is not None and found.begin >= found.end:
        raise UsageError(
            f"There is no time since {begin!s} until {end!s}.", hint="Exchange the two."
        )
    return found


def words(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return what to make sums by, each once; raises UsageError for what no row says."""
    given = (by,) if isinstance(by, str) else tuple(by or ())
    for word in given:
        if word not in BY:
            hint = did_you_mean(str(word), BY) or f"There are: {', '.join(BY)}."
            raise UsageError(f"Costs cannot be told by {word!r}.", hint=hint)
    return tuple(dict.fromkeys(given))


def sums(
    ledger: Ledger, by: tuple[str, ...], within: Range, zone: tzinfo | None
) -> list[tuple[Any, ...]]:
    """Return a row for each group: its words, then SUMS; periods in their order.

    Groups of one period come the dearest first.
    """
    shown = _local(ledger, within, zone) if any(word in _PERIODS for word in by) else ""
    keys = [_PERIODS[word](shown) if word in _PERIODS else WORDS[word] for word in by]
    named = "".join(f"{key} AS k{n}, " for n, key in enumerate(keys))
    group = f" GROUP BY {', '.join(f'k{n}' for n in range(len(keys)))}" if keys else ""
    periods = [f"k{n}" for n, word in enumerate(by) if word in _PERIODS]
    order = ", ".join([*periods, "cost DESC NULLS LAST", "attempts DESC", "1"])
    columns = ", ".join(f"{sql} AS {name}" for name, sql in SUMS.items())
    return ledger.run(
        f"SELECT {named}{columns} FROM attempts"  # noqa: S608 - our own words
        f" WHERE {within.sql()}{group} ORDER BY {order}"
    )


def _local(ledger: Ledger, within: Range, zone: tzinfo | None) -> str:
    first, last = ledger.run(
        f"SELECT min(started_at), max(started_at) FROM attempts WHERE {within.sql()}"  # noqa: S608 - our own numbers
    )[0]
    return "started_at" if first is None else local(first, last, zone)
