"""Paint a running call into a terminal, with rich."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbprovider.session.tools import approval
from nbprovider.types import Thinking
from nbprovider.view import Final, Pages, Shown, ToolRun, code, markdown, steady

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.live import Live


class Terminal:
    """Print finished blocks for good, and keep only the growing tail alive below them."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console as RichConsole

        self._console = console or RichConsole()
        self._live = self._new_live()
        self._painting = threading.Lock()
        self._pages = Pages(str, _told)
        self._painted: tuple[str, str] | None = None
        self._began = False

    def _new_live(self) -> Live:
        from rich.live import Live as RichLive

        return RichLive(console=self._console, auto_refresh=False, transient=True)

    def paint(self, shown: list[Shown], status: str) -> None:
        """Show what has come since the last time; into a file only what is finished."""
        with self._painting:
            finished, tail = self._pages.advance(_visible(shown))
            self._print(finished)
            if self._console.is_terminal:
                self._keep_alive(steady(tail), status)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the lowest lines to somebody else: in their place nobody could type."""
        with self._painting:
            if self._painted is not None:
                self._end_live()
            yield

    def _end_live(self) -> None:
        """Take away what is kept alive; it is begun anew with the next paint."""
        self._live.update("", refresh=True)
        self._live.stop()
        self._live, self._painted = self._new_live(), None

    def _keep_alive(self, tail: str, status: str) -> None:
        if self._painted is None:
            self._live.start()
        if self.paused not in approval.PAUSES:
            approval.PAUSES.append(self.paused)
        if (tail, status) != self._painted:
            self._painted = tail, status
            self._live.update(self._tail(tail, status), refresh=True)

    def _tail(self, tail: str, status: str) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        gap = [Text()] if tail and self._began else []
        parts = [*gap, rendered(tail)] if tail else []
        return Lowest(Group(*parts, Text(status, style="dim")))

    def _print(self, text: str) -> None:
        """Print a block for good, a blank line above it unless it is the first."""
        if text.strip():
            if self._began:
                self._console.print()
            self._began = True
            self._console.print(rendered(text))

    def finish(self, final: Final) -> None:
        """Print what is left of the answer, and its footer; what was printed stays."""
        self._rest(list(final.shown))
        if self._began:
            self._console.print()
        self._console.print(final.footer, style="dim", highlight=False, markup=False)

    def leave(self, shown: list[Shown]) -> None:
        """Print what is left of what was said; what was printed stays."""
        self._rest(shown)

    def _rest(self, shown: list[Shown]) -> None:
        finished, tail = self._pages.advance(_visible(shown))
        if self.paused in approval.PAUSES:
            approval.PAUSES.remove(self.paused)
        if self._painted is not None:
            self._end_live()
        self._print(finished)
        self._print(tail)


class Lowest:
    """Show the lowest lines of what is higher than the terminal: that is where words come."""

    def __init__(self, whole: RenderableType) -> None:
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        lines = console.render_lines(self._whole, options.update(height=None), pad=False)
        for line in lines[1 - console.height :]:
            yield from line
            yield Segment.line()


def _visible(shown: list[Shown]) -> list[Shown]:
    """Return what is for a terminal, which cannot fold reasoning away."""
    return [item for item in shown if not isinstance(item, Thinking)]


def _told(item: Shown) -> str:
    """Return a tool's line as it is, and anything else as markdown."""
    return code(item.line) if isinstance(item, ToolRun) else markdown([item])


def rendered(text: str) -> RenderableType:
    """Return markdown as a terminal shows it."""
    from rich.markdown import Markdown

    return Markdown(text)
