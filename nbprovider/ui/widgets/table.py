"""A table of rows that can be ticked and acted on; widgets are used again for other rows."""

from __future__ import annotations

from typing import Any

from nbprovider.credentials import redact
from nbprovider.ui.forms import Buttons, Row, Rows
from nbprovider.ui.widgets.clicks import heard_at_once
from nbprovider.ui.widgets.pieces import ButtonsPiece, Html, Told, put, seen
from nbprovider.ui.widgets.style import MARKS, escaped, marked

GAP = 12
"""Pixels between two columns, as the style has it."""


class RowsPiece:
    """A header, and a box for each row: cells and buttons; a tick box has the first cell's words.

    Boxes are taken for other rows, and kept out of sight for rows to come. Not so where a button is
    dangerous: a press that is late, such as a second click, must not reach the next row.
    """

    def __init__(self, part: Rows, told: Told) -> None:
        from ipywidgets import VBox

        self.widget: Any = VBox()
        self._name = part.name
        self._told = told
        self._top = Html()
        self._any: list[_Row] = []
        self._own: dict[str, _Row] = {}

    def show(self, part: Rows) -> None:
        """Show the rows, the header above them, or what is said where there are none."""
        room = max((_room(row) for row in part.rows), default=0)
        self._top.put(_header(part, room))
        gone, self._own = self._own, {}
        spare = [*self._any]
        boxes = []
        for row in part.rows:
            box = self._dangerous(row, gone) if _is_dangerous(row) else self._next(spare)
            box.show(row, _shares(part), room)
            seen(box.widget, when=True)
            boxes.append(box)
        for box in spare:
            seen(box.widget, when=False)
        put(self.widget, children=(self._top.widget, *(box.widget for box in [*boxes, *spare])))
        for box in gone.values():
            box.close()

    def _dangerous(self, row: Row, before: dict[str, _Row]) -> _Row:
        """Return the box that only this row has."""
        box = before.pop(row.key) if row.key in before else _Row(self._name, self._told)
        self._own[row.key] = box
        return box

    def _next(self, spare: list[_Row]) -> _Row:
        """Return the next of the boxes that any row may have."""
        if spare:
            return spare.pop(0)
        box = _Row(self._name, self._told)
        self._any.append(box)
        return box

    def close(self) -> None:
        """Take the widgets away."""
        for box in (*self._any, *self._own.values()):
            box.close()
        self._top.close()
        self.widget.close()


class _Row:
    """The box of one row, whichever that is just now."""

    def __init__(self, name: str, told: Told) -> None:
        from ipywidgets import Checkbox, HBox

        self._key = ""
        self._tick = heard_at_once(Checkbox(indent=False))
        self._cells = Html()
        self._buttons = ButtonsPiece(Buttons("", ()), told)
        put(self._buttons.widget.layout, flex_flow="row", justify_content="flex-end")
        self.widget = HBox([self._tick, self._cells.widget, self._buttons.widget])
        self.widget.add_class("nbp-row")
        self._tick.observe(lambda c: told.wrote(name, c["new"], self._key), names="value")

    def show(self, row: Row, shares: tuple[float, ...], room: int) -> None:
        self._key = row.key
        ticks = row.ticked is not None
        seen(self._tick, when=ticks)
        if ticks:
            put(self._tick.layout, flex="0 0 auto", width=_first(shares, room), margin="0")
            put(self._tick, value=row.ticked, description=redact(row.cells[0]))
        own = shares[1:] if ticks else shares
        self._cells.put(_cells(row.cells[1:] if ticks else row.cells, own, row))
        put(self._cells.widget.layout, flex=f"{sum(own):g} 1 0", min_width="0")
        put(self._buttons.widget.layout, min_width=f"{room}px")
        self._buttons.paint(row.buttons, row.key)

    def close(self) -> None:
        self._tick.close()
        self._cells.close()
        self._buttons.close()
        self.widget.close()


def _is_dangerous(row: Row) -> bool:
    return any(button.look == "danger" for button in row.buttons)


def _shares(part: Rows) -> tuple[float, ...]:
    return part.widths or (1.0,) * len(part.columns)


def _room(row: Row) -> int:
    """Return the pixels that a row's buttons take."""
    return sum(24 + round(6.7 * len(button.label)) for button in row.buttons)


def _first(shares: tuple[float, ...], room: int) -> str:
    """Return the width of the first column and the gap behind it, as the header has them."""
    gaps = GAP * (len(shares) - 1)
    return f"calc((100% - {room + gaps}px) * {shares[0] / sum(shares):.4f} + {GAP - 2}px)"


def _template(shares: tuple[float, ...]) -> str:
    return " ".join(f"minmax(0,{share:g}fr)" for share in shares)


def _header(part: Rows, room: int) -> str:
    if not part.rows:
        return f'<div class="nbp-plain">{escaped(part.empty)}</div>' if part.empty else ""
    spans = "".join(f"<span>{escaped(column)}</span>" for column in part.columns)
    style = f"grid-template-columns:{_template(_shares(part))};padding-right:{room}px"
    return f'<div class="nbp-cells nbp-top" style="{style}">{spans}</div>'


def _cells(cells: tuple[str, ...], shares: tuple[float, ...], row: Row) -> str:
    mark = f'<b aria-hidden="true">{MARKS[row.tone]}</b> ' if row.tone in MARKS else ""
    spans = [f"<span>{marked(cell)}</span>" for cell in cells]
    if row.ticked is None and cells:
        first, below, more = marked(cells[0]).partition("\n")
        spans[0] = f"<span>{mark}<b>{first}</b>{below}{more}</span>"
    style = f"grid-template-columns:{_template(shares)}"
    return f'<div class="nbp-cells" style="{style}">{"".join(spans)}</div>'
