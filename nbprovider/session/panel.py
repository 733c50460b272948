"""What was spent lately, at a glance: today, this week, by model, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from nbprovider import config
from nbprovider.ledger import costs
from nbprovider.ledger.budget import Account
from nbprovider.ledger.costs import Sum, between
from nbprovider.ledger.periods import Here
from nbprovider.ledger.totals import settle
from nbprovider.session import spend, standing

if TYPE_CHECKING:
    from nbprovider.session.session import Session

DAYS = 14
"""Days that are told one by one."""

EPOCH = date(1970, 1, 1)


class Part(Struct, frozen=True):
    """What a model or a day took; `cost` in nano-dollars, None where no price is known."""

    name: str
    cost: int | None
    calls: int
    unknown: int = 0


class Panel(Struct, frozen=True):
    """What was spent.

    - `today`, `week`, `kernel`: sums in words; the week is the last seven days
    - `models`: those of the week, the dearest first; `days`: the last ones, this one at the end
    - `budgets`: how each limit stands
    """

    today: str
    week: str
    kernel: str
    models: tuple[Part, ...]
    days: tuple[Part, ...]
    budgets: tuple[Account, ...]


def panel(session: Session) -> Panel:
    """Return what was spent until now."""
    ledger = session.ledger
    settle(ledger)
    today = Here(config.zone()).today
    week, days = between(today - timedelta(days=6), None), today - timedelta(days=DAYS - 1)
    by_day = {
        EPOCH + timedelta(days=row[0]): Sum(*row[1:])
        for row in costs.sums(ledger, ("day",), between(days, None), None)
    }
    models = costs.sums(ledger, ("model",), week, None)
    own = costs.by_this_process(ledger, session.began)
    return Panel(
        spend.told(costs.total(ledger, between(today, None))),
        spend.told(costs.total(ledger, week)),
        spend.told(costs.total(ledger, own)),
        tuple(_part(name or "?", Sum(*row)) for name, *row in models),
        tuple(_day(days + timedelta(days=n), by_day) for n in range(DAYS)),
        tuple(one for one in standing.accounts(session) if one.scope != "call"),
    )


def _part(name: str, found: Sum) -> Part:
    return Part(name, found.cost, found.calls, found.unknown)


def _day(day: date, known: dict[date, Sum]) -> Part:
    found = known.get(day)
    return Part(_short(day), 0, 0) if found is None else _part(_short(day), found)


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
