"""What may be spent here, and the guard that keeps each call within it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.errors import BudgetExceeded, UsageError
from nbprovider.ledger import CallContext, budget, estimate, forecast
from nbprovider.ledger.budget import NANO, SCOPES, Limits, Wish
from nbprovider.ledger.names import name as remember
from nbprovider.ledger.names import named, unname
from nbprovider.types import Call, Delta, Event, Route, Started, Text, Thinking, ToolCall
from nbprovider.view import bar

if TYPE_CHECKING:
    from nbprovider.session.session import Session
    from nbprovider.session.window import Window

FEWEST = 64
"""Tokens of an answer below which asking makes no sense."""

FELT = 8_000
"""Tokens of a limit that an answer may well reach: only such a one is told beforehand."""

EVERY = 200
"""Characters after which the cost of a growing answer is looked at again."""


def limits(session: Session, most: float | None = None) -> Limits:
    """Return what may be spent; `most` is the call's own limit in USD, None for the usual one."""
    settings = session.settings
    own = named(session.ledger, "budget")
    scopes = {scope: float(own.get(scope, settings.budget.get(scope, 0.0))) for scope in SCOPES}
    if most is not None:
        scopes["call"] = min(most, scopes["call"] or most)
    return Limits(**scopes, unknown=settings.budget_unknown)


def set_budget(session: Session, scope: str, usd: float | None) -> None:
    """Limit a scope to so many USD, 0 for no limit; None goes back to settings.toml.

    Raises UsageError for a scope or an amount that cannot be.
    """
    if scope not in SCOPES:
        raise UsageError(
            f"There is no budget of a {scope!r}.", hint=f"There are: {', '.join(SCOPES)}."
        )
    if usd is None:
        unname(session.ledger, "budget", scope)
        return
    if not 0 <= usd < float("inf"):
        raise UsageError(f"A budget cannot be {usd!r}.", hint="Give USD, 0 for no limit.")
    remember(session.ledger, "budget", scope, usd)


WIDTH = 10
"""Characters of the bar that tells how a budget stands."""


class Purse:
    """One call's guard of the budgets: reserves before an attempt, ends what costs more.

    - `most`: tokens of answer that the budget leaves, None where it does not matter
    - `spent`: whether the answer was ended because it reached what was reserved
    - `bar`: how the budget stands of which most is spent, "" before the end and without one
    """

    def __init__(
        self, session: Session, limits: Limits, context: CallContext, call: Call, note: str = ""
    ) -> None:
        self._session = session
        self._limits = limits
        self._context = context
        self._call = call
        self._number = 0
        self._route: Route | None = None
        self._reserved: int | None = None
        self._characters = self._looked = 0
        self._read = estimate.asked(call)
        self._notes: list[str] = [note] if note else []
        self.most: int | None = None
        self.spent = False
        self.bar = ""

    def admit(self, route: Route) -> float:
        """Reserve what an attempt may cost; raises BudgetExceeded where too little is left."""
        self._reserved = self.most = None
        if self._limits.none:
            return 0.0
        told = forecast.forecast(self._call, route)
        if told.highest is None:
            self._unpriced(route)
        elif told.highest:
            self._reserve(route, told)
        return 0.0

    def fit(self, call: Call, route: Route) -> Call:
        """Return the call for the route, its answer no longer than what was reserved pays."""
        call = replace(call, model=route.model)
        if self._reserved is None or self._context.over_budget:
            return call
        most = forecast.affordable(call, route, self._reserved)
        asked = call.options.max_tokens
        told = forecast.forecast(call, route)
        if most >= (asked or told.most):
            return call
        self.most = most
        return replace(call, options=replace(call.options, max_tokens=most))

    def fitting(self, window: Window) -> Callable[[Call, Route], Call]:
        """Return what fits a call into a window, and its answer into what was reserved."""
        return lambda call, route: self.fit(window.fit(call, route), route)

    def saw(self, event: Event) -> None:
        """Take in one event."""
        if type(event) is Delta:
            self._grow(event)
        elif isinstance(event, Started):
            self._number, self._route = event.attempt, event.route
            self._characters = self._looked = 0

    def close(self) -> None:
        """Note which levels of a budget were passed by now, and what the ledger has met with."""
        ledger = self._session.ledger
        self._notes += budget.warnings(ledger, self._limits, self._context)
        self.bar = next(self._bars(), "")
        self._notes += [self.bar] if self.bar else []
        self._notes += ledger.news()

    def _bars(self) -> Iterator[str]:
        """Yield how the budget stands of which most is spent; a call's own ends with it."""
        if self._limits.none:
            return
        found = budget.standing(self._session.ledger, self._limits, self._context)
        lasting = [account for account in found if account.scope != "call"]
        if lasting:
            most = max(lasting, key=lambda account: account.percent)
            yield f"{most.scope} budget {bar(most.percent, WIDTH)}"

    def notes(self, finish: str | None) -> Iterator[str]:
        """Yield what the footer should say of an answer that ended so."""
        yield from dict.fromkeys(self._notes)
        if self.most is not None and (self.most < FELT or finish == "length"):
            yield f"at most {self.most:,} tokens, by the budget"

    def _reserve(self, route: Route, told: forecast.Forecast) -> None:
        ledger, highest = self._session.ledger, told.highest or 0
        if self._context.over_budget:
            budget.book(ledger, self._context, self._number, highest)
            return
        few = min(FEWEST, told.most)
        least = forecast.running(route, forecast.at_most(told.read), few) or 0
        wish = Wish(highest, least)
        self._reserved = budget.reserve(ledger, self._limits, self._context, self._number, wish)

    def _unpriced(self, route: Route) -> None:
        if self._limits.unknown == "block" and not self._context.over_budget:
            raise BudgetExceeded(
                f"The price of {route.ref} is not known, so no budget can be kept with it.",
                hint="Add --over-budget once, or set `budget_unknown` to warn in settings.toml.",
            )
        self._notes.append("price unknown: no budget counts it")

    def _grow(self, event: Delta) -> None:
        part = event.part
        if isinstance(part, Text | Thinking):
            self._characters += len(part.text)
        elif isinstance(part, ToolCall):
            self._characters += len(part.arguments)
        if self._reserved is not None and self._characters - self._looked >= EVERY:
            self._looked = self._characters
            self._look(self._reserved)

    def _look(self, reserved: int) -> None:
        if self._route is None:
            return
        written = int(self._characters / estimate.LETTERS)
        cost = forecast.running(self._route, self._read, written)
        if cost is not None and cost > reserved:
            self.spent = True
            self._notes.append(f"ended at ${reserved / NANO:,.4g}, all that the budget leaves")
