"""What a question would take, told before it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from nbprovider.ledger import CallContext, budget
from nbprovider.ledger.budget import Account
from nbprovider.ledger.forecast import Forecast, forecast
from nbprovider.session import budgets, outgoing
from nbprovider.session.outgoing import Outgoing
from nbprovider.types import Call, Route
from nbprovider.view import Table, money, tokens

if TYPE_CHECKING:
    from nbprovider.session.planning import Plan
    from nbprovider.session.session import Session


class Preview(Struct, frozen=True):
    """The routes of a call with what it would take by each, and how the budgets stand.

    Costs in the forecasts are nano-dollars, None where no price is known. `call` is what would be
    sent by the first route.
    """

    routes: tuple[tuple[Route, Forecast], ...]
    call: Call
    budgets: tuple[Account, ...] = ()
    note: str = ""

    @property
    def prompt(self) -> Outgoing:
        """Every part that would be sent, with its words, tokens and cost."""
        route, told = self.routes[0]
        return outgoing.of(self.call, route, told, self.note)

    def table(self) -> Table:
        """Return a row for each route in the order of trying."""
        rows = tuple(
            (
                str(route.ref),
                f"≈{tokens(told.read)}",
                f"{tokens(told.written)} to {tokens(told.most)}",
                _cost(told.likely),
                _cost(told.highest),
                route.reason,
            )
            for route, told in self.routes
        )
        columns = ("would ask", "tokens in", "tokens out", "likely", "at most", "why")
        return Table(columns, rows, title="Nothing was sent.", note=" ".join(self._notes()))

    def _notes(self) -> list[str]:
        left = [
            f"{one.scope}: {money(one.left)} left of {money(one.limit)}" for one in self.budgets
        ]
        return [*([f"{self.note}."] if self.note else []), *(f"{words}." for words in left)]

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the preview in any front end."""
        return self.table()._repr_mimebundle_()


def of(
    session: Session, call: Call, plan: Plan, context: CallContext, most: float | None
) -> Preview:
    """Return what a call would take by each route of its plan."""
    routes = tuple((route, forecast(call, route)) for route in plan.routes)
    limits = budgets.limits(session, most)
    standing = () if limits.none else budget.standing(session.ledger, limits, context)
    return Preview(routes, call, tuple(standing), plan.note)


def _cost(nano: int | None) -> str:
    return "price unknown" if nano is None else money(nano)
