"""A small table, as data: painted as markdown in a notebook, with rich in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.view.legible import legible, priced


class Table(Struct, frozen=True):
    """Columns, rows of words, a title above and a note below."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    note: str = ""

    def markdown(self) -> str:
        """Return the table in markdown."""
        lines = [_row(self.columns), _row(":---" for _ in self.columns)]
        lines += [_row(row) for row in self.rows]
        title = f"**{legible(self.title)}**" if self.title else ""
        blocks = [title, "\n".join(lines), legible(self.note)]
        return "\n\n".join(block for block in blocks if block)

    def plain(self) -> str:
        """Return the table as aligned text."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        rule = tuple("─" * width for width in widths)
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (self.columns, rule, *self.rows)
        ]
        blocks = [self.title, "\n".join(lines), self.note]
        return "\n\n".join(block for block in blocks if block)

    def __str__(self) -> str:
        return self.plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the table in any front end."""
        return {"text/plain": redact(self.plain()), "text/markdown": redact(self.markdown())}


def _row(cells: Iterable[str]) -> str:
    fitting = (priced(cell.replace("|", "\\|").replace("\n", " ")) for cell in cells)
    return f"| {' | '.join(fitting)} |"
