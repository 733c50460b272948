"""What a call will probably cost, and what it can cost at most, before it is made."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.ledger import estimate, pricing
from nbprovider.types import Call, Route, Usage

MARGIN = 2.0
"""How many times more tokens a question may be than estimated: code and rare scripts are."""

USUAL_OUTPUT = 600
"""Tokens of an answer where nothing says more."""

MOST_OUTPUT = 32_000
"""Tokens of the longest answer of a model of which nobody says how much it writes."""

SAMPLE = 1_000_000
"""Tokens that a rate of output is taken from."""


class Forecast(Struct, frozen=True):
    """Tokens and nano-dollars of a call to come; costs are None where no price is known.

    - `read`: tokens of the question, by our estimate; `written`: tokens of a usual answer
    - `most`: tokens of the longest answer that is allowed
    - `likely`, `highest`: what a usual and the longest answer cost
    """

    read: int
    written: int
    most: int
    likely: int | None
    highest: int | None


def forecast(call: Call, route: Route) -> Forecast:
    """Return what a call by a route will take."""
    provider, read = catalog.find(route.provider), estimate.asked(call)
    most = call.options.max_tokens or _longest(route)
    written = min(most, USUAL_OUTPUT)
    likely = _cost(provider, route, read, written)
    return Forecast(read, written, most, likely, _cost(provider, route, at_most(read), most))


def at_most(read: int) -> int:
    """Return how many tokens a question may be that is estimated at so many."""
    return int(read * MARGIN)


def affordable(call: Call, route: Route, nano: int) -> int:
    """Return how many tokens of answer so many nano-dollars pay, beside the question."""
    provider, read = catalog.find(route.provider), at_most(estimate.asked(call))
    asked = _cost(provider, route, read, 0)
    rate = _cost(provider, route, 0, SAMPLE)
    if asked is None or rate is None:
        return 0
    if rate == 0:
        return MOST_OUTPUT
    tokens = max(0, nano - asked) * SAMPLE // rate
    return tokens if (_cost(provider, route, read, tokens) or 0) <= nano else tokens // 2


def running(route: Route, read: int, written: int) -> int | None:
    """Return what so many tokens cost by a route, None where no price is known."""
    return _cost(catalog.find(route.provider), route, read, written)


def _longest(route: Route) -> int:
    told = catalog.model(route.provider, route.model)
    return (told.facts.max_output if told else None) or MOST_OUTPUT


def _cost(provider: Provider, route: Route, read: int, written: int) -> int | None:
    usage, now = Usage(input=read, output=written), datetime.now(UTC)
    return pricing.price(provider, route.model, usage, now, route.model, route.account).nano
