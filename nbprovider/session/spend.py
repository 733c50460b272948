"""What was spent, in words: all of it, in this kernel, in its notebook, in a chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from nbprovider.ledger import Ledger, costs
from nbprovider.ledger.costs import Sum
from nbprovider.ledger.pricing import Cost
from nbprovider.view import money

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat
    from nbprovider.session.session import Session


def told(found: Sum) -> str:
    """Return what attempts cost together in one sentence: what is not known, and why."""
    if not found.attempts:
        return "nothing was asked"
    return "; ".join([f"{_cost(found)} for {_count(found)}", *_beside(found)])


def _cost(found: Sum) -> str:
    about = "≈" if found.estimated and found.cost else ""
    if found.cost == 0 and found.subscription + found.local == found.attempts:
        return money(0, "local" if found.local else "subscription")
    return f"{about}{money(found.cost)}"


def _count(found: Sum) -> str:
    calls = _many(found.calls, "call")
    tried = f" ({_many(found.attempts, 'attempt')})" if found.attempts != found.calls else ""
    return f"{calls}{tried}"


def _beside(found: Sum) -> Iterator[str]:
    """Yield what a sum of dollars does not say."""
    if found.unknown and found.cost is not None:
        yield f"{_many(found.unknown, 'attempt')} of unknown price not counted"
    if 0 < found.subscription < found.attempts:
        yield f"{found.subscription:,} in a subscription"
    if 0 < found.local < found.attempts:
        yield f"{found.local:,} on your own computer"
    if found.interrupted:
        yield f"{found.interrupted:,} interrupted, counted as far as answered"
    if found.estimated:
        yield f"{found.estimated:,} with estimated tokens"
    if found.running:
        yield f"{found.running:,} not ended yet"


def here(session: Session) -> str:
    """Return what this kernel has spent, what since this was asked last, and its notebook ever."""
    ledger, before = session.ledger, session.looked
    found = costs.total(ledger, costs.by_this_process(ledger, session.began))
    session.looked = found
    said = [f"This kernel: {told(found)}."]
    if before is not None:
        said.append(f"Since you looked last: {_more(before, found)}.")
    if notebook := session.place().notebook:
        whole = costs.total(ledger, costs.in_notebook(ledger, notebook))
        said.append(f"{notebook} in all: {told(whole)}.")
    return " ".join(said)


def _more(before: Sum, now: Sum) -> str:
    """Return what has come between two sums of the same."""
    calls, unknown = now.calls - before.calls, now.unknown - before.unknown
    added = (now.cost or 0) - (before.cost or 0)
    if not calls and not added:
        return "nothing"
    if unknown > 0 and not added:
        return f"{money(None)} for {_many(calls, 'call')}"
    lacking = f", {unknown:,} of unknown price" if unknown > 0 else ""
    return f"{money(added)} for {_many(calls, 'call')}{lacking}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s'[: count != 1]}"


class Tally(Struct):
    """What a chat has cost so far: calls, nano-dollars, attempts of unknown price."""

    calls: int = 0
    nano: int | None = None
    unknown: int = 0

    def add(self, cost: Cost) -> None:
        """Count one call more."""
        self.calls += 1
        self.unknown += cost.unknown
        if cost.nano is not None:
            self.nano = (self.nano or 0) + cost.nano

    def told(self) -> str:
        """Return the sum for a footer, "" while it says no more than the call's own cost."""
        if self.calls < 2 or self.nano is None:  # noqa: PLR2004 - from the second on
            return ""
        return f"chat {money(self.nano)}{' and more' if self.unknown else ''}"


def counted(session: Session, chat: Chat, cost: Cost) -> str:
    """Add a call to what its chat has cost; return the sum for the footer, "" where it says less.

    What a stored chat cost before it was opened here is looked up once.
    """
    if chat.tally is None:
        stored = chat.record.id if chat.record else ""
        chat.tally = tally(session.ledger, stored) if stored else Tally()
    chat.tally.add(cost)
    return chat.tally.told()


def tally(ledger: Ledger, chat: str) -> Tally:
    """Return what a stored chat has cost until now; `chat` is its id."""
    calls, nano, unknown = ledger.run(
        "SELECT count(DISTINCT call_id), sum(cost_nano),"
        " count(*) FILTER (WHERE cost_nano IS NULL AND status <> 'running') FROM attempt_rows"
        " WHERE call_id IN (SELECT call_id FROM turns WHERE chat = ?)",
        (chat,),
    )[0]
    return Tally(calls, nano, unknown)
