"""What may be spent: limits of a day, a notebook, a chat, a call, kept by all kernels together.

Before an attempt is made, the most it can cost is reserved; when it ends, what it did cost takes
the reservation's place. Both happen in one transaction, so that what is spent and reserved never
passes a limit together.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from typing import Literal, get_args

from msgspec import Struct

from nbprovider import config
from nbprovider.errors import BudgetExceeded
from nbprovider.ledger import process
from nbprovider.ledger.attempt import CallContext
from nbprovider.ledger.periods import Here
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import LONGEST_CALL, midnight

NANO = 1_000_000_000

Scope = Literal["day", "notebook", "chat", "call"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

LEVELS = (50, 75, 90)
"""Percent of a budget at which a warning is given, once."""

_WORD = "(SELECT id FROM words WHERE word = ?)"

_OF = {
    "day": ("started_at >= ?", "1"),
    "notebook": (f"notebook = {_WORD}", "notebook = ?"),
    "chat": (f"chat = {_WORD}", "chat = ?"),
    "call": ("call_id = ?", "call_id = ?"),
}
"""Scope → which attempts are its own, and which reservations."""


class Limits(Struct, frozen=True):
    """USD that may be spent, 0 for any; and what to do with a call of unknown price."""

    day: float = 0.0
    notebook: float = 0.0
    chat: float = 0.0
    call: float = 0.0
    unknown: Literal["warn", "block"] = "warn"

    def of(self, scope: Scope) -> int:
        """Return a scope's limit in nano-dollars, 0 for none."""
        return round(float(getattr(self, scope)) * NANO)

    @property
    def none(self) -> bool:
        """Whether nothing is limited."""
        return not any(self.of(scope) for scope in SCOPES)


class Account(Struct, frozen=True):
    """How a budget stands, in nano-dollars: its limit, what is spent, what is reserved."""

    scope: Scope
    subject: str
    limit: int
    spent: int
    reserved: int

    @property
    def left(self) -> int:
        """What may still be reserved."""
        return max(0, self.limit - self.spent - self.reserved)

    @property
    def percent(self) -> int:
        """How much of the limit is spent."""
        return 100 * self.spent // self.limit if self.limit else 0


class Wish(Struct, frozen=True):
    """What an attempt wants to spend, in nano-dollars: the most, and the least that makes sense."""

    highest: int
    least: int


def reserve(ledger: Ledger, limits: Limits, context: CallContext, number: int, wish: Wish) -> int:
    """Reserve for an attempt what it may cost at most, less where less is left; return how much.

    Raises BudgetExceeded when not even the least is left.
    """

    def work(connection: sqlite3.Connection) -> int:
        _expire(connection)
        amount = wish.highest
        for account in _accounts(connection, limits, context):
            if account.left < wish.least:
                raise exceeded(account, wish.least)
            amount = min(amount, account.left)
        _write(connection, context, number, amount)
        return amount

    return ledger.together(work)


def book(ledger: Ledger, context: CallContext, number: int, nano: int) -> None:
    """Reserve for an attempt without asking: a budget is passed on purpose."""
    ledger.together(lambda connection: _write(connection, context, number, nano))


def standing(ledger: Ledger, limits: Limits, context: CallContext) -> list[Account]:
    """Return how each budget stands that is limited, for a call of this context."""

    def work(connection: sqlite3.Connection) -> list[Account]:
        _expire(connection)
        return list(_accounts(connection, limits, context))

    return ledger.together(work)


def warnings(ledger: Ledger, limits: Limits, context: CallContext) -> list[str]:
    """Return in words which levels of a budget were passed since the last time; each once."""

    def work(connection: sqlite3.Connection) -> list[str]:
        told = (_passed(connection, account) for account in _accounts(connection, limits, context))
        return [words for words in told if words]

    return [] if limits.none else ledger.together(work)


