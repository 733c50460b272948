"""`%%chat --bg -o NAME`: the cell ends at once, the answer streams into it while others run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbprovider.errors import UsageError
from nbprovider.magics.options import Line
from nbprovider.session import Chat, Prompt, Words, current
from nbprovider.session.pending import Pending, told
from nbprovider.types import Thinking
from nbprovider.ui.notebook import IPythonPublisher, LoneOutput
from nbprovider.ui.pace import Pace
from nbprovider.ui.screen import Screen
from nbprovider.view import Final, Format

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer

PER_SECOND = 20_000
"""Characters: the whole is sent again, as no output can be added to a cell that has ended."""

ALONE = ("compare", "debug")
"""Options that have no place beside `--bg`."""


class Background:
    """Begin answers of one form that stream into the cell that is running now."""

    def __init__(
        self,
        shell: InteractiveShell,
        line: Line,
        form: Format,
        made: Callable[[Answer], Any],
        footer: Callable[[Answer], str],
    ) -> None:
        self._shell = shell
        self._line = line
        self._form = form
        self._made = made
        self._footer = footer
        self._painter = LoneOutput(IPythonPublisher(), Pace(PER_SECOND))
        settings = current().settings
        hidden = (Thinking,) if settings.show_thinking == "hidden" else ()
        self._screen = Screen(self._painter, settings.repaints_per_second, hidden, form.growing)

    def begin(self, prompt: Prompt, words: Words, chat: Chat) -> None:
        """Ask, bind the pending answer; raises what cannot be asked, before anything is sent."""
        name = self._name()
        stream = current().astream(prompt, words, chat, self._screen)
        if isinstance(before := self._shell.user_ns.get(name), Pending):
            before.ask_to_stop()  # nobody could any more
        if getattr(self._shell, "kernel", None) is not None:
            self._painter.open("asking in the background")
        self._screen.start()
        pending = Pending(stream, self._leave, self._made, self._painter.again)
        self._shell.user_ns[name] = pending
        pending.start()

    def _name(self) -> str:
        """Return the name to bind; raises UsageError for a line that cannot be."""
        for option in ALONE:
            if self._line.get(option):
                raise UsageError(f"--bg and --{option} do not go together.", hint="Leave one out.")
        name: str | None = self._line.get("out")
        if name is None:
            raise UsageError(
                "--bg needs a variable, by which the answer is waited for and stopped.",
                hint="As: %%chat --bg -o x, then x.result() or x.stop().",
            )
        return name

    def _leave(self, pending: Pending) -> None:
        """Leave the answer in its cell; of a call that failed, what it had said, and why."""
        error, answer = pending.error, pending.answer
        if error is not None:
            self._painter.trouble = told(error)
            self._screen.leave()
            return
        shown = tuple(self._screen.view.shown())
        footer = self._footer(answer)
        self._screen.finish(Final(shown, answer.text, self._form, footer, answer.provenance))
