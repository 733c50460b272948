"""Put a form in front of whoever is there: as widgets, as questions, or as one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from nbprovider.credentials import redact
from nbprovider.ui.forms import Form

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Shown:
    """A form to be shown: in a notebook as the value of a cell, in a terminal by `ask()`.

    `instead` says what to do where nobody can fill it in. The form is made when it is first shown,
    `form` is it.
    """

    def __init__(self, make: Callable[[], Form], instead: str) -> None:
        self._make = make
        self._instead = instead
        self._form: Form | None = None
        self._painter: Any = None

    @property
    def form(self) -> Form:
        """The form itself: its page, and what can be set and done."""
        if self._form is None:
            self._form = self._make()
        return self._form

    def ask(self) -> None:
        """Ask in the terminal what the form asks."""
        from nbprovider.ui.ask import Asking

        Asking(self.form).run()

    def close(self) -> None:
        """End what the form has begun, and take it away."""
        if self._form is not None:
            self._form.close()

    def show(self) -> Shown | None:
        """Return what a cell is to show; in a terminal, ask at once and return None."""
        if not in_notebook() and somebody_is_here():
            self.ask()
            return None
        return self

    def __repr__(self) -> str:
        return self._instead

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show the form where widgets can be shown, and in words what to do elsewhere."""
        words = redact(self._instead)
        if not (in_notebook() and somebody_is_here()):
            return {"text/plain": words, "text/markdown": words}
        from nbprovider.ui import gone
        from nbprovider.ui.widgets import Painter

        if self._painter is None:
            self._painter = Painter(self.form)
        gone.say()
        view = {"version_major": 2, "version_minor": 0, "model_id": self._painter.widget.model_id}
        return {"text/plain": words, "text/markdown": words, WIDGET_VIEW: view}


def in_notebook() -> bool:
    """Say whether a kernel runs this, which may have a front end with widgets."""
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def somebody_is_here() -> bool:
    """Say whether somebody can be asked: not so in nbconvert, nbclient, papermill."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return sys.stdin is not None and sys.stdin.isatty()
    return bool(getattr(kernel, "_allow_stdin", True))
