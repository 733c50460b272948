"""What models would cost, shown before they are asked; and newer list prices, fetched on demand."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from nbprovider.catalog import find
from nbprovider.credentials.edge import EDGE
from nbprovider.errors import ProviderError, Unavailable
from nbprovider.flow import whole_body
from nbprovider.ledger import price_list
from nbprovider.ledger.card import PER, Rate
from nbprovider.ledger.price_list import PriceList
from nbprovider.ledger.quote import Quote, quote
from nbprovider.session.session import Session, current
from nbprovider.types import Head, Request, Route, Send, Step
from nbprovider.view import Note, Table

LONGEST = 64 * 1024 * 1024
"""Bytes of price data that are believed."""

SILENCE = 30.0

NAMES = {
    "input": "input",
    "output": "output",
    "cache_read": "read from the cache",
    "cache_write": "written to the cache",
    "cache_write_1h": "written to the cache for an hour",
    "reasoning": "reasoning",
    "audio_input": "sound heard",
    "audio_output": "sound spoken",
    "image_output": "pictures drawn",
    "characters": "text spoken",
    "audio_hours": "sound heard",
    "searches": "web searches",
    "file_searches": "searches of files",
    "requests": "calls",
}
"""Kind of rate → what is paid for."""

UNITS = {
    "characters": "million characters",
    "audio_hours": "hour",
    "searches": "thousand",
    "file_searches": "thousand",
    "requests": "thousand",
}
"""Kind of rate → what the dollars are for, where it is not a million tokens."""

WHY = {
    "own": "your own price",
    "list": "list price",
    "subscription": "in the subscription: nothing by the token",
    "local": "free: it is local",
    "unknown": "nobody knows: calls have no cost (NaN), not 0",
}


class Prices(Struct, frozen=True):
    """What a model costs by its route; `quote.source` says who says so, as `cost_source` does."""

    route: Route
    quote: Quote

    def table(self) -> Table:
        """Return a row for each kind of rate: USD, for what, and when it is another."""
        rates = self.quote.card.rates if self.quote.card else {}
        rows = tuple(_row(kind, rates[kind]) for kind in PER if kind in rates)
        none = "unknown" if self.quote.source == "unknown" else "$0"
        known = rows or (("tokens", none, "", ""),)
        version = f" ({self.quote.version})" if self.quote.version else ""
        why = f"{WHY.get(self.quote.source, self.quote.source)}{version}"
        notes = "; ".join(self.quote.notes)
        return Table(
            ("what", "USD", "for a", "long prompts"),
            known,
            title=f"{self.route.ref}: {why}",
            note=f"{notes}." if notes else "",
        )

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the prices in any front end."""
        return self.table()._repr_mimebundle_()


def prices(model: str | None = None) -> Prices:
    """Return what a model would cost now, or the model in use, and who says so.

    Nobody is asked: what is shown comes from your settings, the price list and its corrections.
    """
    with EDGE:
        session = current()
        return of(session.route(model))


def of(route: Route) -> Prices:
    """Return what a route's model costs now."""
    told = quote(find(route.provider), route.model, datetime.now(UTC), route.account)
    return Prices(route, told)


def overview(session: Session) -> Table:
    """Return what the usual model of each account costs, and which list is used."""
    routes = [Route(a.provider, find(a.provider).default_model, a.name) for a in session.accounts()]
    rows = tuple(_overview(of(route)) for route in routes if route.model)
    listed = price_list.current()
    note = f"List: {listed.version}. " if listed else ""
    columns = ("model", "USD in", "USD out", "who says so")
    return Table(columns, rows, note=f"{note}`%provider prices MODEL` shows all of one.")


def update() -> Note:
    """Fetch the newest list prices, for all kernels; return what has changed.

    Raises ProviderError when they cannot be had or are no price list: then the old ones stay.
    """
    from nbprovider import transport

    with EDGE:
        session, before = current(), price_list.current()
        try:
            data = transport.result(_fetching(price_list.SOURCE), session.network)
            return _replaced(data, before)
        except ProviderError as error:
            error.hint = f"The prices stay as they were. {error.hint or ''}".rstrip()
            raise


def _fetching(url: str) -> Generator[Step, Any, bytes]:
    headers = {"accept": "application/json", "accept-encoding": "gzip"}
    head: Head = yield Send(Request("GET", url, headers), SILENCE)
    return (yield from whole_body(head, _refused, LONGEST))


def _refused(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    del headers, body
    return Unavailable(f"The price list cannot be had: HTTP {status}.", status=status)


def _replaced(data: bytes, before: PriceList | None) -> Note:
    """Keep new data, say what has changed."""
    try:
        after = price_list.keep(data, datetime.now(UTC))
    except OSError as error:
        raise Unavailable(f"The new prices cannot be kept: {error.strerror}.") from None
    if after is None or before is None:
        raise Unavailable("What came is no price list that could be read.")
    old, new = before.models(), after.models()
    changed = sum(new[key] != old[key] for key in old.keys() & new.keys())
    more = len(new.keys() - old.keys())
    return Note(
        f"{before.version} → {after.version}: {more} models are new, {changed} have other prices."
    )


def _row(kind: str, rate: Rate) -> tuple[str, str, str, str]:
    steps = (f"above {start:,} tokens: {_usd(usd)}" for start, usd in rate.steps)
    unit = UNITS.get(kind, "million tokens")
    return NAMES[kind], _usd(rate.plain), unit, "; ".join(steps)


def _overview(told: Prices) -> tuple[str, str, str, str]:
    card = told.quote.card
    found = [card.rate(kind) if card else None for kind in ("input", "output")]
    read, written = (_usd(rate.plain) if rate else "" for rate in found)
    return str(told.route.ref), read, written, WHY.get(told.quote.source, told.quote.source)


def _usd(dollars: object) -> str:
    text = f"{dollars:f}"
    return f"${text.rstrip('0').rstrip('.')}" if "." in text else f"${text}"
