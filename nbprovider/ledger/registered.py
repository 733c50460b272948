"""Models that the user has registered for an account: also ids that no list has."""

from __future__ import annotations

import time

from nbprovider.ledger.store import Ledger


def register(ledger: Ledger, account: str, model: str) -> None:
    """Remember that an account offers a model; doing so again changes nothing."""
    ledger.run(
        "INSERT INTO registered_models (model, account, registered_at) VALUES (?, ?, ?) "
        "ON CONFLICT (model, account) DO NOTHING",
        (model, account, time.time_ns() // 1000),
    )


def unregister(ledger: Ledger, account: str, model: str) -> bool:
    """Forget a registered model; return whether it was registered."""
    removed = ledger.run(
        "DELETE FROM registered_models WHERE model = ? AND account = ? RETURNING model",
        (model, account),
    )
    return bool(removed)


def registered(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """Return model → the accounts that it is registered for, the first registered first."""
    rows = ledger.run("SELECT model, account FROM registered_models ORDER BY registered_at, model")
    found: dict[str, tuple[str, ...]] = {}
    for model, account in rows:
        found[model] = (*found.get(model, ()), account)
    return found
