"""Compare the ledger with a provider's own export: `nbprovider.reconcile()`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbprovider.catalog import find
from nbprovider.credentials.edge import EDGE
from nbprovider.ledger import reconcile as ledgers
from nbprovider.ledger.reconcile import Compared
from nbprovider.session.session import current
from nbprovider.view import money

if TYPE_CHECKING:
    import pandas as pd

Paths = str | Path | Sequence[str | Path]


def reconcile(paths: Paths, *, provider: str = "", account: str = "") -> pd.DataFrame:
    """Compare the ledger with a provider's own export, a row a day (UTC) and model.

    - `paths`: files of OpenAI, Anthropic or OpenRouter, CSV or JSON; several of one provider are
      taken together, as one of usage and one of costs
    - `provider`: whose calls are compared, if not of that whose export it is; `account`: only those
      of this account

    The columns:

    - `day`: UTC, as providers count; `model`: <NA> for all, where the export tells no models;
      `model_theirs`: the provider's names for it
    - `side`: both, ours (the provider does not have it) or theirs (the ledger does not)
    - `differs`: which quantities differ, of those that both know for certain
    - `requests_ours`, `requests_theirs`, and so `input` (with caches), `cached` (read from one),
      `output`: numbers, <NA> where a side does not tell; `cost`: USD, NaN where it does not
    - `cost_diff`: theirs less ours, NaN where either is not known for certain
    - `unpriced`, `uncounted`, `estimated`: attempts of ours without a known cost, without all
      tokens, with tokens that are estimated

    What a provider refused is in neither. Warns when the file is not all there is. Raises
    UsageError, naming line and column, for a file that makes no sense.
    """
    from nbprovider.ledger import frames

    compared = compare(paths, provider, account)
    for note in compared.notes:
        warnings.warn(note, stacklevel=2)
    return frames.reconciled(compared.pairs)


def compare(paths: Paths, provider: str = "", account: str = "") -> Compared:
    """Return what `reconcile` does, as data."""
    files = [paths] if isinstance(paths, str | Path) else paths
    with EDGE:
        whose = find(provider).key if provider else ""
        read = [Path(file).expanduser() for file in files]
        return ledgers.compare(current().ledger, read, whose, account)


def told(compared: Compared) -> str:
    """Return in words how the two sides stand."""
    pairs = compared.pairs
    both = [pair for pair in pairs if pair.side == "both"]
    differ = sum(1 for pair in both if any(pair.differs()))
    ours = sum(1 for pair in pairs if pair.side == "ours")
    theirs = len(pairs) - len(both) - ours
    return (
        f"{find(compared.provider).name}, {compared.since} to {compared.until} (UTC), by day and"
        f" model: {len(both) - differ} agree, {differ} differ, {ours} only in the ledger,"
        f" {theirs} only in the export. Cost: {_cost(compared, 'ours')} in the ledger,"
        f" {_cost(compared, 'theirs')} in the export."
    )


def _cost(compared: Compared, side: str) -> str:
    counted = [getattr(pair, side) for pair in compared.pairs]
    known = [one.cost for one in counted if one and one.cost is not None]
    unknown = sum(one.unpriced for one in counted if one)
    more = f" and {unknown} attempts of unknown price" if unknown else ""
    return f"{money(round(sum(known)) if known else None)}{more}"
