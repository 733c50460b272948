"""Listen to a call, and keep one row an attempt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from nbprovider import catalog
from nbprovider.credentials import redact
from nbprovider.errors import NbproviderError, Unreachable
from nbprovider.ledger import pricing
from nbprovider.ledger.attempt import Attempt, CallContext, Status
from nbprovider.ledger.hearing import Hearing
from nbprovider.ledger.pricing import REPLAYED, UNBILLED, UNKNOWN, Cost
from nbprovider.ledger.store import Ledger
from nbprovider.types import (
    Answered,
    Call,
    Delta,
    Event,
    Failed,
    Finish,
    Interrupted,
    Opened,
    Report,
    Sending,
    Served,
    Started,
    Usage,
)

LONGEST_ERROR = 300
"""Characters of an error's message that are kept."""


class Clock(Struct, frozen=True):
    """`wall`: microseconds since 1970; `ticks`: microseconds that only go forward."""

    wall: Callable[[], int] = lambda: time.time_ns() // 1000
    ticks: Callable[[], int] = lambda: time.perf_counter_ns() // 1000


class Recorder:
    """Write a row when an attempt begins, and what became of it when it ends.

    A row is there from the beginning: it stays when the kernel is killed.

    - `attempts`: the rows of the attempts that have ended
    - `usage`: the tokens of the last of them, None before

    What a cut-off reply does not report is estimated, and marked so. An attempt that failed
    without a word and without a report has no tokens: if the provider refused it, or nothing was
    sent, it cost nothing; else nobody knows. An interrupted one is taken to have been read, unless
    it was interrupted before it was sent.
    """

    def __init__(
        self, ledger: Ledger, context: CallContext, call: Call, clock: Clock | None = None
    ) -> None:
        self.attempts: list[Attempt] = []
        self.usage: Usage | None = None
        self._ledger = ledger
        self._context = context
        self._call = call
        self._clock = clock or Clock()
        self._costs: list[Cost] = []
        self._row: Attempt | None = None
        self._began = 0
        self._hearing = Hearing(self._clock.ticks)
        self._seen: dict[type, Callable[[Any], None]] = {
            Started: self._started,
            Sending: self._sending,
            Opened: self._opened,
            Served: self._served,
            Report: self._reported,
            Finish: self._finished,
            Failed: self._failed,
            Answered: self._answered,
            Interrupted: self._interrupted,
        }

    def saw(self, event: Event) -> None:
        """Take in one event.

        Raises ConfigError at the beginning of an attempt, before anything is sent, when the
        ledger was written by a newer nbprovider.
        """
        if type(event) is Delta:
            self._hearing.heard(event.part)
        elif (take := self._seen.get(type(event))) is not None:
            take(event)

    def summary(self) -> Cost:
        """Return what the attempts that have ended cost together."""
        return pricing.total(self._costs)

    def _started(self, event: Started) -> None:
        context, route = self._context, event.route
        self._hearing = Hearing(self._clock.ticks)
        self._row = Attempt(
            call_id=context.call_id,
            number=len(self.attempts) + 1,
            started_at=self._clock.wall(),
            provider=route.provider,
            account=route.account,
            model_asked=route.model,
            chat=context.chat,
            notebook=context.notebook,
            cell=context.cell,
            purpose=context.purpose,
            route_reason=route.reason,
            streamed=self._call.stream,
            over_budget=context.over_budget,
            role=route.role,
        )
        self._ledger.keep(self._row)
        provider = catalog.load().get(route.provider)
        if provider is not None and provider.prices:
            pricing.warm()
        self._began = self._clock.ticks()

    def _sending(self, event: Sending) -> None:
        self._hearing.sent, self._hearing.host = True, event.host

    def _opened(self, event: Opened) -> None:
        self._hearing.opened = event

    def _served(self, event: Served) -> None:
        self._hearing.served = event

    def _reported(self, event: Report) -> None:
        self._hearing.reported(event.usage)

    def _finished(self, event: Finish) -> None:
        self._hearing.finish = event

    def _failed(self, event: Failed) -> None:
        row, hearing, error = self._row, self._hearing, event.error
        if row is None:
            return
        row.error_kind, row.error = _kind(error), redact(error.message)[:LONGEST_ERROR]
        row.request_id = getattr(error, "request_id", None)
        if not hearing.sent or isinstance(error, Unreachable) or hearing.refused:
            self._close("failed", Usage(), UNBILLED)
        elif hearing.silent:
            self._close("failed", Usage())
        else:
            self._close("failed", hearing.completed(self._call))

    def _answered(self, _: Answered) -> None:
        self._close("ok", self._hearing.usage)

    def _interrupted(self, _: Interrupted) -> None:
        if self._hearing.sent:
            self._close("interrupted", self._hearing.completed(self._call))
        else:
            self._close("interrupted", Usage(), UNBILLED)

    def _close(self, status: Status, usage: Usage, cost: Cost | None = None) -> None:
        row, self._row = self._row, None
        if row is None:
            return
        now, hearing = self._clock.ticks(), self._hearing
        row.status = status
        row.duration_us = now - self._began
        row.first_token_us = None if hearing.first is None else hearing.first - self._began
        usage = _placed(usage, row.provider, hearing.host)
        _note_reply(row, hearing)
        self._note(row, usage)
        found = UNKNOWN
        try:
            found = cost or self._price(row, usage)
        finally:  # an interrupt may come while the price list is read
            self._keep(row, usage, found)

    def _keep(self, row: Attempt, usage: Usage, cost: Cost) -> None:
        row.cost_nano, row.cost_source, row.price_list = cost.nano, cost.source, cost.price_list
        self.attempts.append(row)
        self._costs.append(cost)
        self.usage = usage
        self._ledger.keep(row)

    def _note(self, row: Attempt, usage: Usage) -> None:
        _note_usage(row, usage)

    def _price(self, row: Attempt, usage: Usage) -> Cost:
        """Return what the attempt cost, at the rate of the model that answered it."""
        provider = catalog.load().get(row.provider)
        if provider is None:
            return UNKNOWN
        at = datetime.fromtimestamp(row.started_at / 1_000_000, UTC)
        served, asked = row.model_served or "", row.model_asked
        return pricing.price(provider, served, usage, at, asked, row.account)


