"""Paint a running call into a notebook's cell.

Finished blocks are sent once and only the growing tail again; a line below says what is waited
for, and keeps its height while words stream, so that nothing jumps. At the end one output remains,
so that the saved file is clean. Nothing here waits for a front end.
"""

from __future__ import annotations

import uuid
from typing import Any, Protocol

from nbprovider.ui.pace import Pace
from nbprovider.view import (
    Bundle,
    Final,
    Pages,
    Shown,
    escaped,
    markdown,
    plain,
    settled,
    small,
    steady,
)

NOTHING: Bundle = {"text/plain": ""}


class Publisher(Protocol):
    """How outputs reach the front end: IPython's display functions, or a test's."""

    def show(self, bundle: Bundle, metadata: dict[str, Any], display_id: str) -> None:
        """Show a new output under this name."""

    def update(self, bundle: Bundle, metadata: dict[str, Any], display_id: str) -> None:
        """Show something else where this name stands."""

    def clear(self) -> None:
        """Take the cell's outputs away as soon as the next one comes."""


class IPythonPublisher:
    """IPython's display functions."""

    def show(self, bundle: Bundle, metadata: dict[str, Any], display_id: str) -> None:
        """Show a new output under this name."""
        _publish(bundle, metadata, display_id, {})

    def update(self, bundle: Bundle, metadata: dict[str, Any], display_id: str) -> None:
        """Show something else where this name stands."""
        _publish(bundle, metadata, display_id, {"update": True})

    def clear(self) -> None:
        """Take the cell's outputs away as soon as the next one comes."""
        from IPython.display import clear_output

        clear_output(wait=True)  # type: ignore[no-untyped-call]


def _publish(
    bundle: Bundle, metadata: dict[str, Any], display_id: str, how: dict[str, Any]
) -> None:
    from IPython.display import publish_display_data

    transient = {"display_id": display_id}
    publish_display_data(bundle, metadata, transient=transient, **how)  # type: ignore[no-untyped-call]


def _growing(text: str) -> Bundle:
    """Return words that will be replaced: a front end without markdown waits for the whole."""
    return {"text/markdown": text}


def _status(words: str) -> Bundle:
    return _growing(small(f"⏳ {words}") if words else "<small>&nbsp;</small>")


def _whole(shown: list[Shown]) -> Bundle:
    text = settled(shown)
    return {"text/plain": plain(shown), "text/markdown": text} if text else NOTHING


class _Output:
    """One output of the cell that can be shown anew; the same again is not sent."""

    def __init__(
        self, publisher: Publisher, bundle: Bundle, metadata: dict[str, Any] | None = None
    ) -> None:
        self._publisher = publisher
        self._name = uuid.uuid4().hex
        self._bundle, self._metadata = bundle, metadata or {}
        publisher.show(bundle, self._metadata, self._name)

    def shows(self, bundle: Bundle) -> bool:
        return bundle == self._bundle

    def become(self, bundle: Bundle, metadata: dict[str, Any] | None = None) -> None:
        if metadata or not self.shows(bundle):
            self._bundle, self._metadata = bundle, metadata or {}
            self.again()

    def again(self) -> None:
        self._publisher.update(self._bundle, self._metadata, self._name)


class _Lines:
    """The two lowest outputs of the cell: a growing tail, and the status below it.

    The status turns into the next tail, and a new one opens below: at no moment is there less to
    see than before.
    """

    def __init__(self, publisher: Publisher, pace: Pace) -> None:
        self._publisher = publisher
        self._pace = pace
        self._words: Bundle = {}
        self.tail: _Output | None = None
        self.status: _Output | None = None

    def say(self, words: str) -> None:
        """Say what is waited for, "" for nothing."""
        self._words = _status(words)
        if self.status is None:
            self.status = _Output(self._publisher, self._words)
        self.status.become(self._words)

    def grow(self, tail: str) -> None:
        """Show the tail as it is now, unless that would be too much in too short a time."""
        new = bool(tail) and not (self.tail and self.tail.shows(_growing(tail)))
        if new and self._pace.allows(len(tail)):
            self._opened().become(_growing(tail))

    def freeze(self, text: str) -> None:
        """Show the tail for the last time; a new one begins below it."""
        self._opened().become(_growing(text))
        self.tail = None

    def _opened(self) -> _Output:
        if self.tail is None:
            below = _Output(self._publisher, self._words)
            self.tail, self.status = self.status or below, below
        return self.tail


