"""What a form's page is made of. Each part has a name that no other part of its page has.

A painter keeps a part in place while its name and kind stay, and hides what is empty: whoever
wants the focus to stay where it is gives the same names in the same order.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Tone = Literal["plain", "title", "faint", "good", "warning", "bad", "busy"]
Look = Literal["plain", "primary", "danger"]
Shape = Literal["dropdown", "list"]


class Option(Struct, frozen=True):
    """Something to choose: the value that the form is told, and the words to be read."""

    value: str
    label: str


class Text(Struct, frozen=True):
    """A line to write in. With `live` the form is told each letter, else when the line is left.

    `note` is said below it; `placeholder` in it while it is empty.
    """

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    note: str = ""
    live: bool = False
    enabled: bool = True


class Hidden(Struct, frozen=True):
    """A line to write a secret in. The form is told a Secret; no page ever holds its value."""

    name: str
    label: str
    placeholder: str = ""
    note: str = ""
    enabled: bool = True


class Choice(Struct, frozen=True):
    """One of several, as a list that folds open or one that is open."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]
    note: str = ""
    shape: Shape = "dropdown"
    enabled: bool = True


class Tick(Struct, frozen=True):
    """Yes or no."""

    name: str
    label: str
    value: bool = False
    note: str = ""
    enabled: bool = True


class Button(Struct, frozen=True):
    """Something that can be done; `note` says more of it, where the pointer rests."""

    name: str
    label: str
    look: Look = "plain"
    enabled: bool = True
    note: str = ""


class Buttons(Struct, frozen=True):
    """Buttons side by side."""

    name: str
    buttons: tuple[Button, ...]


class Words(Struct, frozen=True):
    """Something said; a change of it is read out by screen readers. Empty: not to be seen."""

    name: str
    text: str = ""
    tone: Tone = "plain"


class Link(Struct, frozen=True):
    """A page of the web; `note` stands behind it."""

    name: str
    label: str
    url: str
    note: str = ""


class Bar(Struct, frozen=True):
    """How much of a whole there is: `share` from 0 to 1, in words behind it; None: not to be seen.

    `tone` is good, warning or bad.
    """

    name: str
    label: str
    share: float | None
    words: str = ""
    tone: Tone = "good"


class Point(Struct, frozen=True):
    """One bar of a plot: what it is for, its share of the highest from 0 to 1, and how much."""

    label: str
    share: float
    words: str


class Plot(Struct, frozen=True):
    """Bars that stand side by side; those who do not see them are told each of them."""

    name: str
    label: str
    points: tuple[Point, ...]


class Row(Struct, frozen=True):
    """One row; what follows a line's end in a cell stands below.

    `key` is told to the form with what is done to it; `ticked` None: no tick box.
    """

    key: str
    cells: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    ticked: bool | None = None
    tone: Tone = "plain"


class Rows(Struct, frozen=True):
    """A table. `widths` are the columns' shares of the line; `empty` is said when it has no row."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    widths: tuple[float, ...] = ()
    empty: str = ""


class Fold(Struct, frozen=True):
    """Parts that are folded away under a title until somebody wants them."""

    name: str
    title: str
    parts: tuple[Part, ...]
    open: bool = False


Part = Text | Hidden | Choice | Tick | Buttons | Words | Link | Bar | Plot | Rows | Fold


class Page(Struct, frozen=True):
    """All that a form shows just now."""

    title: str
    parts: tuple[Part, ...]
