"""Paint calls side by side into a terminal, with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbprovider.ui.terminal import Lowest, rendered
from nbprovider.view import Column, Columns, plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

NARROWEST = 32
"""Characters that a column needs: where there is less room they stand below each other."""


class TerminalColumns:
    """Keep all columns alive while they grow, print them for good in the end."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console as RichConsole
        from rich.live import Live as RichLive

        self._console = console or RichConsole()
        self._live: Live = RichLive(console=self._console, auto_refresh=False, transient=True)
        self._painted: Columns | None = None

    def paint(self, columns: Columns) -> None:
        """Show the columns as they are now; into a file nothing before they are finished."""
        if not self._console.is_terminal or columns == self._painted:
            return
        if self._painted is None:
            self._live.start()
        self._painted = columns
        self._live.update(Lowest(self._side_by_side(columns)), refresh=True)

    def finish(self, columns: Columns, _: dict[str, Any]) -> None:
        """Print the columns for good."""
        if self._painted is not None:
            self._live.update("", refresh=True)
            self._live.stop()
        self._console.print(self._side_by_side(columns))

    def _side_by_side(self, columns: Columns) -> RenderableType:
        from rich.console import Group
        from rich.table import Table

        panels = [_panel(column) for column in columns.columns]
        if self._console.width // len(panels) < NARROWEST:
            return Group(*panels)
        grid = Table.grid(expand=True)
        for _ in panels:
            grid.add_column(ratio=1)
        grid.add_row(*panels)
        return grid


def _panel(column: Column) -> RenderableType:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    below = filter(None, (column.status, column.footer))
    parts = [
        rendered(plain(column.shown)),
        *([Text(f"⚠ {column.trouble}")] if column.trouble else []),
        *(Text(f"\n{line}", style="dim") for line in below),
    ]
    return Panel(Group(*parts), title=Text(column.title), title_align="left")
