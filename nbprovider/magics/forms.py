"""`%provider auth|accounts|discover|defaults`: forms, or the same questions in a terminal."""

from __future__ import annotations

from nbprovider.ui.all_forms import forms
from nbprovider.ui.front import Shown


def auth(name: str = "") -> Shown | None:
    """Show the form that enters a key or logs in."""
    return forms.credentials(name).show()


def accounts() -> Shown | None:
    """Show the table of all accounts."""
    return forms.accounts().show()


def discover(account: str = "") -> Shown | None:
    """Show the form that finds the models on offer."""
    return forms.models(account).show()


def defaults() -> Shown | None:
    """Show the form of roles, chains and budgets."""
    return forms.defaults().show()
