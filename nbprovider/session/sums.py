"""Amounts summed by place and series, then stacked: what bars and columns are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from nbprovider.view.picture import MOST, Mark

PLACES = 20
"""Bars below each other, less one, that a reader can take in."""


class Sums(Struct):
    """Amounts by place and series, places in the order in which they came; None is not known."""

    amounts: dict[str, dict[str, float]] = field(default_factory=dict)
    series: dict[str, float] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def add(self, place: str, series: str, amount: float | None) -> None:
        """Add an amount; one that is not known leaves its place there, without a bar."""
        found = self.amounts.setdefault(place, {})
        if amount is None:
            self.unknown.add(place)
            return
        found[series] = found.get(series, 0.0) + amount
        self.series[series] = self.series.get(series, 0.0) + amount

    @property
    def total(self) -> float:
        """All amounts together."""
        return sum(self.series.values())

    def of(self, place: str) -> float | None:
        """Return what a place comes to, None where nothing of it is known."""
        found = self.amounts.get(place, {})
        return None if not found and place in self.unknown else sum(found.values())

    def fewer(self) -> Sums:
        """Return the same with the smallest series as one, where there are too many."""
        ranked = self.ranked()
        if len(ranked) <= MOST:
            return self
        kept = set(ranked[: MOST - 1])
        rest = f"{len(ranked) - len(kept)} others"
        made = Sums(unknown=self.unknown)
        for place, found in self.amounts.items():
            made.amounts.setdefault(place, {})
            for series, amount in found.items():
                made.add(place, series if series in kept else rest, amount)
        return made

    def shorter(self) -> Sums:
        """Return the same with the places that come to least as one, where there are too many."""
        ranked = sorted(self.amounts, key=lambda place: -(self.of(place) or 0.0))
        kept, rest = ranked[:PLACES], ranked[PLACES:]
        made = Sums()
        for place in (*kept, *rest):
            name = place if place in kept else f"{len(rest)} others"
            for series, amount in self.amounts[place].items():
                made.add(name, series, amount)
            if place in self.unknown:
                made.add(name, "", None)
        return made

    def ranked(self) -> tuple[str, ...]:
        """Return the series that come to something, the largest first."""
        known = {name: amount for name, amount in self.series.items() if amount > 0}
        return tuple(sorted(known, key=lambda name: -known[name]))

    def marks(self, series: Iterable[str]) -> tuple[Mark, ...]:
        """Return the amounts stacked in the order of the series."""
        order = tuple(series)
        return tuple(mark for place in self.amounts for mark in self._stack(place, order))

    def _stack(self, place: str, series: tuple[str, ...]) -> Iterable[Mark]:
        low = 0.0
        for name in series:
            amount = self.amounts[place].get(name, 0.0)
            if amount > 0:
                yield Mark(place, name, low, low + amount)
                low += amount

    def told(self, say: Callable[[float], str]) -> tuple[str, ...]:
        """Return in words what each place comes to."""
        found = map(self.of, self.amounts)
        return tuple("price unknown" if amount is None else say(amount) for amount in found)
