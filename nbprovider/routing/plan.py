"""The routes of one call, in the order they are tried."""

from __future__ import annotations

from nbprovider.types import Route


def plan(route: Route) -> tuple[Route, ...]:
    """Return the routes to try for a resolved one: that one. Chains will add theirs here."""
    return (route,)
