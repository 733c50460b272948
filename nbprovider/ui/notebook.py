"""Paint a running call into a notebook's cell.

Finished blocks are sent once and only the growing tail again; at the end one output remains, so
that the saved file is clean. Nothing here waits for a front end.
"""

from __future__ import annotations

import uuid
from typing import Any, Protocol

from nbprovider.view import Final, Pages, View

Bundle = dict[str, Any]


class Publisher(Protocol):
    """How outputs reach the front end: IPython's display functions, or a test's."""

    def show(self, bundle: Bundle, metadata: Bundle, display_id: str) -> None:
        """Show a new output under this name."""

    def update(self, bundle: Bundle, metadata: Bundle, display_id: str) -> None:
        """Show something else where this name stands."""

    def clear(self) -> None:
        """Take the cell's outputs away as soon as the next one comes."""


class IPythonPublisher:
    """IPython's display functions."""

    def show(self, bundle: Bundle, metadata: Bundle, display_id: str) -> None:
        """Show a new output under this name."""
        _publish(bundle, metadata, display_id, {})

    def update(self, bundle: Bundle, metadata: Bundle, display_id: str) -> None:
        """Show something else where this name stands."""
        _publish(bundle, metadata, display_id, {"update": True})

    def clear(self) -> None:
        """Take the cell's outputs away as soon as the next one comes."""
        from IPython.display import clear_output

        clear_output(wait=True)  # type: ignore[no-untyped-call]


def _publish(bundle: Bundle, metadata: Bundle, display_id: str, how: Bundle) -> None:
    from IPython.display import publish_display_data

    transient = {"display_id": display_id}
    publish_display_data(bundle, metadata, transient=transient, **how)  # type: ignore[no-untyped-call]


def _text(markdown: str) -> Bundle:
    return {"text/markdown": markdown, "text/plain": markdown}


def _status(words: str) -> str:
    return f"<small>⏳ {words}</small>" if words else ""


class OwnCell:
    """Paint into a cell that shows nothing but this call, as `%%chat` does."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._pages = Pages()
        self._tail_id = ""
        self._tail = ""

    def paint(self, view: View, status: str) -> None:
        """Show what has come since the last time."""
        finished, tail = self._pages.advance(view.shown())
        if finished:
            self._show(finished)
            self._tail_id = self._tail = ""
        whole = "\n\n".join(filter(None, [tail, _status(status)]))
        if whole != self._tail:
            self._show(whole)

    def _show(self, markdown: str) -> None:
        self._tail = markdown
        if self._tail_id:
            self._publisher.update(_text(markdown), {}, self._tail_id)
        else:
            self._tail_id = _new_id()
            self._publisher.show(_text(markdown), {}, self._tail_id)

    def finish(self, final: Final) -> None:
        """Leave one output in place of all."""
        self._publisher.clear()
        self._publisher.show(final.bundle(), final.metadata(), _new_id())

    def clear(self) -> None:
        """Leave no output of the call."""
        if self._tail_id:
            self._publisher.clear()
            self._publisher.show({"text/plain": ""}, {}, _new_id())


class SharedCell:
    """Paint below a cell's other output, which stays: a body, and the tail under it."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._pages = Pages()
        self._ids: tuple[str, str] | None = None
        self._body: list[str] = []
        self._tail = ""

    def paint(self, view: View, status: str) -> None:
        """Show what has come since the last time."""
        finished, tail = self._pages.advance(view.shown())
        whole = "\n\n".join(filter(None, [tail, _status(status)]))
        if self._ids is None:
            self._open()
        if finished:
            self._body.append(finished)
            self._update(0, _text("\n\n".join(self._body)), {})
        if whole != self._tail:
            self._tail = whole
            self._update(1, _text(whole), {})

    def _open(self) -> None:
        self._ids = _new_id(), _new_id()
        for name in self._ids:
            self._publisher.show(_text(""), {}, name)

    def _update(self, which: int, bundle: Bundle, metadata: Bundle) -> None:
        if self._ids is not None:
            self._publisher.update(bundle, metadata, self._ids[which])

    def finish(self, final: Final) -> None:
        """Put the whole where the body stands, and nothing below it."""
        self._leave(final.bundle(), final.metadata())

    def _leave(self, bundle: Bundle, metadata: Bundle) -> None:
        if self._ids is None:
            self._open()
        self._update(0, bundle, metadata)
        self._update(1, {"text/plain": ""}, {})

    def clear(self) -> None:
        """Leave no words of the call."""
        if self._ids is not None:
            self._leave({"text/plain": ""}, {})


def _new_id() -> str:
    return uuid.uuid4().hex
