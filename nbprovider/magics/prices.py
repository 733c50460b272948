"""`%provider prices`: what would be charged, and why; newer list prices on demand."""

from __future__ import annotations

from typing import Any

from nbprovider.session import current
from nbprovider.session import prices as known

USAGE = "[MODEL]"


def run(model: str = "") -> Any:
    """Show what a model costs, or the usual one of each account; `update` fetches the newest."""
    if model == "update":
        return known.update()
    return known.prices(model) if model else known.overview(current())
