"""Several running calls side by side on one screen: each has an ear, all have one painter."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol, Self

from nbprovider.ticker import Ticker
from nbprovider.types import Event, Heartbeat, Part
from nbprovider.ui.notebook import Publisher
from nbprovider.ui.pace import Pace
from nbprovider.view import Column, Columns, View

PER_SECOND = 60_000
"""Characters: columns are repainted as one, so that more must pass than of a growing tail."""


class Ear:
    """Listen to one of the calls, know its column."""

    def __init__(self, title: str, hidden: tuple[type[Part], ...] = ()) -> None:
        self._view = View(hidden)
        self._title = title
        self._lock = threading.Lock()
        self._began = self._heard = time.monotonic()
        self._end: Column | None = None

    def saw(self, event: Event) -> None:
        """Take in one event."""
        with self._lock:
            if not isinstance(event, Heartbeat):
                self._heard = time.monotonic()
            self._view.saw(event)

    def end(self, column: Column) -> None:
        """Take in how the call ended: this is shown from now on."""
        with self._lock:
            self._end = column

    def column(self) -> Column:
        """Return the call as it is now."""
        with self._lock:
            if self._end is not None:
                return self._end
            now = time.monotonic()
            status = self._view.status(now - self._began, now - self._heard)
            return Column(self._title, tuple(self._view.shown()), status)


class Side(Protocol):
    """Whoever can put columns on a screen; all its methods are called by one thread."""

    def paint(self, columns: Columns) -> None:
        """Show the columns as they are now."""

    def finish(self, columns: Columns, provenance: dict[str, Any]) -> None:
        """Leave the columns in place of all that was painted."""


class SideBySide:
    """Paint calls inside a `with` block, then end with `finish`; each is heard by one of `ears`."""

    def __init__(
        self,
        painter: Side,
        per_second: float,
        titles: Sequence[str],
        hidden: tuple[type[Part], ...] = (),
    ) -> None:
        self.ears = tuple(Ear(title, hidden) for title in titles)
        self._painter = painter
        self._ticker = Ticker(lambda: painter.paint(self.columns()), per_second)

    def columns(self) -> Columns:
        """Return all as they are now."""
        return Columns(tuple(ear.column() for ear in self.ears))

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticker.rest()

    def finish(self, provenance: dict[str, Any]) -> None:
        """Leave the columns in place of all that was painted."""
        self._ticker.end(lambda: self._painter.finish(self.columns(), provenance))


class ColumnsOutput:
    """Paint columns into one output of a notebook."""

    def __init__(self, publisher: Publisher, name: str, pace: Pace | None = None) -> None:
        self._publisher = publisher
        self._name = name
        self._pace = pace or Pace(PER_SECOND)
        self._painted: Columns | None = None
        self._size = 0

    def paint(self, columns: Columns) -> None:
        """Show the columns as they are now, unless that would be too much in too short a time."""
        if columns != self._painted and self._pace.allows(self._size):
            page = columns.html()
            self._size = len(page)
            self._show({"text/html": page}, {}, columns)

    def finish(self, columns: Columns, provenance: dict[str, Any]) -> None:
        """Leave the columns, and where they come from."""
        self._show(columns.bundle(), {"nbprovider": provenance}, columns)

    def _show(self, bundle: dict[str, str], metadata: dict[str, Any], columns: Columns) -> None:
        way = self._publisher.show if self._painted is None else self._publisher.update
        way(bundle, metadata, self._name)
        self._painted = columns
