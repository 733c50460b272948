"""What is spent: today, this week, by model, day by day; it goes on while cells run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from nbprovider.session import current, panel
from nbprovider.session.panel import Panel
from nbprovider.ui.forms.budget_bar import budget_bar
from nbprovider.ui.forms.form import Form
from nbprovider.ui.forms.parts import Bar, Button, Buttons, Page, Part, Plot, Point, Words
from nbprovider.view import money

SOON, LATE = 1.0, 5.0
"""Seconds between two looks at the ledger: while it grows, and while nobody asks anything."""

PATIENCE = 30
"""How many times as long as a look takes nothing is looked at."""

SHOWN = 6
"""Models that are told one by one."""

NO_PRICE = "price unknown"


class Spend(Form):
    """Look at the ledger again and again until the panel is closed; paint what has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self.start("watch", "", self._watch, lambda _: None)

    async def _watch(self) -> None:
        pause = SOON
        while not self.closed:
            began = time.monotonic()
            seen = await asyncio.to_thread(panel.panel, current())
            pause = min(LATE, 1.2 * pause) if seen == self._panel else SOON
            await asyncio.to_thread(self._show, seen)
            await asyncio.sleep(max(pause, PATIENCE * (time.monotonic() - began)))

    def _show(self, seen: Panel) -> None:
        def changed() -> None:
            self._panel = seen

        if seen != self._panel:
            self.update(changed)

    def _page(self) -> Page:
        parts = _parts(self._panel) if self._panel else (Words("looking", "Looking …", "busy"),)
        close = Buttons("doing", (Button("leave", "Close", note="end this panel"),))
        return Page("What is spent", (*parts, self.said, close))

    def _set(self, name: str, value: object, _row: str) -> None:
        """There is nothing to write in."""

    def _act(self, name: str, _row: str) -> None:
        if name == "leave":
            self.leave()


def _parts(seen: Panel) -> Iterator[Part]:
    yield Words("today", f"Today: {seen.today}.")
    yield Words("week", f"The last seven days: {seen.week}.")
    yield Words("kernel", f"This kernel: {seen.kernel}.")
    yield from map(budget_bar, seen.budgets)
    shown = seen.models[:SHOWN]
    if shown:
        yield Words("by_model", "By model, the last seven days", "title")
        yield from _models(shown)
        if more := seen.models[SHOWN:]:
            left = money(sum(one.cost or 0 for one in more))
            yield Words("more", f"and {len(more):,} more, {left} together", "faint")
    if any(day.calls for day in seen.days):
        yield Plot("days", "Day by day", tuple(_points(seen.days)))


def _models(shown: tuple[panel.Part, ...]) -> Iterator[Bar]:
    for one, share in zip(shown, _shares(shown), strict=True):
        yield Bar(f"model {one.name}", one.name, share, _words(one))


def _points(days: tuple[panel.Part, ...]) -> Iterator[Point]:
    for day, share in zip(days, _shares(days), strict=True):
        yield Point(day.name, share, _words(day) if day.calls else "nothing")


def _shares(parts: tuple[panel.Part, ...]) -> list[float]:
    """Return each one's share of the dearest; of the most calls where nothing has cost anything."""
    by_cost = any(part.cost for part in parts)
    sizes = [(part.cost or 0) if by_cost else part.calls for part in parts]
    highest = max(sizes, default=0) or 1
    return [size / highest for size in sizes]


def _words(part: panel.Part) -> str:
    calls = f"{part.calls:,} call{'s'[: part.calls != 1]}"
    lacking = f", {part.unknown:,} of unknown price" if part.unknown and part.cost else ""
    return f"{NO_PRICE if part.cost is None else money(part.cost)} for {calls}{lacking}"
