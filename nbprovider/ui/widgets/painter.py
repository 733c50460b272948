"""Keep a box of widgets as a form's page says, and tell the form what is done there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nbprovider.ui.forms import (
    Bar,
    Buttons,
    Choice,
    Fold,
    Form,
    Hidden,
    Link,
    Part,
    Plot,
    Rows,
    Text,
    Tick,
    Words,
)
from nbprovider.ui.widgets.clicks import heard_at_once
from nbprovider.ui.widgets.fields import ChoicePiece, HiddenPiece, TextPiece, TickPiece
from nbprovider.ui.widgets.pieces import (
    BarPiece,
    ButtonsPiece,
    LinkPiece,
    Piece,
    Told,
    WordsPiece,
    put,
    seen,
)
from nbprovider.ui.widgets.plot import PlotPiece
from nbprovider.ui.widgets.style import CLASS, CSS, escaped
from nbprovider.ui.widgets.table import RowsPiece


class Painter:
    """Paint a form into `widget`, and again whenever it has a new page, by whatever thread.

    What painting itself sets is not told to the form. A form that is closed leaves a line.
    """

    def __init__(self, form: Form, left: str = "This form is closed.") -> None:
        from ipywidgets import HTML, VBox

        self._form = form
        self._left = left
        self._lock = threading.RLock()
        self._by: int | None = None
        self._style: Any = HTML(CSS)
        self._title: Any = HTML()
        self._parts = _Parts(self)
        self.widget: Any = VBox([self._style, self._title, self._parts.widget])
        self.widget.add_class(CLASS)
        form.listen(self.paint)
        self.paint()

    def paint(self) -> None:
        """Show the form's page as it is now."""
        with self._lock:
            outer, self._by = self._by, threading.get_ident()
            try:
                self._paint()
            finally:
                self._by = outer

    def _paint(self) -> None:
        if self._form.closed:
            self._leave()
            return
        page = self._form.page()
        title = f'<div class="nbp-title" role="heading" aria-level="3">{escaped(page.title)}</div>'
        put(self._title, value=title)
        self._parts.show(page.parts)

    def _leave(self) -> None:
        if self.widget.comm is None:
            return
        self._parts.close()
        put(self._title, value=f'<div class="nbp-plain">{escaped(self._left)}</div>')
        self.widget.children = (self._style, self._title)

    def wrote(self, name: str, value: Any, row: str = "") -> None:
        """Take in a value of the front end's."""
        if self._by != threading.get_ident():
            self._form.set(name, value, row)

    def pressed(self, name: str, row: str = "") -> None:
        """Take in a press of a button."""
        self._form.act(name, row)


class _Parts:
    """Parts below each other; a piece stays while the part's kind and name do."""

    def __init__(self, told: Told) -> None:
        from ipywidgets import VBox

        self.widget: Any = VBox()
        self._told = told
        self._pieces: dict[tuple[type, str], Piece] = {}

    def show(self, parts: tuple[Part, ...]) -> None:
        before, self._pieces = self._pieces, {}
        for part in parts:
            key = (type(part), part.name)
            piece = before.pop(key, None) or PIECES[type(part)](part, self._told)
            piece.show(part)
            self._pieces[key] = piece
        put(self.widget, children=tuple(piece.widget for piece in self._pieces.values()))
        for piece in before.values():
            piece.close()

    def close(self) -> None:
        for piece in self._pieces.values():
            piece.close()
        self._pieces = {}
        self.widget.close()


class _FoldPiece:
    """A button that folds what is below it open; what is folded away has no place in the page."""

    def __init__(self, part: Fold, told: Told) -> None:
        from ipywidgets import Button, VBox

        self._title = part.title
        self._open = part.open
        self._button = heard_at_once(Button())
        self._button.add_class("nbp-fold")
        self._parts = _Parts(told)
        self._parts.widget.add_class("nbp-inner")
        self.widget: Any = VBox([self._button, self._parts.widget])
        self._button.on_click(self._turned)

    def _turned(self, _: Any) -> None:
        self._open = not self._open
        self._folded()

    def _folded(self) -> None:
        sign, does = ("▾", "hide") if self._open else ("▸", "show")
        put(self._button, description=f"{sign} {self._title}", tooltip=f"{does} {self._title}")
        seen(self._parts.widget, when=self._open)

    def show(self, part: Fold) -> None:
        self._title = part.title
        self._parts.show(part.parts)
        self._folded()

    def close(self) -> None:
        self._parts.close()
        self._button.close()
        self.widget.close()


PIECES: dict[type, Callable[[Any, Told], Piece]] = {
    Text: TextPiece,
    Hidden: HiddenPiece,
    Choice: ChoicePiece,
    Tick: TickPiece,
    Buttons: ButtonsPiece,
    Words: lambda _part, _told: WordsPiece(),
    Link: lambda _part, _told: LinkPiece(),
    Bar: lambda _part, _told: BarPiece(),
    Plot: lambda _part, _told: PlotPiece(),
    Rows: RowsPiece,
    Fold: _FoldPiece,
}
"""Kind of part → what paints it."""
