"""Drive a form by hand: what a test needs to see of its page, and to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from nbprovider.ui.forms import Buttons, Fold, Form, Part, Rows


def settled(form: Form, true: Callable[[], Any], limit: float = 20) -> Any:
    """Wait until the function returns something true, return that."""
    end = time.monotonic() + limit
    while not (found := true()):
        assert time.monotonic() < end, [*parts(form)]
        time.sleep(0.01)
    return found


def idle(form: Form) -> None:
    """Wait until a form has nothing under way that it speaks of."""
    settled(form, lambda: not form.busy())


def said(form: Form) -> str:
    """Wait until a form has nothing under way, return its last words."""
    idle(form)
    return form.said.text


def parts(form: Form) -> Iterator[Part]:
    """Yield all parts of a form's page, also what is folded away."""
    todo = list(form.page().parts)
    while todo:
        part = todo.pop(0)
        yield part
        if isinstance(part, Fold):
            todo[:0] = part.parts


def part(form: Form, name: str) -> Any:
    """Return the part of this name, None where the page has none."""
    return next((one for one in parts(form) if one.name == name), None)


def buttons(form: Form) -> set[str]:
    """Return the names of all buttons, those of rows as `name row`."""
    found = {b.name for one in parts(form) if isinstance(one, Buttons) for b in one.buttons}
    tables = [one for one in parts(form) if isinstance(one, Rows)]
    return found | {f"{b.name} {r.key}" for t in tables for r in t.rows for b in r.buttons}
