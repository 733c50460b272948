"""`%provider budget`: what may be spent, and what is."""

from __future__ import annotations

from typing import Any

from nbprovider.errors import UsageError
from nbprovider.ledger.budget import NANO
from nbprovider.session import budgets, current
from nbprovider.session.standing import budgets as standing
from nbprovider.session.standing import usd
from nbprovider.view import Note


def budget(scope: str = "", amount: str = "") -> Any:
    """Show the budgets, or limit a scope to so many USD; 0 for no limit, `-` as settings.toml."""
    session = current()
    if not scope:
        return standing()
    if not amount:
        raise UsageError(
            f"How much may a {scope} cost?", hint=f"As: %provider budget {scope} 5 (USD; 0: any)."
        )
    budgets.set_budget(session, scope, _usd(amount))
    most = round(getattr(budgets.limits(session), scope) * NANO)
    return Note(f"A {scope} may cost {usd(most)}." if most else f"A {scope} has no budget.")


def _usd(text: str) -> float | None:
    if text == "-":
        return None
    try:
        return float(text.lstrip("$"))
    except ValueError:
        raise UsageError(f"{text!r} is no amount.", hint="Give USD, as 5 or 0.50.") from None
