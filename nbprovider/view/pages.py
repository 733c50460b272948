"""A growing answer, cut into what will not change any more and what still grows.

Only the growing tail is sent to the screen again, so that traffic grows with the answer and not
with its square.
"""

from __future__ import annotations

from collections.abc import Callable

from nbprovider.types import Citation, Text, Thinking
from nbprovider.view.blocks import Blocks, closed
from nbprovider.view.legible import legible
from nbprovider.view.markdown import markdown
from nbprovider.view.view import Shown


class Pages:
    """Follow what is shown; give out each finished block once.

    `fitted` makes a piece of the model's markdown read well where it is painted.
    """

    def __init__(self, fitted: Callable[[str], str] = legible) -> None:
        self._fitted = fitted
        self._item = 0
        self._given = 0
        self._blocks = Blocks()

    def advance(self, shown: list[Shown]) -> tuple[str, str]:
        """Return the markdown finished since the last call, and that of the growing tail.

        Reasoning is given out when it is finished: until then the status line counts its words.
        """
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
        tail = "" if isinstance(last, Thinking) else self._rest(last)
        return "\n\n".join(filter(None, map(str.rstrip, finished))), tail

    def _finished(self, text: str) -> str:
        end = self._blocks.advance(text)
        piece, self._given = text[self._given : end], end
        return self._fitted(piece)

    def _rest(self, item: Shown) -> str:
        if not isinstance(item, Text):
            return markdown([item])
        return self._fitted(closed(item.text[self._given :]))
