"""Where a growing text may be cut: what lies before a blank line outside a fence is finished."""

from __future__ import annotations

_FENCES = ("```", "~~~")


class Blocks:
    """Follow a growing markdown text, know how much of it will not change any more.

    Each character is looked at once, however often `advance` is called.
    """

    def __init__(self) -> None:
        self.finished = 0
        self._seen = 0
        self._fence = ""

    def advance(self, text: str) -> int:
        """Return the length of the finished beginning of `text`, which only ever grows."""
        while (end := text.find("\n", self._seen)) >= 0:
            line = text[self._seen : end].strip()
            self._seen = end + 1
            self._take(line)
        return self.finished

    def _take(self, line: str) -> None:
        mark = line[:3]
        if self._fence:
            if line.startswith(self._fence) and not line.strip(self._fence[0]):
                self._fence = ""
        elif mark in _FENCES:
            self._fence = mark
        elif not line:
            self.finished = self._seen
