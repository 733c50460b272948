"""How a budget stands, as a bar."""

from __future__ import annotations

from nbprovider.ledger.budget import Account
from nbprovider.session.standing import usd
from nbprovider.ui.forms.parts import Bar, Tone

NEAR, SPENT = 75, 100
"""Percent of a budget from which on it is told in another tone."""


def budget_bar(one: Account) -> Bar:
    """Return how a budget stands."""
    tone: Tone = "bad" if one.percent >= SPENT else "warning" if one.percent >= NEAR else "good"
    reserved = f", {usd(one.reserved)} reserved" if one.reserved else ""
    words = f"{usd(one.spent)} of {usd(one.limit)} ({one.percent} %){reserved}"
    share = one.spent / max(one.limit, 1)
    return Bar(f"bar {one.scope}", f"{one.scope} budget", share, words, tone)
