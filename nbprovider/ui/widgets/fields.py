"""Pieces to write in and to choose from. What was just typed is never sent back."""

from __future__ import annotations

from typing import Any

from nbprovider.credentials import Secret, redact
from nbprovider.ui.forms import Choice, Hidden, Text, Tick
from nbprovider.ui.password import unseen
from nbprovider.ui.widgets.clicks import heard_at_once
from nbprovider.ui.widgets.pieces import Html, Told, put
from nbprovider.ui.widgets.style import marked

LABELLED: dict[str, Any] = {
    "style": {"description_width": "136px"},
    "layout": {"width": "min(620px, 100%)"},
}


class _Field:
    """An input with its label, and a note below it."""

    def __init__(self, made: Any) -> None:
        from ipywidgets import VBox

        self._input = heard_at_once(made)
        self._note = Html()
        self.widget: Any = VBox([self._input, self._note.widget])

    def _noted(self, note: str, *, enabled: bool) -> None:
        put(self._input, disabled=not enabled)
        self._note.put(f'<div class="nbp-note">{marked(note)}</div>' if note else "")

    def close(self) -> None:
        """Take the widgets away."""
        self._note.close()
        self._input.close()
        self.widget.close()


class TextPiece(_Field):
    """A line to write in. What the form says is sent only where it is not what was typed."""

    def __init__(self, part: Text, told: Told) -> None:
        from ipywidgets import Text as Line

        super().__init__(
            Line(description=part.label, value=part.value, continuous_update=part.live, **LABELLED)
        )
        self._known = part.value

        def typed(change: dict[str, Any]) -> None:
            told.wrote(part.name, change["new"])
            self._known = change["new"]  # not before: what is painted meanwhile is older than it

        self._input.observe(typed, names="value")

    def show(self, part: Text) -> None:
        """Show the line."""
        if part.value != self._known:
            self._known = part.value
            put(self._input, value=part.value)
        put(self._input, description=part.label, placeholder=part.placeholder or "\u200b")
        self._noted(part.note, enabled=part.enabled)


class HiddenPiece(_Field):
    """A line for a secret: read and cleared in the first line of the callback, never sent back."""

    def __init__(self, part: Hidden, told: Told) -> None:
        super().__init__(unseen(part.label))
        put(self._input, layout=LABELLED["layout"], style=LABELLED["style"])
        box = self._input

        def entered(change: dict[str, Any]) -> None:
            secret, box.value = Secret(change.pop("new")), ""
            if secret:  # else it was cleared just now
                told.wrote(part.name, secret)

        box.observe(entered, names="value")

    def show(self, part: Hidden) -> None:
        """Show the line, which is always empty."""
        put(self._input, description=part.label, placeholder=part.placeholder or "\u200b")
        self._noted(part.note, enabled=part.enabled)


class ChoicePiece(_Field):
    """One of several."""

    def __init__(self, part: Choice, told: Told) -> None:
        from ipywidgets import Dropdown, Select

        self._options: tuple[tuple[str, str], ...] = ()
        made = Dropdown if part.shape == "dropdown" else Select
        super().__init__(made(description=part.label, **LABELLED))
        if part.shape == "list":
            put(self._input, rows=7)
            put(self._input.layout, width="calc(100% - 6px)")

        def chosen(change: dict[str, Any]) -> None:
            if change["new"] is not None:
                told.wrote(part.name, change["new"])

        self._input.observe(chosen, names="value")

    def show(self, part: Choice) -> None:
        """Show the options, and which is chosen."""
        options = tuple((redact(o.label), o.value) for o in part.options)
        value = part.value if any(part.value == v for _, v in options) else None
        if options != self._options:
            self._options = options
            with self._input.hold_sync():
                self._input.options = options
                self._input.value = value
        put(self._input, value=value, description=part.label)
        self._noted(part.note, enabled=part.enabled)


class TickPiece(_Field):
    """Yes or no."""

    def __init__(self, part: Tick, told: Told) -> None:
        from ipywidgets import Checkbox

        super().__init__(Checkbox(value=part.value, description=part.label, indent=False))
        self._input.observe(lambda change: told.wrote(part.name, change["new"]), names="value")

    def show(self, part: Tick) -> None:
        """Show the box."""
        put(self._input, value=part.value, description=part.label)
        self._noted(part.note, enabled=part.enabled)
