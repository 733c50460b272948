"""Which providers and models there are, and models of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.credentials.edge import EDGE
from nbprovider.session import current

if TYPE_CHECKING:
    import pandas as pd


def models(name: str | None = None, *, search: str = "") -> pd.DataFrame:
    """Return the models that an account offers, or all accounts do, asked of them now.

    `search` keeps the rows in which each of its words stands, case ignored. An account that does
    not answer is left out with a warning; one that was named raises its ProviderError.
    """
    import warnings

    from nbprovider.ledger import frames

    with EDGE:
        offers, failed = current().models.offers(name)
    for account, error in failed.items():
        warnings.warn(f"{account} is left out: {error}", stacklevel=2)
    return frames.search(frames.models(offers), search)


def discover(name: str | None = None, *, search: str = "") -> pd.DataFrame:
    """Return what `models` returns: the models on offer, found live."""
    return models(name, search=search)


def providers() -> pd.DataFrame:
    """Return every provider there is: how one is known to it, what it needs, what it offers."""
    from nbprovider import catalog
    from nbprovider.ledger import frames

    return frames.providers(catalog.load().values())


def register_model(model: str) -> str:
    """Remember a model, as `account:model`, also one that no list has; return its full name."""
    return str(current().models.register(model).ref)


def unregister_model(model: str) -> bool:
    """Forget a registered model; return whether it was registered."""
    return current().models.unregister(model)
