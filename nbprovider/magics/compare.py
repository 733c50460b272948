"""`%%chat --compare A,B,C`: one question, the answers side by side, streaming at once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider.errors import UsageError
from nbprovider.magics.options import Line
from nbprovider.magics.stopped import Stopped
from nbprovider.session import Chat, Prompt, Words, current
from nbprovider.session.comparing import Compared, Comparing, checked
from nbprovider.types import Text, Thinking
from nbprovider.ui.notebook import IPythonPublisher
from nbprovider.ui.side_by_side import ColumnsOutput, Side, SideBySide
from nbprovider.view import Format
from nbprovider.view.rendered import verbatim

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


ALONE = ("model", "models", "provider", "bg", "debug", "undo", "redo")
"""Options that have no place beside `--compare`."""

STOPPED = "stopped; what they said until then is kept and counted."


def models(line: Line) -> tuple[str, ...]:
    """Return the models that a line compares, () for none; raises UsageError for what cannot be."""
    if not (given := line.get("compare")):
        return ()
    for option in ALONE:
        if line.get(option):
            raise UsageError(
                f"--compare and --{option} do not go together.", hint="Leave one of them out."
            )
    if line.words:
        raise UsageError(
            f"--compare names its models itself; {line.words[0]!r} is one too many.",
            hint=f"As: --compare {given},{line.words[0]}",
        )
    return checked(given.split(","))


class Compare:
    """Ask models at once, show their answers side by side while they come."""

    def __init__(
        self, shell: InteractiveShell, line: Line, form: Format, named: tuple[str, ...]
    ) -> None:
        self._shell = shell
        self._line = line
        self._form = form
        self._named = named
        settings = current().settings
        hidden = (Thinking,) if settings.show_thinking == "hidden" else ()
        self._sides = SideBySide(_painter(shell), settings.repaints_per_second, named, hidden)

    def ask(self, prompt: Prompt, words: Words, chat: Chat) -> None:
        """Ask all, bind the frame to `--out`; what was said stays there, whatever happens."""
        words.pop("json", None)  # what one provider promises, another refuses
        ears = self._sides.ears
        comparing = Comparing(current(), prompt, words, self._named, chat, ears.__getitem__)
        try:
            with self._sides:
                found = comparing.run(self._over)
        except KeyboardInterrupt:
            found = comparing.comparison()
            for place, part in enumerate(found.parts):
                self._over(place, part)
            self._sides.finish(found.provenance())
            raise Stopped(STOPPED) from None
        self._sides.finish(found.provenance())
        if name := self._line.get("out"):
            self._shell.user_ns[name] = found.frame()

    def _over(self, place: int, part: Compared) -> None:
        """Leave in a column what became of it."""
        ear, form = self._sides.ears[place], self._form
        column = replace(part.column(), shown=ear.column().shown)
        if part.text and form.html is not None:
            column = replace(column, page=form.html(part.text))
        elif part.text and form.markdown is None:
            column = replace(column, page=verbatim(part.text))
        elif part.text and form.value is not None and form.markdown is not None:
            column = replace(column, shown=(Text(form.markdown(part.text)),))
        ear.end(column)


def _painter(shell: InteractiveShell) -> Side:
    """Return the notebook's painter, or a terminal's where there is no notebook."""
    if getattr(shell, "kernel", None) is not None:
        return ColumnsOutput(IPythonPublisher(), uuid.uuid4().hex)
    from nbprovider.ui.terminal_columns import TerminalColumns

    return TerminalColumns()
