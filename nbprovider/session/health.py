"""How accounts do: their circuits in this kernel, and what the ledger remembers of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nbprovider.ledger import Pace, paces
from nbprovider.session.session import Session, current

if TYPE_CHECKING:
    import pandas as pd

    from nbprovider.routing.breaker import Health

LAST = ("calls", "since", "last_error")
"""The columns that may well be beyond the edge of the screen."""

RECENT = 24 * 3600.0
"""Seconds back to which speeds and errors are counted."""


def health() -> pd.DataFrame:
    """Return how each account's model is, a row each, those of the last 24 hours.

    - `state`: closed (all is well), open (left alone for a while), half open (one call tries it)
    - `failures`: outages in a row; `since`, `opens_again`: UTC
    - `calls`: attempts of the last 24 hours, in all kernels; `error_rate`: the share that failed,
      interrupts left aside; `last_error`: the last of them; `p50`, `p95`: seconds to the first
      token, NaN where none came
    """
    from nbprovider.ledger import frames

    session = current()
    circuits = {(h.account, h.model): h for h in session.breakers.health()}
    remembered = {(p.account, p.model): p for p in paces(session.ledger, RECENT)}
    keys = sorted({*circuits, *remembered})
    frame = frames.health([_row(session, circuits.get(k), remembered.get(k), k) for k in keys])
    return frame[[*frame.columns.drop(list(LAST)), *LAST]]


def reset(name: str = "") -> int:
    """Close the circuits of an account, or of `account:model`, or all; return how many it were."""
    return current().breakers.reset(name)


def _row(
    session: Session, circuit: Health | None, pace: Pace | None, key: tuple[str, str]
) -> tuple[object, ...]:
    at = (circuit.since, circuit.opens_again) if circuit else (None, None)
    began = time.time() - session.breakers.ago(0.0)
    return (
        *key,
        circuit.state if circuit else "closed",
        circuit.failures if circuit else 0,
        *(None if moment is None else began + moment for moment in at),
        pace.last_error if pace else None,
        *(_told(pace) if pace else (0, None, None, None)),
    )


def _told(pace: Pace) -> tuple[float | None, ...]:
    shares = (pace.error_rate, pace.p50, pace.p95)
    return (pace.calls, *(None if share is None else round(share, 3) for share in shares))
