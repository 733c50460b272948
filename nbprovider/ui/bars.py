"""Pictures as bars of text, with rich: in colour in a terminal, plain in a saved notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprovider.ui.palette import colours
from nbprovider.view.picture import Mark, Picture

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

WIDTH = 40
"""Characters of the longest bar."""

LINES = 31
"""Columns that are shown as lines, the newest: a month of days."""

PLAIN = 100
"""Characters of a line where nobody tells how wide it may be."""


def text(picture: Picture) -> str:
    """Return the picture as plain text."""
    return _printed(picture, _console(PLAIN))


def coloured(picture: Picture) -> str:
    """Return the picture as this terminal can show it."""
    from rich.console import Console

    here = Console(force_jupyter=False)
    if not here.is_terminal:
        return text(picture)
    return _printed(picture, _console(here.width, here.color_system))


def _console(width: int, colours: str | None = None) -> Console:
    """Return a console to capture words from; in a kernel rich would display them otherwise."""
    from rich.console import Console as RichConsole

    return RichConsole(
        width=width,
        color_system=colours,  # type: ignore[arg-type]
        force_terminal=colours is not None,
        force_jupyter=False,
        highlight=False,
        legacy_windows=False,
    )


def _printed(picture: Picture, console: Console) -> str:
    with console.capture() as printed:
        for part in _parts(picture):
            console.print(part, markup=False, soft_wrap=isinstance(part, str))
    return "\n".join(line.rstrip() for line in printed.get().splitlines())


def _parts(picture: Picture) -> Iterator[RenderableType]:
    yield picture.words
    if picture.marks:
        yield ""
        yield _table(picture)
        if len(picture.series) > 1:
            yield ""
            yield _legend(picture)


def _table(picture: Picture) -> Table:
    from rich.table import Table as RichTable

    table = RichTable.grid(padding=(0, 2))
    for justify in ("left", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)
    lines = list(zip(picture.places, picture.told, strict=True))
    left_out = max(0, len(lines) - LINES) if picture.shape == "columns" else 0
    if left_out:
        table.add_row(f"… {left_out} earlier", "", "")
    for place, told in lines[left_out:]:
        table.add_row(place, _bar(picture, place), told)
    return table


def _bar(picture: Picture, place: str) -> Text:
    """Return a bar: each series in its colour and of its letter, at least one if there is any."""
    from rich.text import Text as RichText

    made = RichText()
    for mark in picture.marks:
        if mark.place == place:
            sign = picture.letter(mark.series) or "█"
            made.append(sign * _length(mark, picture.longest, len(made)), _colour(picture, mark))
    return made


def _length(mark: Mark, longest: float, begun: int) -> int:
    return max(1, round(WIDTH * mark.high / longest) - begun)


def _colour(picture: Picture, mark: Mark) -> str:
    return colours(picture)[picture.series.index(mark.series)]


def _legend(picture: Picture) -> str:
    return "\n".join(f"{picture.letter(name)}  {name}" for name in picture.series)
