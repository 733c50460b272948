"""Sums and points as pictures, with all that is said about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from nbprovider.session.sums import Sums
from nbprovider.view import money, seconds
from nbprovider.view.picture import MOST, Picture, Point

POINTS = 2_000
"""Calls that a picture shows, the newest: more hide each other."""


class Unit(Struct, frozen=True):
    """What is counted: its name on an axis, an amount in words, and how nothing of it is told."""

    name: str
    say: Callable[[float], str]
    nothing: str
    unknown: str = ""


def usd(dollars: float) -> str:
    """Return dollars in words."""
    return money(round(dollars * 1_000_000_000))


USD = Unit(
    "USD",
    usd,
    "Nothing had to be paid: what was asked is free, or in a plan.",
    "No price is known of what was asked.",
)
TOKENS = Unit("tokens", lambda count: f"{count:,.0f}", "No tokens were counted.")

_AXES = {"ttft": "seconds to the first token", "duration": "seconds in all"}


def columns(title: str, sums: Sums, notes: tuple[str, ...]) -> Picture:
    """Return sums as columns beside each other, in USD."""
    return _stacked("columns", title, sums, notes, USD)


def bars(title: str, sums: Sums, notes: tuple[str, ...], unit: Unit) -> Picture:
    """Return sums as bars below each other."""
    return _stacked("bars", title, sums, notes, unit)


def _stacked(
    shape: Literal["columns", "bars"], title: str, sums: Sums, notes: tuple[str, ...], unit: Unit
) -> Picture:
    if not sums.total:
        return Picture(shape, title, _nothing(sums, unit), notes=notes)
    series = sums.ranked()
    return Picture(
        shape,
        title,
        _described(title, sums, series, unit),
        tuple(sums.amounts),
        sums.told(unit.say),
        series,
        sums.marks(series),
        x="" if shape == "columns" else unit.name,
        y=unit.name if shape == "columns" else "",
        notes=notes,
    )


def _nothing(sums: Sums, unit: Unit) -> str:
    """Return why there is nothing to draw, as a sentence."""
    if sums.series:
        return unit.nothing
    return unit.unknown if sums.unknown else "Nothing was asked."


def _described(title: str, sums: Sums, series: tuple[str, ...], unit: Unit) -> str:
    most = max(sums.amounts, key=lambda place: sums.of(place) or 0.0)
    parts = [f"{title}: {unit.say(sums.total)} in all."]
    if len(sums.amounts) > 1:
        parts.append(f"Most: {most}, {unit.say(sums.of(most) or 0.0)}.")
    if len(series) > 1:
        named = (f"{name} {unit.say(sums.series[name])}" for name in series)
        parts.append(f"{', '.join(named)}.")
    return " ".join(parts)


def points(column: str, found: list[Point], notes: tuple[str, ...], *, asked: bool) -> Picture:
    """Return calls as points: seconds beside USD."""
    title = f"Cost against {_AXES[column]}"
    if not found:
        why = "Of no call both the cost and the time are known." if asked else "Nothing was asked."
        return Picture("points", title, why, notes=notes)
    shown = _told_apart(found[-POINTS:])
    if len(found) > POINTS:
        notes = (*notes, f"The newest {POINTS:,} of {len(found):,} calls are shown.")
    series = tuple(dict.fromkeys(point.series for point in shown))
    said = f"{title}: {many(len(shown), 'call')}."
    each = (_median(name, shown) for name in series)
    return Picture(
        "points",
        title,
        f"{said} Medians: {'; '.join(each)}.",
        series=series,
        points=tuple(shown),
        x=_AXES[column],
        y="USD",
        notes=notes,
    )


def _told_apart(found: list[Point]) -> list[Point]:
    """Return the points in as many series as can be told apart, those of most points first."""
    counts: dict[str, int] = {}
    for point in found:
        counts[point.series] = counts.get(point.series, 0) + 1
    ranked = sorted(counts, key=lambda name: -counts[name])
    rest = f"{len(ranked) - MOST + 1} others"
    names = {
        name: name if len(ranked) <= MOST or place < MOST - 1 else rest
        for place, name in enumerate(ranked)
    }
    made = [Point(names[point.series], point.x, point.y) for point in found]
    order = list(dict.fromkeys(names.values()))
    return sorted(made, key=lambda point: order.index(point.series))


def _median(series: str, found: list[Point]) -> str:
    own = [point for point in found if point.series == series]
    spans, costs = sorted(point.x for point in own), sorted(point.y for point in own)
    middle = len(own) // 2
    return f"{series} {seconds(spans[middle])}, {usd(costs[middle])}"


def many(count: int, what: str) -> str:
    """Return a number of things."""
    return f"{count:,} {what}{'s'[: count != 1]}"


def to_be(count: int) -> str:
    """Return the verb for so many."""
    return "is" if count == 1 else "are"
