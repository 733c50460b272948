"""A picture of amounts, as data: painted by Altair in a notebook, as bars of text elsewhere."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Literal

from msgspec import Struct

Shape = Literal["columns", "bars", "points"]
"""Columns stand beside each other in time; bars lie below each other; points have two values."""

MOST = 7
"""Series that can be told apart; what more there are is one together."""


class Mark(Struct, frozen=True):
    """One amount: the place it belongs to, the series, and from where to where it reaches."""

    place: str
    series: str
    low: float
    high: float


class Point(Struct, frozen=True):
    """One call: the series, seconds, USD."""

    series: str
    x: float
    y: float


class Picture(Struct, frozen=True):
    """What to show; nothing is drawn where there are neither marks nor points.

    - `places`: the columns or bars in their order; `told`: what each comes to, in words
    - `series`: by what marks or points are told apart, the largest first
    - `left`: the one of the series that is not used up, drawn in grey; "" for none
    - `x`, `y`: what the axes are, with the unit
    - `notes`: what is not in it, a sentence each
    - `description`: the picture in words, for those who do not see it
    """

    shape: Shape
    title: str
    description: str
    places: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    points: tuple[Point, ...] = ()
    left: str = ""
    x: str = ""
    y: str = ""
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw: the description says why."""
        return not (self.marks or self.points)

    @property
    def longest(self) -> float:
        """The end of the longest column or bar."""
        return max((mark.high for mark in self.marks), default=0.0)

    @property
    def words(self) -> str:
        """The description and the notes, as one text."""
        return " ".join([self.description, *self.notes])

    def letter(self, series: str) -> str:
        """Return the letter of a series, so that colour is not the only sign; "" for a lone one."""
        return ascii_uppercase[self.series.index(series)] if len(self.series) > 1 else ""
