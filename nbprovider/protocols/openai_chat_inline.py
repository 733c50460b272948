"""Reasoning among the words: `<think>…</think>` at the beginning of a reply.

So do MiniMax's OpenAI endpoint, and servers that run a reasoning model without a parser for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from nbprovider.types import Text, Thinking

OPEN, CLOSE = "<think>", "</think>"


class Inline:
    """Tells the thoughts from the words of one reply; `over` once only words can come.

    A mark that does not stand at the very beginning is words.
    """

    def __init__(self) -> None:
        self._at: Literal["start", "inside", "gap", "over"] = "start"
        self._held = ""

    @property
    def over(self) -> bool:
        """Whether all that comes is words."""
        return self._at == "over"

    def take(self, words: str) -> Iterator[Text | Thinking]:
        """Yield what is sure of these words and those before; the rest is held."""
        self._held += words
        if self._at == "start":
            self._begin()
        if self._at == "inside":
            yield from self._think()
        if self._at == "gap":
            self._held = self._held.lstrip("\r\n")
            self._at = "over" if self._held else "gap"
        if self._at == "over":
            yield from self.rest()

    def rest(self) -> Iterator[Text | Thinking]:
        """Yield what is still held, for nothing more comes."""
        held, self._held = self._held, ""
        if held:
            yield Thinking(held) if self._at == "inside" else Text(held)

    def _begin(self) -> None:
        start = self._held.lstrip()
        if start.startswith(OPEN):
            self._at, self._held = "inside", start.removeprefix(OPEN)
        elif not OPEN.startswith(start):
            self._at = "over"

    def _think(self) -> Iterator[Thinking]:
        thought, mark, words = self._held.partition(CLOSE)
        if mark:
            self._at, self._held = "gap", words
        else:
            kept = _begun(thought)
            thought, self._held = thought[: len(thought) - kept], thought[len(thought) - kept :]
        if thought:
            yield Thinking(thought)


def _begun(words: str) -> int:
    """Return how many characters at the end may be the beginning of the closing mark."""
    sizes = range(min(len(words), len(CLOSE) - 1), 0, -1)
    return next((size for size in sizes if CLOSE.startswith(words[-size:])), 0)
