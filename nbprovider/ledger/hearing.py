"""What one attempt has said so far, as far as it must be counted."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from nbprovider.ledger import estimate
from nbprovider.types import Call, Finish, Opened, Part, Served, Text, Thinking, ToolCall, Usage

REFUSED = 300
"""The HTTP status from which on nothing was answered."""


class Hearing:
    """Keep what an attempt reports, and its words: they are counted only if nobody else did."""

    def __init__(self, ticks: Callable[[], int]) -> None:
        self.sent = False
        self.host = ""
        self.opened: Opened | None = None
        self.served: Served | None = None
        self.finish: Finish | None = None
        self.usage = Usage()
        self.first: int | None = None
        self._ticks = ticks
        self._words: list[str] = []
        self._counted = 0

    def heard(self, part: Part) -> None:
        """Take in a piece of the answer."""
        kind = type(part)
        if kind is Text or kind is Thinking:
            words = part.text  # type: ignore[union-attr]
        elif kind is ToolCall:
            words = part.arguments or part.name  # type: ignore[union-attr]
        else:
            return
        if words:
            self._words.append(words)
            if self.first is None:
                self.first = self._ticks()

    def reported(self, usage: Usage) -> None:
        """Take in what the provider counts; it counts what it has said until then."""
        self.usage |= usage
        if usage.output is not None:
            self._counted = len(self._words)

    @property
    def refused(self) -> bool:
        """Whether the provider answered by an error, instead of beginning a reply."""
        return self.opened is not None and self.opened.status >= REFUSED

    @property
    def silent(self) -> bool:
        """Whether nothing was said, and nothing counted."""
        return not self._words and self.usage == Usage()

    def completed(self, call: Call) -> Usage:
        """Return the usage of a reply that was cut off: reported, the rest by our estimate.

        Anthropic counts the input at the reply's beginning with an output of a few tokens; so what
        came after the last report is added to it.
        """
        told = self.usage
        if self.finish is not None and told.input is not None and told.output is not None:
            return told
        unreported = self._words[self._counted :]
        if told.input is not None and told.output is not None and not unreported:
            return told
        cached = (told.cache_read or 0) + (told.cache_write or 0)
        read = max(0, estimate.asked(call) - cached) if told.input is None else told.input
        written = (told.output or 0) + estimate.tokens("".join(unreported))
        return replace(
            told, input=read, output=written, extra={**(told.extra or {}), "estimated": True}
        )
