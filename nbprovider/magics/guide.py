"""`%provider guide` and `%provider choose`: which provider, and how to begin with it."""

from __future__ import annotations

from nbprovider import catalog
from nbprovider.session import current
from nbprovider.view import GuidePage, Table


def page(name: str = "") -> GuidePage | Table:
    """Return a provider's guide; without a name, what each provider is good for."""
    if name:
        return GuidePage(catalog.find(name))
    rows = tuple((p.key, p.name, p.guide.pick_for) for p in catalog.load().values())
    return Table(
        ("name", "provider", "good for"),
        rows,
        note="`%provider guide NAME` tells how to begin; `%provider choose` helps to pick.",
    )


def choose() -> Table:
    """Return who to take for what matters most, and whether it is configured."""
    found = {account.provider for account in current().accounts()}
    rows = tuple(
        (choice.concern, choice.name, choice.why, "yes" if choice.pick in found else "no")
        for choice in catalog.choices()
    )
    return Table(
        ("what matters", "take", "because", "configured"),
        rows,
        note="`%provider guide NAME` tells how to get a key, with the name before the colon.",
    )