def exceeded(account: Account, least: int) -> BudgetExceeded:
    """Return the error that tells which budget is spent."""
    used = "" if account.scope == "call" else f": {_usd(account.spent)} spent"
    if account.reserved:
        used += f", {_usd(account.reserved)} reserved for calls under way"
    raised = "--max-cost USD or " if account.scope == "call" else ""
    return BudgetExceeded(
        f"The budget of {_named(account)} is {_usd(account.limit)}{used}, and this call would take"
        f" {_usd(least)} or more. Nothing was sent.",
        hint=f"Raise it by {raised}`%provider budget {account.scope} USD`, or add --over-budget"
        " once.",
    )


def _usd(nano: int) -> str:
    """Return dollars with four digits that say something, and no power of ten."""
    dollars = nano / NANO
    if dollars >= 100:  # noqa: PLR2004 - where cents are enough
        return f"${dollars:,.2f}"
    if not nano:
        return "$0"
    digits = max(2, 3 - math.floor(math.log10(dollars)))
    told = f"{dollars:.{digits}f}"
    return f"${told.rstrip('0').rstrip('.')}"


def _accounts(
    connection: sqlite3.Connection, limits: Limits, context: CallContext
) -> Iterator[Account]:
    for scope in SCOPES:
        subject, value = _subject(scope, context)
        if not limits.of(scope) or not subject:
            continue
        attempts, reservations = _OF[scope]
        spent = connection.execute(
            f"SELECT ifnull(sum(cost_nano), 0) FROM attempt_rows WHERE {attempts}",  # noqa: S608 - our own words
            (value,),
        ).fetchone()[0]
        reserved = connection.execute(
            f"SELECT ifnull(sum(nano), 0) FROM reservations WHERE {reservations}",  # noqa: S608 - our own words
            () if scope == "day" else (value,),
        ).fetchone()[0]
        yield Account(scope, subject, limits.of(scope), spent, reserved)


def _subject(scope: Scope, context: CallContext) -> tuple[str, str | int]:
    """Return whose budget it is, "" for nobody's, and the value that its rows have."""
    if scope == "day":
        return Here(config.zone()).today.isoformat(), midnight()
    names = {"notebook": context.notebook, "chat": context.chat, "call": context.call_id}
    return names[scope], names[scope]


def _named(account: Account) -> str:
    if account.scope == "day":
        return "the day"
    return "the call" if account.scope == "call" else f"the {account.scope} {account.subject}"


def _write(connection: sqlite3.Connection, context: CallContext, number: int, amount: int) -> None:
    own = process.own()
    connection.execute(
        "INSERT OR REPLACE INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            context.call_id,
            number,
            amount,
            time.time_ns() // 1000,
            context.chat,
            context.notebook,
            own.host,
            own.pid,
            own.born,
        ),
    )


def _expire(connection: sqlite3.Connection) -> None:
    """Drop what was reserved by processes that have ended without settling it."""
    oldest = time.time_ns() // 1000 - LONGEST_CALL * 1_000_000
    connection.execute("DELETE FROM reservations WHERE made_at < ?", (oldest,))
    writers = connection.execute("SELECT DISTINCT host, pid, born FROM reservations").fetchall()
    for host, pid, born in writers:
        if process.gone(process.Writer(host, pid, born)):
            connection.execute(
                "DELETE FROM reservations WHERE host = ? AND pid IS ? AND born = ?",
                (host, pid, born),
            )


def _passed(connection: sqlite3.Connection, account: Account) -> str:
    new = [
        level
        for level in LEVELS
        if account.percent >= level and _is_first(connection, account, level)
    ]
    if not new:
        return ""
    told = f"{_usd(account.spent)} of {_usd(account.limit)}"
    return f"{account.percent} % of the budget of {_named(account)} is spent ({told})"


def _is_first(connection: sqlite3.Connection, account: Account, level: int) -> bool:
    done = connection.execute(
        "INSERT OR IGNORE INTO budget_warnings VALUES (?, ?, ?)",
        (account.scope, account.subject, level),
    )
    return done.rowcount == 1
