"""A growing answer, cut into what will not change any more and what still grows.

Only the growing tail is sent to the screen again, so that traffic grows with the answer and not
with its square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nbprovider.types import Citation, Text, Thinking, ToolCall
from nbprovider.view.blocks import Blocks, closed
from nbprovider.view.legible import legible
from nbprovider.view.markdown import markdown
from nbprovider.view.tool_run import ToolRun
from nbprovider.view.view import Shown


class Pages:
    """Follow what is shown; give out each finished block once.

    `fitted` makes a piece of the model's markdown read well where it is painted, `told` is how
    anything else is written there.
    """

    def __init__(
        self,
        fitted: Callable[[str], str] = legible,
        told: Callable[[Shown], str] = lambda item: markdown([item]),
    ) -> None:
        self._fitted = fitted
        self._told = told
        self._item = 0
        self._given = 0
        self._blocks = Blocks()

    def advance(self, shown: list[Shown]) -> tuple[str, str]:
        """Return the markdown finished since the last call, and that of the growing tail.

        Reasoning is given out when it is finished: until then the status line counts its words.
        Tools that are asked for together are finished together, with what they gave.
        """
        items = [item for item in shown if not isinstance(item, Citation)]
        finished: list[str] = []
        while self._item < _growing(items):
            finished.append(self._rest(items[self._item]))
            self._item += 1
            self._given, self._blocks = 0, Blocks()
        if not items:
            return "", ""
        last = items[-1]
        if isinstance(last, Text):
            finished.append(self._finished(last.text))
        rest = [] if isinstance(last, Thinking) else map(self._rest, items[self._item :])
        tail = "\n\n".join(filter(None, rest))
        return "\n\n".join(filter(None, map(str.rstrip, finished))), tail

    def _finished(self, text: str) -> str:
        end = self._blocks.advance(text)
        piece, self._given = text[self._given : end], end
        return self._fitted(piece)

    def _rest(self, item: Shown) -> str:
        if not isinstance(item, Text):
            return self._told(item)
        return self._fitted(closed(item.text[self._given :]))


def _growing(items: Sequence[Shown]) -> int:
    """Return the place from which on items may still change: the last, or the last tools."""
    place = len(items) - 1
    while place > 0 and _is_tool(items[place]) and _is_tool(items[place - 1]):
        place -= 1
    return place


def _is_tool(item: Shown) -> bool:
    return isinstance(item, ToolCall | ToolRun)
