"""What attempts took and cost together, by anything that a row says: sums, made by SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from nbprovider import config
from nbprovider.errors import UsageError
from nbprovider.ledger import process
from nbprovider.ledger.offsets import local
from nbprovider.ledger.periods import Here, When, since, until
from nbprovider.ledger.store import Ledger
from nbprovider.spelling import did_you_mean

DAY = 86_400_000_000
"""Microseconds in a day."""

HOUR = 3_600_000_000

_INTERNED = {
    "model": "model_asked",
    "provider": "provider",
    "account": "account",
    "notebook": "notebook",
    "cell": "cell",
    "chat": "chat",
    "purpose": "purpose",
    "role": "role",
    "served": "model_served",
    "finish": "finish",
    "error": "error_kind",
}
"""What sums are made by → the column that holds its word's number; see `compact`."""

_PLAIN = {"status": "status", "cost_source": "cost_source", "call": "call_id"}

_PERIODS: dict[str, Callable[[str], str]] = {
    "hour": lambda local: f"started_at - {local} % {HOUR}",
    "day": lambda local: f"{local} / {DAY}",
    # Days are counted from a Thursday; a week begins on Monday.
    "week": lambda local: f"({local} / {DAY} + 3) / 7 * 7 - 3",
    "month": lambda local: f"strftime('%Y-%m-01', {local} / 1000000, 'unixepoch')",
    "year": lambda local: f"strftime('%Y-01-01', {local} / 1000000, 'unixepoch')",
}
"""Periods → their SQL, made of that of a local time: days since 1970, dates, or UTC for hours."""

BY: tuple[str, ...] = (*_INTERNED, *_PLAIN, *_PERIODS)
"""All that sums can be made by."""

_TOKENS = ("input", "cache_read", "cache_write", "output", "reasoning")

SUMS: dict[str, str] = {
    "cost": "iif(sum(n - priced) FILTER (WHERE status <> 'running') > 0"
    " AND ifnull(sum(priced) FILTER (WHERE cost_source <> 'unbilled'), 0) = 0, NULL,"
    " ifnull(sum(nano), 0))",
    "unknown": "ifnull(sum(n - priced) FILTER (WHERE status <> 'running'), 0)",
    "calls": "ifnull(sum(n) - sum(repeats), 0)",
    "attempts": "ifnull(sum(n), 0)",
    **{kind: f"sum({kind})" for kind in _TOKENS},
    "subscription": "ifnull(sum(n) FILTER (WHERE cost_source = 'subscription'), 0)",
    "local": "ifnull(sum(n) FILTER (WHERE cost_source = 'local'), 0)",
    "interrupted": "ifnull(sum(n) FILTER (WHERE status = 'interrupted'), 0)",
    "estimated": "ifnull(sum(estimated), 0)",
    "running": "ifnull(sum(n) FILTER (WHERE status = 'running'), 0)",
}
"""Column → its SQL, costs in nano-dollars; made of the sums of `_PARTS`."""

_PARTS = ", ".join(
    (
        "cost_source, status, count(*) AS n, count(cost_nano) AS priced, sum(cost_nano) AS nano",
        "sum(estimated) AS estimated",
        *(f"sum({kind}) AS {kind}" for kind in _TOKENS),
        "0 AS repeats",
    )
)
"""What is summed for each group, price source and status: so each row is looked at once."""


FEW = 50_000
"""Rows that are sooner read one by one than found in an index of all."""


class Range(Struct, frozen=True):
    """Which attempts are meant: from a microsecond since 1970 on, before another; None: any.

    `process`, `notebook`: the numbers of the only ones meant, see `compact`.
    """

    begin: int | None = None
    end: int | None = None
    process: int | None = None
    notebook: int | None = None

    def sql(self) -> str:
        """Return the condition; the numbers are ours."""
        limits = {
            "started_at >=": self.begin,
            "started_at <": self.end,
            "process =": self.process,
            "notebook =": self.notebook,
        }
        told = [f"{left} {right}" for left, right in limits.items() if right is not None]
        return " AND ".join(told) or "1"


EVER = Range()


def between(begin: When | None, end: When | None, zone: tzinfo | None = None) -> Range:
    """Return the range that words mean; raises UsageError for what means no time, or none of it."""
    here = Here(zone or config.zone())
    found = Range(since(begin, here), until(end, here))
    if found.begin is not None and found.end is not None and found.begin >= found.end:
        raise UsageError(
            f"There is no time since {begin!s} until {end!s}.", hint="Exchange the two."
        )
    return found


class Sum(Struct, frozen=True):
    """What all attempts of a range took and cost together; fields as SUMS, cost in nano-dollars."""

    cost: int | None
    unknown: int
    calls: int
    attempts: int
    input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    reasoning: int | None
    subscription: int
    local: int
    interrupted: int
    estimated: int
    running: int


