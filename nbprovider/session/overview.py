"""All accounts at a glance: where their keys come from, how they do, what they cost today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from nbprovider import catalog
from nbprovider.credentials import Account
from nbprovider.errors import NbproviderError
from nbprovider.ledger import paces
from nbprovider.ledger.by_account import Used, by_account
from nbprovider.session.accounts import accounts
from nbprovider.session.entry import Entry
from nbprovider.session.health import RECENT
from nbprovider.session.session import Session
from nbprovider.view import money

State = Literal["well", "shaky", "resting", "locked", "new", "unusable"]

SHAKY = 0.25
"""The share of the last day's calls from which on failures are told."""


class Line(Struct, frozen=True):
    """One account.

    - `state` and, in words, `health`
    - `kept`: whether the vault has it, so that it can be changed here
    - `last`: when it was used last, `today`: what it cost today, both in words
    """

    name: str
    provider: str
    source: str
    state: State
    health: str
    kept: bool
    last: str
    today: str


def overview(session: Session) -> tuple[tuple[Line, ...], tuple[Entry, ...]]:
    """Return all accounts, the preferred first, and those that were removed.

    May block: secrets are tried. Where the vault cannot be read the others are still told.
    """
    try:
        stored = {entry.name.casefold(): entry for entry in accounts.list()}
        removed = tuple(accounts.removed())
    except NbproviderError:
        stored, removed = {}, ()
    return tuple(_lines(session, stored)), removed


def _lines(session: Session, stored: dict[str, Entry]) -> Iterator[Line]:
    used = by_account(session.ledger)
    rates = _rates(session)
    resting = {h.account for h in session.breakers.health() if h.state != "closed"}
    for account in session.accounts():
        entry = stored.pop(account.name.casefold(), None) if account.id else None
        did = used.get(account.name)
        rate = rates.get(account.name)
        state, words = _health(account, entry, did, rate, resting)
        last = ago(did.last) if did else "never"
        source = "vault" if entry else account.source
        yield Line(
            account.name,
            _name(account.provider),
            source,
            state,
            words,
            entry is not None,
            last,
            _today(did),
        )
    for entry in stored.values():
        words = entry.locked or "not in use: another account has its name"
        spare: State = "locked" if entry.locked else "unusable"
        yield Line(entry.name, _name(entry.provider), "vault", spare, words, True, "never", "")


def _health(
    account: Account, entry: Entry | None, used: Used | None, rate: float | None, resting: set[str]
) -> tuple[State, str]:
    if entry is not None and entry.locked:
        return "locked", f"locked: {entry.locked}"
    if account.problem:
        return "unusable", account.problem
    if account.name in resting:
        return "resting", "left alone for a moment after failures"
    if used is None:
        return "new", "not used yet"
    if rate is not None and rate >= SHAKY:
        return "shaky", f"{rate:.0%} of the last day's calls failed"
    return "well", "well"


def _rates(session: Session) -> dict[str, float]:
    """Return the share of each account's calls of the last day that failed."""
    calls: dict[str, int] = {}
    failed: dict[str, float] = {}
    for pace in paces(session.ledger, RECENT):
        if pace.error_rate is not None:
            calls[pace.account] = calls.get(pace.account, 0) + pace.calls
            failed[pace.account] = failed.get(pace.account, 0) + pace.calls * pace.error_rate
    return {name: failed[name] / count for name, count in calls.items()}


def _today(used: Used | None) -> str:
    if used is None or not used.today:
        return ""
    if used.unknown and not used.cost_nano:
        return "price unknown"
    return f"{money(used.cost_nano)}{f' + {used.unknown} unpriced' if used.unknown else ''}"


def _name(key: str) -> str:
    provider = catalog.load().get(key)
    return provider.name if provider else key


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago a moment was, in words."""
    passed = ((now or datetime.now(UTC)) - moment).total_seconds()
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if passed >= size:
            count = int(passed // size)
            return f"{count} {word}{'s'[: count != 1]} ago"
    return "just now"
