"""Numbers as a reader wants them."""

from __future__ import annotations

import math

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""


_FREE = {"local": "free (local)", "subscription": "in the subscription", "replay": "replayed"}
"""Who says what it cost → what is said when that is nothing."""


def money(nano: int | None, source: str = "list") -> str:
    """Return a cost in words: an unknown price says so, it is never $0."""
    if nano is None:
        return "price unknown"
    if nano == 0 and source in _FREE:
        return _FREE[source]
    dollars = nano / NANO
    if dollars == 0:
        return "$0"
    if dollars < 0.01:  # noqa: PLR2004 - below a cent two digits say nothing
        return f"${dollars:.{1 - math.floor(math.log10(dollars))}f}"
    return f"${dollars:,.4f}" if dollars < 1 else f"${dollars:,.2f}"


def bar(percent: int, width: int) -> str:
    """Return how much is used as a bar, and as a number for those who do not see it."""
    full = min(width, width * percent // 100)
    return f"{'█' * full}{'░' * (width - full)} {percent} %"


def tokens(count: int | None) -> str:
    """Return a number of tokens, "?" when nobody said."""
    return "?" if count is None else f"{count:,}"


def seconds(span: float | None) -> str:
    """Return a time span in seconds, with the digits that matter."""
    if span is None:
        return "?"
    return f"{span:.2f} s" if span < 1 else f"{span:.1f} s"