class Replaying(Recorder):
    """Write the rows of an answer that was recorded earlier: it takes no tokens and costs nothing.

    `usage` is what the answer took when it was recorded.
    """

    def _note(self, row: Attempt, _: Usage) -> None:
        row.first_token_us = None

    def _price(self, _row: Attempt, _usage: Usage) -> Cost:
        return REPLAYED


def _placed(usage: Usage, key: str, host: str) -> Usage:
    """Return the usage with the region of the address that was asked, where it names one.

    It is what stands before the provider's own name: eu.api.openai.com.
    """
    provider = catalog.load().get(key)
    own = urlsplit(provider.base_url).hostname if provider and usage != Usage() else None
    if not own or not host.endswith(f".{own}"):
        return usage
    return usage | Usage(extra={"region": host.removesuffix(f".{own}")})


def _note_reply(row: Attempt, hearing: Hearing) -> None:
    opened, served, finish = hearing.opened, hearing.served, hearing.finish
    row.model_served = (redact(served.model) or None) if served else None
    row.finish = finish.reason if finish else None
    told = (opened.request_id if opened else None, row.request_id, served.id if served else None)
    name = next(filter(None, told), None)
    row.request_id = name and redact(name)


def _note_usage(row: Attempt, usage: Usage) -> None:
    row.input, row.output = usage.input, usage.output
    row.cache_read, row.cache_write = usage.cache_read, usage.cache_write
    row.reasoning = usage.reasoning
    row.estimated = usage.estimated
    row.extra = usage.extra


def _kind(error: NbproviderError) -> str:
    """Return an error's kind: `rate_limit`, or the class's name as `missing_key`."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    return str(getattr(error, "kind", name))
