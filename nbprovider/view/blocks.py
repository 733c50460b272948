"""Where a growing text may be cut: what lies before a blank line outside a fence is finished."""

from __future__ import annotations

import re

_FENCES = ("```", "~~~")
_ONLY_MARKUP = re.compile(r"[-=#*+_>|`~:.$\d\s]*")


class Blocks:
    """Follow a growing markdown text, know how much of it will not change any more.

    Each complete line is looked at once, however often `advance` is called.
    """

    def __init__(self) -> None:
        self.finished = 0
        self.open_fence = ""
        self._seen = 0
        self._gap = 0

    def advance(self, text: str) -> int:
        """Return the length of the finished beginning of `text`, which only ever grows."""
        while (end := text.find("\n", self._seen)) >= 0:
            line = text[self._seen : end]
            self._seen = end + 1
            self._settle(line)
            self._take(line.strip())
        self._settle(text[self._seen :])
        return self.finished

    def _settle(self, line: str) -> None:
        """Let the gap before this line end a block, unless the line is indented into it."""
        if self._gap and line.strip():
            self.finished = self.finished if line[0].isspace() else self._gap
            self._gap = 0

    def _take(self, line: str) -> None:
        if self.open_fence:
            if line.startswith(self.open_fence) and not line.strip(self.open_fence[0]):
                self.open_fence = ""
        elif line.startswith(_FENCES):
            self.open_fence = line[: len(line) - len(line.lstrip(line[0]))]
        elif not line:
            self._gap = self._seen


def closed(text: str) -> str:
    """Return the text with its last fence closed: what follows is not swallowed by it."""
    blocks = Blocks()
    blocks.advance(f"{text}\n")
    return f"{text.rstrip()}\n{blocks.open_fence}" if blocks.open_fence else text


def steady(text: str) -> str:
    """Return a growing text without an end that is markup only so far.

    A dash below a paragraph makes it a heading until the list item's words come; the first line of
    a table is no table before its second is there.
    """
    start = text.rfind("\n") + 1
    if _ONLY_MARKUP.fullmatch(text, start):
        text = text[:start]
    block = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    if text.startswith("|", block) and text.count("\n", block) < 2:  # noqa: PLR2004 - a table's head
        text = text[:block]
    return text.rstrip()
