"""What was asked, what it took and what it cost, as DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.credentials.edge import EDGE
from nbprovider.session import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from nbprovider.ledger.periods import When


def usage(since: When | None = None, until: When | None = None) -> pd.DataFrame:
    """Return the calls made from this machine's notebooks, one row an attempt, times in UTC.

    `since` and `until` limit them as in `cost`. The columns are explained in
    docs/usage-and-cost.md; questions and answers are not among them. Raises UsageError for what is
    no time.
    """
    from nbprovider.ledger import costs, frames

    with EDGE:
        return frames.usage(current().ledger, costs.between(since, until))


def cost(
    by: str | Sequence[str] | None = None,
    since: When | None = None,
    until: When | None = None,
) -> pd.DataFrame:
    """Return what the calls made from this machine's notebooks took and cost, a row a group.

    - `by`: one or several of model, provider, account, notebook, cell, chat, purpose, role,
      served, status, cost_source, finish, call, hour, day, week, month, year; none: one row for all
    - `since`, `until`: a datetime, a date, a timedelta before now, or words: "2026-11-01",
      "today", "yesterday", "this week", "last month", "7 days" (today is one), "24 hours"; a day,
      week or month is in what `until` means

    The columns: those of `by`, then

    - `cost`: USD of what has a known price, NaN where nothing that was billed has;
      `unknown`: how many attempts have none
    - `calls`, `attempts`: how many; a call that was tried again has several attempts
    - `input`, `cache_read`, `cache_write`, `output`, `reasoning`: tokens, <NA> where nobody said
    - `subscription`, `local`: attempts that a plan pays for, or that ran on one's own computer
    - `interrupted`, `running`: attempts that were stopped, or have not ended; `estimated`: those
      of which some tokens are our own estimate

    Days and what is made of them are the user's own. Raises UsageError for a word that means
    nothing here.
    """
    from nbprovider.ledger import costs, frames

    with EDGE:
        return frames.cost(current().ledger, by, costs.between(since, until))
