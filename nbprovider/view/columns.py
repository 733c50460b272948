"""Several calls side by side, as data: what each has said, what it waits for, what it took."""

from __future__ import annotations

import html

from msgspec import Struct

from nbprovider.view.final import Bundle
from nbprovider.view.plain import plain
from nbprovider.view.rendered import rendered, written
from nbprovider.view.view import Shown

_ROW = "display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start"
_CARD = (
    "flex: 1 1 17em; min-width: 0; overflow-x: auto; box-sizing: border-box;"
    " padding: 4px 12px 8px; border: 1px solid rgba(128, 128, 128, 0.5); border-radius: 6px"
)
_HEAD = (
    "margin: 0 0 6px; padding: 4px 0; font-weight: 600; overflow-wrap: anywhere;"
    " border-bottom: 1px solid rgba(128, 128, 128, 0.5)"
)
_FOOT = "margin: 8px 0 0; font-size: 85%"

SHORT = 24
"""Characters of an item of a footer that fit into any column."""


class Column(Struct, frozen=True):
    """One call: whose it is, what it has said, and a line below.

    - `status`: what is waited for, "" for nothing; `footer`: what it took, "" before it is over
    - `trouble`: what it failed by, "" where it did not
    - `page`: HTML in place of what was said, "" where that is shown as it is
    """

    title: str
    shown: tuple[Shown, ...] = ()
    status: str = ""
    footer: str = ""
    trouble: str = ""
    page: str = ""

    @property
    def over(self) -> bool:
        """Whether the call has ended, however that came."""
        return bool(self.footer or self.trouble)

    def html(self) -> str:
        """Return the column as a part of a page."""
        foot = [f"⏳ {self.status}" if self.status else "", self.footer]
        lines = [f'<p style="{_FOOT}">{written(_together(line))}</p>' for line in foot if line]
        trouble = written(self.trouble).replace("\n", "<br>")
        parts = [
            f'<p style="{_HEAD}">{written(self.title)}</p>',
            self.page or rendered(self.shown),
            f"<p>⚠ {trouble}</p>" if trouble else "",
            *lines,
        ]
        inside = "\n".join(filter(None, parts))
        name = f'role="group" aria-label="{html.escape(self.title)}"'
        return f'<div {name} style="{_CARD}">\n{inside}\n</div>'

    def plain(self) -> str:
        """Return the column as plain text, a line with its name above."""
        trouble = f"⚠ {self.trouble}" if self.trouble else ""
        parts = [f"── {self.title} ──", plain(self.shown), trouble, self.status, self.footer]
        return "\n\n".join(filter(None, parts))


class Columns(Struct, frozen=True):
    """Several calls side by side."""

    columns: tuple[Column, ...]

    def status(self) -> str:
        """Return how many have ended, "" when all have."""
        over = sum(column.over for column in self.columns)
        many = len(self.columns)
        return "" if over == many else f"{over} of {many} have answered"

    def html(self) -> str:
        """Return all as HTML whose look needs nothing but itself, on light and on dark."""
        status = self.status()
        line = f'<p role="status" style="{_FOOT}">⏳ {status}</p>' if status else ""
        columns = "\n".join(column.html() for column in self.columns)
        return f'<div>\n<div style="{_ROW}">\n{columns}\n</div>\n{line}</div>'

    def plain(self) -> str:
        """Return all as plain text, one below the other."""
        return "\n\n\n".join(column.plain() for column in self.columns)

    def bundle(self) -> Bundle:
        """Return the output that a notebook keeps."""
        return {"text/plain": self.plain(), "text/html": self.html()}


def _together(line: str) -> str:
    """Return a line that is not broken within its short items: `1.3 s` stays whole."""
    items = line.split(" · ")
    return " · ".join(i.replace(" ", "\u00a0") if len(i) <= SHORT else i for i in items)
