"""A growing answer, cut into what will not change any more and what still grows.

Only the growing tail is sent to the screen again, so that traffic grows with the answer and not
with its square.
"""

from __future__ import annotations

from nbprovider.types import Citation, Text
from nbprovider.view.blocks import Blocks
from nbprovider.view.markdown import markdown
from nbprovider.view.view import Shown


class Pages:
    """Follow what is shown; give out each finished block once."""

    def __init__(self) -> None:
        self._item = 0
        self._given = 0
        self._blocks = Blocks()

    def advance(self, shown: list[Shown]) -> tuple[str, str]:
        """Return the markdown finished since the last call, and that of the growing tail."""
        items = [item for item in shown if not isinstance(item, Citation)]
        finished: list[str] = []
        while self._item < len(items) - 1:
            finished.append(self._rest(items[self._item]))
            self._item += 1
            self._given, self._blocks = 0, Blocks()
        if not items:
            return "", ""
        last = items[-1]
        if isinstance(last, Text):
            finished.append(self._finished(last.text))
        return "\n\n".join(filter(None, map(str.rstrip, finished))), self._rest(last)

    def _finished(self, text: str) -> str:
        end = self._blocks.advance(text)
        piece, self._given = text[self._given : end], end
        return piece

    def _rest(self, item: Shown) -> str:
        return item.text[self._given :] if isinstance(item, Text) else markdown([item])
