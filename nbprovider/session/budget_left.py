"""What is left of the budgets, as a picture."""

from __future__ import annotations

from nbprovider.ledger import CallContext, budget
from nbprovider.ledger.budget import Account
from nbprovider.session import budgets
from nbprovider.session.session import current
from nbprovider.session.standing import usd
from nbprovider.session.sums import Sums
from nbprovider.view.picture import Picture

TITLE = "What is left of the budgets"
SERIES = ("spent", "reserved for calls under way", "left")


def picture() -> Picture:
    """Return how much of each budget is spent, reserved and left, in percent of its limit."""
    session = current()
    limits, place = budgets.limits(session), session.place()
    context = CallContext("", session.opened, place.notebook, place.cell)
    found = budget.standing(session.ledger, limits, context)
    if not found:
        return Picture(
            "bars", TITLE, "No budget is set. `%provider budget day 5` limits a day to $5."
        )
    sums = Sums()
    for account in found:
        for part, nano in zip(SERIES, _parts(account), strict=True):
            sums.add(_named(account), part, 100 * nano / account.limit)
    told = tuple(map(_told, found))
    names = tuple(sums.amounts)
    lines = "; ".join(f"{name}: {words}" for name, words in zip(names, told, strict=True))
    series = tuple(name for name in SERIES if sums.series[name])
    return Picture(
        "bars",
        TITLE,
        f"{TITLE}. {lines}.",
        names,
        told,
        series,
        sums.marks(series),
        left="left",
        x="percent of the limit",
    )


def _parts(account: Account) -> tuple[int, int, int]:
    return account.spent, account.reserved, account.left


def _named(account: Account) -> str:
    return account.scope if account.scope == "day" else f"{account.scope} {account.subject}"


def _told(account: Account) -> str:
    return f"{usd(account.left)} of {usd(account.limit)} left"
