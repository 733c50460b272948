"""One piece of a painted page for each kind of part: a widget, and how it is shown anew.

Only what differs is sent to the front end, and never what was just typed there.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, Protocol

from nbprovider.ui.forms import (
    Bar,
    Button,
    Buttons,
    Link,
    Words,
)
from nbprovider.ui.widgets.clicks import heard_at_once
from nbprovider.ui.widgets.style import MARKS, escaped, marked

WEB = ("https://", "http://")


class Told(Protocol):
    """Whom a piece tells what was done in the front end."""

    def wrote(self, name: str, value: Any, row: str = "") -> None:
        """Take in a value."""

    def pressed(self, name: str, row: str = "") -> None:
        """Take in a press of a button."""


class Piece(Protocol):
    """A painted part."""

    widget: Any

    def show(self, part: Any) -> None:
        """Show the part as it is now."""

    def close(self) -> None:
        """Take the widgets away, and their state with them."""


def put(widget: Any, **traits: Any) -> None:
    """Give a widget those of the values that it does not have."""
    for name, value in traits.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)


def seen(widget: Any, *, when: Any) -> None:
    """Show a widget, or take its place away, without losing what stands around it."""
    put(widget.layout, display=None if when else "none")


class Html:
    """Words as HTML that is sent only when it changes; nothing there when it is empty."""

    def __init__(self) -> None:
        from ipywidgets import HTML

        self.widget: Any = HTML()
        seen(self.widget, when=False)

    def put(self, text: str) -> None:
        """Show this HTML."""
        put(self.widget, value=text)
        seen(self.widget, when=text)

    def close(self) -> None:
        """Take the widgets away."""
        self.widget.close()


class WordsPiece(Html):
    """Words, in their tone; a change is read out politely."""

    def show(self, part: Words) -> None:
        """Show the words."""
        self.put(said(part))


def said(part: Words) -> str:
    """Return words as HTML: what is good or bad has a sign, what is under way turns."""
    text, tone = marked(part.text), part.tone
    if not text:
        return ""
    if tone == "title":
        return f'<div class="nbp-head" role="heading" aria-level="4">{text}</div>'
    if tone in MARKS:
        mark = f'<b aria-hidden="true">{MARKS[tone]}</b> '
        return f'<div class="nbp-said nbp-{tone}" role="status">{mark}{text}</div>'
    spin = '<span class="nbp-spin" aria-hidden="true"></span>' if tone == "busy" else ""
    return f'<div class="nbp-{tone}" role="status">{spin}{text}</div>'


class LinkPiece(Html):
    """A link that opens a page of its own; what is no web page is not clickable."""

    def show(self, part: Link) -> None:
        """Show the link."""
        # An address to log in at is no secret, and would be none any more with marks in it.
        label, url, note = escaped(part.label), html.escape(part.url), escaped(part.note)
        if not part.url.startswith(WEB):
            self.put(f"<div>{label}: {url} {note}</div>" if url else "")
            return
        opened = f'<a href="{url}" target="_blank" rel="noopener noreferrer">{label}</a>'
        self.put(f'<div>{opened} <span class="nbp-faint">{note}</span></div>')


class BarPiece(Html):
    """A share of a whole; its words say the same."""

    def show(self, part: Bar) -> None:
        """Show the bar."""
        if part.share is None:
            self.put("")
            return
        percent = max(0, min(100, round(100 * part.share)))
        label, words = escaped(part.label), escaped(part.words)
        self.put(
            f'<div class="nbp-bar"><span>{label}</span><div class="nbp-track nbp-{part.tone}"'
            f' role="progressbar" aria-label="{label}" aria-valuenow="{percent}" aria-valuemin="0"'
            f' aria-valuemax="100"><span style="width:{percent}%"></span></div>'
            f"<span>{words}</span></div>"
        )


class ButtonsPiece:
    """Buttons side by side; each stays in place while its name does."""

    def __init__(self, _part: Buttons, told: Told) -> None:
        from ipywidgets import Layout, VBox

        self.widget: Any = VBox(layout=Layout(flex_flow="row wrap"))
        self._told = told
        self._row = ""
        self._made: dict[str, Any] = {}

    def show(self, part: Buttons) -> None:
        """Show the buttons."""
        self.paint(part.buttons)

    def paint(self, buttons: tuple[Button, ...], row: str = "") -> None:
        """Show the buttons, which are about a row of a table where one is named."""
        self._row = row
        for button in buttons:
            if button.name not in self._made:
                self._made[button.name] = _button(button, self._pressed)
            dressed(self._made[button.name], button)
        put(self.widget, children=tuple(self._made[b.name] for b in buttons))
        seen(self.widget, when=buttons)

    def _pressed(self, name: str) -> None:
        self._told.pressed(name, self._row)

    def close(self) -> None:
        """Take the widgets away."""
        for made in self._made.values():
            made.close()
        self.widget.close()


def _button(button: Button, pressed: Callable[[str], None]) -> Any:
    from ipywidgets import Button as Pressable

    made = heard_at_once(Pressable())
    made.on_click(lambda _: pressed(button.name))
    return made


def dressed(widget: Any, button: Button) -> None:
    """Make a widget look as the button does."""
    put(
        widget,
        description=button.label,
        disabled=not button.enabled,
        tooltip=button.note or button.label,
    )
    for look in ("primary", "danger"):
        (widget.add_class if button.look == look else widget.remove_class)(f"nbp-{look}")
