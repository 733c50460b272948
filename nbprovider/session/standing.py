"""How the budgets stand: `nbprovider.budgets()`."""

from __future__ import annotations

from collections.abc import Iterator

from nbprovider.ledger import CallContext, budget
from nbprovider.ledger.budget import NANO, SCOPES, Account, Limits
from nbprovider.session import budgets as own
from nbprovider.session.session import Session, current
from nbprovider.view import Table, bar, money

WIDTH = 20
"""Characters of a bar."""


def set_budget(scope: str, usd: float | None) -> None:
    """Limit what a day, a notebook, a chat or a call may cost, in USD; 0 for no limit.

    None goes back to what settings.toml says. Raises UsageError for a scope or an amount that
    cannot be.
    """
    own.set_budget(current(), scope, usd)


def budgets() -> Table:
    """Return how the budgets of the day, this notebook and the chat that goes on stand."""
    session = current()
    limits = own.limits(session)
    known = {one.scope: one for one in accounts(session)}
    rows = tuple(_row(scope, limits, known) for scope in SCOPES)
    note = "`%provider budget SCOPE USD` sets one; `--over-budget` in a cell passes it once."
    return Table(("budget of a", "limit", "spent", "reserved", ""), rows, note=note)


def accounts(session: Session) -> list[Account]:
    """Return how each budget stands that is limited."""
    place = session.place()
    context = CallContext("", session.opened, place.notebook, place.cell)
    return budget.standing(session.ledger, own.limits(session), context)


def _row(
    scope: budget.Scope, limits: Limits, known: dict[budget.Scope, Account]
) -> tuple[str, ...]:
    limit, account = limits.of(scope), known.get(scope)
    if not limit:
        return (scope, "none", "", "", "")
    if account is None or scope == "call":
        why = "not kept: nobody tells which notebook this is" if scope == "notebook" else ""
        return (scope, usd(limit), "", "", why)
    subject = "" if scope == "day" else f" {account.subject}"
    return (f"{scope}{subject}", usd(limit), *_told(account))


def _told(account: Account) -> Iterator[str]:
    yield usd(account.spent)
    yield usd(account.reserved) if account.reserved else ""
    yield bar(account.percent, WIDTH)


def usd(nano: int) -> str:
    """Return dollars and cents; below a cent the digits that say something."""
    return f"${nano / NANO:,.2f}" if nano >= NANO // 100 or not nano else money(nano)