def total(ledger: Ledger, within: Range) -> Sum:
    """Return the sum of a range."""
    return Sum(*sums(ledger, (), within, None)[0])


def by_this_process(ledger: Ledger, began: int) -> Range:
    """Return the range of what this process has asked since it began."""
    own = process.own()
    found = ledger.run(
        "SELECT id FROM processes WHERE host = ? AND pid = ? AND born = ?",
        (own.host, own.pid, own.born),
    )
    return Range(begin=began, process=found[0][0] if found else 0)


def in_notebook(ledger: Ledger, name: str) -> Range:
    """Return the range of what was asked in a notebook, ever."""
    found = ledger.run("SELECT id FROM words WHERE word = ?", (name,))
    return Range(notebook=found[0][0] if found else 0)


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
    shown = (
        _local(ledger, within, zone or config.zone())
        if any(word in _PERIODS for word in by)
        else ""
    )
    names = [f"k{n}" for n in range(len(by))]
    keys = "".join(f"{_key(word, shown)} AS {name}, " for word, name in zip(by, names, strict=True))
    columns = [_told(word, name) for word, name in zip(by, names, strict=True)]
    columns += [f"{sql} AS {column}" for column, sql in SUMS.items()]
    periods = [n for word, n in zip(by, names, strict=True) if word in _PERIODS]
    order = ", ".join([*periods, "cost DESC NULLS LAST", "attempts DESC", "1"])
    group = f"GROUP BY {', '.join(names)}" if names else ""
    parts = ", ".join(
        [*(names or ["model_asked"]), "cost_source", "status"]
    )  # as the index has them
    return ledger.run(
        f"SELECT {', '.join(columns)} FROM (SELECT {keys}{_PARTS} FROM {_rows(ledger, within)}"  # noqa: S608 - our own words
        f" WHERE {within.sql()} GROUP BY {parts}"
        f" UNION ALL {_repeats(by, shown, within)}) {group} ORDER BY {order}"
    )


def _rows(ledger: Ledger, within: Range) -> str:
    """Return the table, and by which index to read it: by time where few rows are meant.

    SQLite cannot tell, and the index that sums are read from may stand in the way.
    """
    if within == Range():
        return "attempt_rows"
    found = ledger.run(
        f"SELECT count(*) FROM (SELECT 1 FROM attempt_rows WHERE {within.sql()} LIMIT {FEW})"  # noqa: S608 - our own numbers
    )[0][0]
    return "attempt_rows INDEXED BY attempts_started_at" if found < FEW else "attempt_rows"


def _repeats(by: tuple[str, ...], shown: str, within: Range) -> str:
    """Return SQL for how many attempts of a group are not the first of their call in it.

    Only attempts that are not the first of their call anywhere are looked at: they are few.
    """
    keys = [_key(word, shown) for word in by]
    named = "".join(f"{key} AS k{n}, " for n, key in enumerate(keys))
    names = "".join(f"k{n}, " for n in range(len(by)))
    same = "".join(f" AND {key} IS k{n}" for n, key in enumerate(keys))
    group = f" GROUP BY {names[:-2]}" if names else ""
    return (
        f"SELECT {names}'', '', 0, 0, NULL, 0, {'NULL, ' * len(_TOKENS)}count(*)"  # noqa: S608 - our own words
        f" FROM (SELECT {named}call_id AS of_call, number AS nth"
        f" FROM attempt_rows INDEXED BY attempts_again WHERE number > 1 AND {within.sql()})"
        " WHERE EXISTS (SELECT 1 FROM attempt_rows"
        f" WHERE call_id = of_call AND number < nth AND {within.sql()}{same}){group}"
    )


def _key(word: str, shown: str) -> str:
    if word in _PERIODS:
        return _PERIODS[word](shown)
    return (
        f"ifnull({_INTERNED[word]}, 0)"
        if word in _NULLABLE
        else _INTERNED.get(word) or _PLAIN[word]
    )


_NULLABLE = {"served", "finish", "error"}


def _told(word: str, name: str) -> str:
    """Return SQL for what a group is called."""
    if word not in _INTERNED:
        return f"{name}"
    return f"ifnull((SELECT word FROM words WHERE words.id = {name}), '')"  # noqa: S608 - our own words


def _local(ledger: Ledger, within: Range, zone: tzinfo | None) -> str:
    first, last = ledger.run(
        f"SELECT (SELECT min(started_at) FROM attempt_rows WHERE {within.sql()}),"  # noqa: S608 - our own numbers
        f" (SELECT max(started_at) FROM attempt_rows WHERE {within.sql()})"
    )[0]
    return "started_at" if first is None else local(first, last, zone)
