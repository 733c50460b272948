"""A question as it is sent: its text with values of the notebook, and what is attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nbprovider.errors import UsageError
from nbprovider.magics import attached
from nbprovider.magics.above import above
from nbprovider.magics.remembered import names
from nbprovider.session.interpolate import filled
from nbprovider.session.values import Limits
from nbprovider.types import Media, Text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer
    from nbprovider.magics.options import Line
    from nbprovider.session import Prompt


class Context:
    """What of the notebook goes with a question, as its line says."""

    def __init__(self, shell: InteractiveShell, line: Line) -> None:
        self._shell = shell
        self._line = line
        self._note = ""

    def prompt(self, text: str) -> Prompt:
        """Return the question: pictures and files first, then its words with values in them.

        Raises UsageError for what is not there or cannot be sent.
        """
        before = [*attached.parts(self._line, self._names, self._limits), *self._cells()]
        asked = (text,) if self._line.get("raw") else filled(text, self._names, self._limits)
        whole = (*before, *asked)
        return whole[0] if len(whole) == 1 and isinstance(whole[0], str) else list(whole)

    def words(self, text: str) -> str:
        """Return instructions with values in them; raises UsageError for a picture."""
        if self._line.get("raw"):
            return text
        found = filled(text, self._names, self._limits)
        if any(isinstance(piece, Media) for piece in found):
            raise UsageError(
                "Instructions are words, and there is a picture or a file in them.",
                hint="Put it into the question.",
            )
        return "".join(piece for piece in found if isinstance(piece, str))

    def footer(self, answer: Answer) -> str:
        """Return an answer's footer, and which cells went with the question."""
        return " · ".join(filter(None, [answer.footer.text(), self._note]))

    def _cells(self) -> Iterator[Text]:
        """Yield the earlier cells that the line asks for; note where they were found."""
        if where := self._line.get("context"):
            found = above(self._shell, where, self._limits)
            self._note = found.note
            if found.words:
                yield Text(f"{found.words}\n\n")

    @property
    def _names(self) -> dict[str, Any]:
        return {**names(self._shell), **self._line.parameters}

    @property
    def _limits(self) -> Limits:
        rows = self._line.get("rows")
        if rows is not None and rows < 0:
            raise UsageError("--rows cannot be negative.", hint="0 tells columns and types only.")
        return Limits.usual(rows)
