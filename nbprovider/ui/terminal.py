"""Paint a running call into a terminal, with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.types import Thinking
from nbprovider.view import Final, Pages, Shown, View

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live


class Terminal:
    """Print finished blocks for good, and keep only the growing tail alive below them."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console as RichConsole
        from rich.live import Live as RichLive

        self._console = console or RichConsole()
        self._live: Live = RichLive(console=self._console, auto_refresh=False, transient=True)
        self._pages = Pages()
        self._started = False

    def paint(self, view: View, status: str) -> None:
        """Show what has come since the last time."""
        if not self._started:
            self._live.start()
            self._started = True
        self._print(view.shown(), status)

    def _print(self, shown: list[Shown], status: str) -> None:
        finished, tail = self._pages.advance([item for item in shown if not _hidden(item)])
        if finished:
            self._console.print(_rendered(finished))
        self._live.update(_tail(tail, status), refresh=True)

    def finish(self, final: Final) -> None:
        """Print what is left of the answer, and its footer; what was printed stays."""
        finished, tail = self._pages.advance([item for item in final.shown if not _hidden(item)])
        self._stop()
        for text in filter(str.strip, (finished, tail)):
            self._console.print(_rendered(text))
        self._console.print(final.footer, style="dim", highlight=False)

    def clear(self) -> None:
        """Take the tail away; what was printed stays."""
        self._stop()

    def _stop(self) -> None:
        if self._started:
            self._live.update("", refresh=True)
            self._live.stop()
            self._started = False


def _hidden(item: Shown) -> bool:
    """Say whether an item is not for a terminal, which cannot fold."""
    return isinstance(item, Thinking)


def _rendered(text: str) -> RenderableType:
    from rich.markdown import Markdown

    return Markdown(text)


def _tail(tail: str, status: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    return Group(_rendered(tail), Text(status, style="dim"))