class OwnCell:
    """Paint into a cell that shows nothing but this call, as `%%chat` does."""

    def __init__(self, publisher: Publisher, pace: Pace | None = None) -> None:
        self._publisher = publisher
        self._pages = Pages()
        self._lines = _Lines(publisher, pace or Pace())

    def paint(self, shown: list[Shown], status: str) -> None:
        """Show what has come since the last time."""
        finished, tail = self._pages.advance(shown)
        self._lines.say(status)
        if finished:
            self._lines.freeze(finished)
        self._lines.grow(steady(tail))

    def finish(self, final: Final) -> None:
        """Leave one output in place of all; pictures that were asked for, each in its own."""
        drawn = final.pictures()
        self._replace(*drawn, final.beside() if drawn else final.bundle(), **final.metadata())

    def leave(self, shown: list[Shown]) -> None:
        """Leave what was said, and nothing of what was waited for."""
        whole = _whole(shown)
        if whole is not NOTHING:
            self._replace(whole)
        elif self._lines.status is not None:
            self._lines.status.become(NOTHING)
            self._publisher.clear()

    def _replace(self, *bundles: Bundle, **metadata: Any) -> None:
        self._publisher.clear()
        for bundle in bundles:
            _Output(self._publisher, bundle, metadata)


class SharedCell:
    """Paint below a cell's other output, which stays: a growing tail, a body above it when long."""

    def __init__(self, publisher: Publisher, pace: Pace | None = None) -> None:
        self._publisher = publisher
        self._pages = Pages()
        self._pace = pace or Pace()
        self._body: _Output | None = None
        self._tail: _Output | None = None
        self._kept = ""
        self._waiting = ""

    def paint(self, shown: list[Shown], status: str) -> None:
        """Show what has come since the last time."""
        finished, tail = self._pages.advance(shown)
        self._waiting = _below(self._waiting, finished)
        moved = len(self._waiting) > max(_LONG, len(self._kept) / 2)
        if moved:
            self._move()
        lower = _below(self._waiting, steady(tail), _status(status)["text/markdown"])
        if self._tail is None:
            self._tail = _Output(self._publisher, _growing(lower))
        elif not self._tail.shows(_growing(lower)) and (moved or self._pace.allows(len(lower))):
            self._tail.become(_growing(lower))

    def _move(self) -> None:
        """Send the body again, now that it has grown by half; so it is sent but a few times."""
        self._kept, self._waiting = _below(self._kept, self._waiting), ""
        if self._body is None:
            self._body, self._tail = self._tail, None
        if self._body is None:
            self._body = _Output(self._publisher, _growing(self._kept))
        self._body.become(_growing(self._kept))

    def finish(self, final: Final) -> None:
        """Leave one output in place of all; the footer below it when the answer was long."""
        if drawn := final.pictures():
            first, *others = [*drawn, final.beside()]
            self._leave(first, final.metadata())
            for one in others:
                _Output(self._publisher, one, final.metadata())
        elif self._body is None or self._tail is None:
            self._leave(final.bundle(), final.metadata())
        else:
            self._body.become(final.body(), final.metadata())
            self._tail.become(final.foot())

    def leave(self, shown: list[Shown]) -> None:
        """Leave what was said, and nothing of what was waited for."""
        whole = _whole(shown)
        if whole is not NOTHING or self._tail is not None:
            self._leave(whole, {})

    def _leave(self, bundle: Bundle, metadata: dict[str, Any]) -> None:
        upper = self._body or self._tail
        if upper is None:
            _Output(self._publisher, bundle, metadata)
            return
        upper.become(bundle, metadata)
        if self._body is not None and self._tail is not None:
            self._tail.become(NOTHING)


class LoneOutput:
    """Paint into one output by its name: that finds it from any thread, long after its cell ended.

    `trouble` are words to be left below an answer that failed.
    """

    def __init__(self, publisher: Publisher, pace: Pace | None = None) -> None:
        self._publisher = publisher
        self._pace = pace or Pace()
        self._output: _Output | None = None
        self.trouble = ""

    def open(self, words: str) -> None:
        """Show the output, in the cell that is running now, with what is waited for."""
        self._output = _Output(self._publisher, _status(words))

    def paint(self, shown: list[Shown], status: str) -> None:
        """Show what has come since the last time."""
        below = _status(status or "answering in the background")["text/markdown"]
        bundle = _growing(_below(steady(markdown(shown)), below))
        if self._output and not self._output.shows(bundle) and self._pace.allows(len(str(bundle))):
            self._output.become(bundle)

    def finish(self, final: Final) -> None:
        """Leave the answer."""
        if self._output:
            self._output.become(final.bundle(), final.metadata())

    def leave(self, shown: list[Shown]) -> None:
        """Leave what was said, and the trouble."""
        if self._output:
            lines = [f"> {escaped(line)}" for line in f"⚠ {self.trouble}".splitlines()]
            words = "\\\n".join(lines) if self.trouble else ""
            told = {"text/plain": _below(plain(shown), self.trouble)}
            self._output.become(told | {"text/markdown": _below(settled(shown), words)})

    def again(self) -> None:
        """Send what is shown from the cell that runs now: some follow no other, as nbclient."""
        if self._output:
            self._output.again()


_LONG = 1_000
"""Characters of a tail from which on its finished part moves to a body above it."""


def _below(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))
