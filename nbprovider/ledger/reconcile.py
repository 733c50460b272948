"""Compare what the ledger has with what a provider counted, by day (UTC) and model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.ledger.statement import Line, Statement, read
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import settle

QUANTITIES = ("requests", "input", "cached", "output", "cost")

_TOTAL_INPUT = (
    "iif(coalesce(input, cache_read, cache_write) IS NULL, NULL,"
    " ifnull(input, 0) + ifnull(cache_read, 0) + ifnull(cache_write, 0))"
)

_OURS = f"""
    SELECT date(started_at / 1000000, 'unixepoch'), ifnull(model_served, model_asked),
        count(*), sum({_TOTAL_INPUT}), sum(cache_read), sum(output), sum(cost_nano),
        count(*) FILTER (WHERE cost_nano IS NULL),
        count(*) FILTER (WHERE output IS NULL OR {_TOTAL_INPUT} IS NULL), sum(estimated)
    FROM attempts
    WHERE provider = ? AND started_at >= ? AND started_at < ?
        AND status <> 'running' AND cost_source <> 'unbilled' AND (? = '' OR account = ?)
    GROUP BY 1, 2
"""  # noqa: S608 - our own words
"""What a provider would count too: not what it refused, or what was never sent."""

_DATED = re.compile(r"[-@](20\d{2}-\d{2}-\d{2}|20\d{6}|\d{2}-20\d{2}|\d{4}|latest)$")


class Counted(Struct):
    """Sums of one side; None where it told nothing.

    - `cost`: nano-dollars, right to `slack`
    - `unpriced`, `uncounted`, `estimated`: attempts of ours without a known cost, without all
      tokens, with tokens that are estimated
    """

    requests: int | None = None
    input: int | None = None
    cached: int | None = None
    output: int | None = None
    cost: Decimal | None = None
    slack: Decimal = Decimal(0)
    unpriced: int = 0
    uncounted: int = 0
    estimated: int = 0

    def add(self, other: Line | Counted) -> None:
        """Add what another tells; what neither tells stays untold."""
        for name in QUANTITIES:
            one, more = getattr(self, name), getattr(other, name)
            setattr(self, name, more if one is None else one if more is None else one + more)
        self.slack += other.slack
        if isinstance(other, Counted):
            self.unpriced += other.unpriced
            self.uncounted += other.uncounted
            self.estimated += other.estimated


class Pair(Struct):
    """A day and model as both sides see it, None for a side that has nothing.

    - `model`: the name in the ledger, else the provider's; "" for all models together
    - `theirs_name`: the provider's names for it
    """

    day: date
    model: str
    names: tuple[str, ...] = ()
    ours: Counted | None = None
    theirs: Counted | None = None

    @property
    def side(self) -> str:
        """Which side has it: both, ours or theirs."""
        if self.ours and self.theirs:
            return "both"
        return "ours" if self.ours else "theirs"

    def differs(self) -> Iterator[str]:
        """Yield which quantities differ, of those that both sides know for certain."""
        if not self.ours or not self.theirs:
            return
        for name in QUANTITIES:
            mine, other = getattr(self.ours, name), getattr(self.theirs, name)
            if mine is None or other is None or not self._certain(name):
                continue
            # The ledger rounds each attempt to a nano-dollar.
            slack = self.theirs.slack + (self.ours.requests or 0) if name == "cost" else 0
            if abs(mine - other) > slack:
                yield name

    def cost_diff(self) -> Decimal | None:
        """Return theirs less ours in nano-dollars, None where either is not known for certain."""
        mine = self.ours.cost if self.ours else None
        other = self.theirs.cost if self.theirs else None
        if mine is None or other is None or not self._certain("cost"):
            return None
        return other - mine

    def _certain(self, name: str) -> bool:
        ours = self.ours or Counted()
        if name == "requests":
            return True
        return not (ours.unpriced if name == "cost" else ours.uncounted)


class Compared(Struct, frozen=True):
    """All days and models, in order; whose export it was, its days, what is to be said of it."""

    provider: str
    since: date
    until: date
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]


def compare(
    ledger: Ledger, paths: Iterable[Path], provider: str = "", account: str = ""
) -> Compared:
    """Compare the ledger with the exports of one provider, of usage and of costs.

    `provider` and `account` narrow the attempts that are compared, "" for those of the provider
    whose export it is. Raises UsageError for a file that makes no sense.
    """
    statements = [read(path) for path in paths]
    whose = _whose(statements) if not provider or not statements else provider
    lines = [line for one in statements for line in one.lines]
    days = frozenset[date]().union(*(one.days for one in statements))
    since, until = min(days), max(days)
    settle(ledger)
    ours = _ours(ledger, (whose, *_span(since, until), account, account))
    notes = tuple(note for one in statements for note in one.notes)
    return Compared(whose, since, until, tuple(_pairs(ours, lines)), notes)


def _whose(statements: list[Statement]) -> str:
    found = list(dict.fromkeys(one.provider for one in statements))
    if not found:
        raise UsageError("No file is named.", hint="Name the export: `%provider reconcile FILE`.")
    if len(found) != 1:
        raise UsageError(
            f"These are exports of {' and '.join(found)}.",
            hint="Compare those of one provider at a time.",
        )
    return found[0]


def _span(since: date, until: date) -> tuple[int, int]:
    begin = datetime(since.year, since.month, since.day, tzinfo=UTC)
    end = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
    return int(begin.timestamp()) * 1_000_000, int(end.timestamp()) * 1_000_000


def _ours(ledger: Ledger, values: tuple[Any, ...]) -> dict[tuple[date, str], Counted]:
    found = {}
    for day, model, requests, read_, cached, written, nano, *counts in ledger.run(_OURS, values):
        cost = None if nano is None else Decimal(nano)
        unpriced, uncounted, estimated = counts
        found[date.fromisoformat(day), model] = Counted(
            requests, read_, cached, written, cost, Decimal(0), unpriced, uncounted, estimated
        )
    return found


def _pairs(ours: dict[tuple[date, str], Counted], lines: list[Line]) -> list[Pair]:
    """Return the pairs by day and model; lines without a model stand against the whole day."""
    key = keys({model for _, model in ours}, [line.models for line in lines if line.models])
    pairs: dict[tuple[date, str], Pair] = {}
    whole = {line.day for line in lines if not line.models}
    by_model = {line.day for line in lines if line.models}
    for (day, model), counted in ours.items():
        if day in by_model or day not in whole:
            _join(pairs, (day, key((model,))), model, "ours", counted)
        if day in whole:
            _join(pairs, (day, ""), "", "ours", counted)
    for line in lines:
        at = (line.day, key(line.models) if line.models else "")
        pair = _join(pairs, at, line.models[0] if line.models else "", "theirs", line)
        pair.names = tuple(dict.fromkeys((*pair.names, *line.models[:1])))
    return sorted(pairs.values(), key=lambda pair: (pair.day, pair.model))


def _join(
    pairs: dict[tuple[date, str], Pair],
    at: tuple[date, str],
    model: str,
    side: str,
    counted: Line | Counted,
) -> Pair:
    pair = pairs.setdefault(at, Pair(at[0], model))
    total = getattr(pair, side) or Counted()
    total.add(counted)
    setattr(pair, side, total)
    return pair


def keys(ours: set[str], theirs: list[tuple[str, ...]]) -> Callable[[tuple[str, ...]], str]:
    """Return what names a model alike for both sides, by all its names of one side.

    A name without a date is that with one, where the other side does not use it: `gpt-6-luna` is
    `gpt-6-luna-2026-08-07`. Two with different dates are two models.
    """
    first = {_told(names, ours) for names in theirs}
    loose = {family(name) for name in ours ^ first if not _date(name)}

    def key(names: tuple[str, ...]) -> str:
        name = _told(names, ours)
        date = "" if family(name) in loose else _date(name)
        return f"{family(name)} {date}"

    return key


def _told(names: tuple[str, ...], ours: set[str]) -> str:
    """Return that of a model's names by which the ledger knows it, else the first."""
    families = {family(name) for name in ours}
    exact = (name for name in names if name in ours)
    near = (name for name in names if family(name) in families)
    return next(exact, None) or next(near, names[0])


def _date(name: str) -> str:
    found = _DATED.search(_slug(name))
    return found[1].replace("-", "") if found and found[1] != "latest" else ""


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


@cache
def family(name: str) -> str:
    """Return a name without its date, and without what providers spell one way and another.

    Words in any order, numbers in theirs: "Claude Opus 4.8" is "claude-4.8-opus-20260528".
    """
    undated = _DATED.sub("", _slug(name))
    words = sorted(re.findall(r"[a-z]+", undated))
    return f"{' '.join(words)} {'.'.join(re.findall(r'[0-9]+', undated))}"
