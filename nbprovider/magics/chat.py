"""`%%chat` and `%chat`: parse, call the session, show."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from nbprovider import catalog
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.magics import asked, compare, keep, rewind, template
from nbprovider.magics.background import Background
from nbprovider.magics.below import below
from nbprovider.magics.bound import bound
from nbprovider.magics.compare import Compare
from nbprovider.magics.context import Context
from nbprovider.magics.debug import answer_in_full, error_in_full
from nbprovider.magics.options import Line, parse, parse_leading
from nbprovider.magics.stopped import Stopped
from nbprovider.session import Chat, Prompt, Words, current
from nbprovider.session.json_mode import promises_json
from nbprovider.types import Thinking
from nbprovider.ui.notebook import IPythonPublisher, OwnCell, SharedCell
from nbprovider.ui.screen import Painter, Screen
from nbprovider.view import FORMATS, Final

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer

STOPPED = "stopped; what was said until then is kept and counted."


def cell_chat(shell: InteractiveShell, line: str, cell: str) -> None:
    """Run a `%%chat` cell."""
    _ask(shell, parse(line), cell, OwnCell(IPythonPublisher()))


def line_chat(shell: InteractiveShell, line: str) -> None:
    """Run a `%chat` line."""
    parsed, prompt = parse_leading(line)
    if not (prompt.strip() or parsed.get("template") or rewind.is_enough(parsed)):
        raise UsageError(
            "%chat has no question on its line.", hint="As: %chat why is the sky blue?"
        )
    _ask(shell, parsed, prompt, SharedCell(IPythonPublisher()))


def ask_parts(shell: InteractiveShell, line: Line, question: Prompt) -> None:
    """Ask what a magic has written, below what the cell shows already."""
    _Asking(shell, line, SharedCell(IPythonPublisher())).run(question)


def _ask(shell: InteractiveShell, line: Line, cell: str, painter: Painter) -> None:
    line, cell = template.applied(shell, line, cell)
    with rewind.asked(line, cell) as question:
        if question is not None:
            _Asking(shell, line, painter).run(question)


class _Asking:
    """One question from a cell: its line, its chat, and the screen it is answered on."""

    def __init__(self, shell: InteractiveShell, line: Line, painter: Painter) -> None:
        self._shell = shell
        self._line = line
        self._painter = painter
        self._context = Context(shell, line)
        self._session = current()
        self._form = FORMATS[line.get("format", "json" if line.get("schema") else "markdown")]

    def run(self, cell: Prompt) -> None:
        """Ask, show the answer, bind it; what is no text is asked as it stands."""
        named = compare.models(self._line)
        prompt = self._prompt(cell)
        model = self._model()
        chat = self._chat(model)
        if self._line.get("dry_run") or self._line.get("show_prompt"):
            for one in named or (model,):
                self._preview(prompt, self._words(one, chat), chat)
        elif named:
            compared = Compare(self._shell, self._line, self._form, named)
            compared.ask(prompt, self._words(None, chat), chat)
        elif self._line.get("bg"):
            footer = self._context.footer
            begun = Background(self._shell, self._line, self._form, self._value, footer)
            begun.begin(prompt, self._words(model, chat), chat)
        else:
            self._hand_over(self._answered(prompt, self._words(model, chat), chat))

    def _answered(self, prompt: Prompt, words: Words, chat: Chat) -> Answer:
        """Ask; an error knows all its details where they are asked for."""
        try:
            return self._ask(prompt, words, chat)
        except NbproviderError as error:
            if self._line.get("debug"):
                error.debug = error_in_full(error)
            raise

    def _model(self) -> str | None:
        """Return the model that the line names: by `-m`, by its first word, by its provider."""
        words, given = self._line.words, self._line.get("model")
        if len(words) > 1 or (words and given):
            raise UsageError(
                f"The line names more than one model, {words[-1]!r} among them.",
                hint="The question belongs below the line; quote a value that has spaces.",
            )
        model: str | None = words[0] if words else given
        provider = self._provider()
        if not provider or not model or _is_of(provider, model):
            return model or provider
        return f"{provider}:{model}"

    def _provider(self) -> str | None:
        """Return the provider or account that the line names.

        Raises UsageError for a name that is neither.
        """
        name: str | None = self._line.get("provider")
        if self._session.replay.mode == "only":  # an account of a recording need not be here
            return catalog.find(name).key if name and catalog.known(name) else name
        if name and name not in {account.name for account in self._session.accounts()}:
            return catalog.find(name).key
        return name

    def _prompt(self, cell: Prompt) -> Prompt:
        name = self._line.get("out")
        if name is not None and not name.isidentifier():
            raise UsageError(
                f"--out needs a variable's name, not {name!r}.", hint="As: --out answer"
            )
        if not isinstance(cell, str):
            return cell
        text = cell.strip("\n")
        if not text.strip():
            raise UsageError("The cell is empty.", hint="Write a question below the first line.")
        return self._context.prompt(text)

    def _chat(self, model: str | None) -> Chat:
        """Return the chat that the line means, with all that the line says of it."""
        chat = self._session.chat(self._line.get("chat", self._session.opened))
        if self._line.get("dry_run") or self._line.get("show_prompt"):
            chat = chat.beside()
        if self._line.get("new"):
            chat.clear()
            chat.model = chat.system = None
            chat.options, chat.tools = {}, []
        if system := self._line.get("system"):
            chat.system = self._context.words(system)
        if cycle := self._line.get("models"):
            chat.cycle = [self._session.planner.pinned(m.strip(), chat) for m in cycle.split(",")]
            chat.model = chat.cycle[0]
        if model:
            chat.model = self._session.planner.pinned(model, chat)
        keep.keep(self._line, self._shell.user_ns, chat)
        return chat

    def _words(self, model: str | None, chat: Chat) -> Words:
        words = asked.words(self._line, self._shell.user_ns)
        words["model"] = model
        told = self._form.json and words.get("schema")
        if not told and (instruction := self._form.instruction):
            words["system"] = "\n\n".join(filter(None, [chat.system, instruction]))
        if self._form.json and not words.get("schema") and not (words.get("tools") or chat.tools):
            words["json"] = self._promised(model, chat)
        return words

    def _promised(self, model: str | None, chat: Chat) -> bool | None:
        """Return whether to have the provider promise JSON, None where that may be refused."""
        if self._session.replay.mode == "only":
            return None
        try:
            route = self._session.route(model, chat)
        except NbproviderError:
            if self._session.replay.mode == "off":
                raise
            return None  # what is recorded is given all the same
        accounts = {account.name: account for account in self._session.accounts()}
        return promises_json(route, accounts.get(route.account)) or None

    def _ask(self, prompt: Prompt, words: Words, chat: Chat) -> Answer:
        """Ask with the answer growing on screen; what was said stays there, whatever happens."""
        settings = self._session.settings
        hidden = (Thinking,) if settings.show_thinking == "hidden" else ()
        form = self._form
        screen = Screen(self._fitting_painter(), settings.repaints_per_second, hidden, form.growing)
        self._session.last = None
        try:
            with screen, self._stop_button(wanted=settings.stop_button):
                answer = self._session.ask(prompt, words, chat, screen)
        except KeyboardInterrupt:
            self._leave(screen, self._session.last)
            raise Stopped(STOPPED) from None
        except BaseException:
            self._leave(screen, self._session.last)
            raise
        self._leave(screen, answer)
        return answer

    def _stop_button(self, *, wanted: bool) -> AbstractContextManager[object]:
        """Return a button that ends the answer, where a cell of its own can show one."""
        kernel = getattr(self._shell, "kernel", None)
        if not wanted or kernel is None or not isinstance(self._painter, OwnCell):
            return nullcontext()
        from IPython.display import display

        from nbprovider.ui.widgets.stop import StopButton

        return StopButton(kernel, display)

    def _preview(self, prompt: Prompt, words: Words, chat: Chat) -> None:
        """Show what a question would take, or every word of it; nothing is sent."""
        from IPython.display import display

        told = self._session.preview(prompt, words, chat)
        shown = told.prompt if self._line.get("show_prompt") else told
        display(shown)  # type: ignore[no-untyped-call]

    def _leave(self, screen: Screen, answer: Answer | None) -> None:
        """Leave the answer on screen; of a call that failed, what it had said."""
        if answer is None:
            screen.leave()
            return
        shown = tuple(screen.view.shown())
        footer = self._context.footer(answer)
        screen.finish(Final(shown, answer.text, self._form, footer, answer.provenance))

    def _fitting_painter(self) -> Painter:
        """Return the notebook's painter, or a terminal's where there is no notebook."""
        if getattr(self._shell, "kernel", None) is not None:
            return self._painter
        from nbprovider.ui.terminal import Terminal

        return Terminal()

    def _hand_over(self, answer: Answer) -> None:
        if self._line.get("debug"):
            print(answer_in_full(answer))  # noqa: T201 - asked for
        value = self._value(answer)
        if name := self._line.get("out"):
            self._shell.user_ns[name] = value
        elif self._form.below and not answer.tool_calls:
            below(self._shell, answer)

    def _value(self, answer: Answer) -> Any:
        return bound(answer, self._form)


def _is_of(provider: str, model: str) -> bool:
    """Say whether a model's name begins with this provider's already, by any of its names."""
    head, colon, _ = model.partition(":")
    if not colon or head.lower() == provider.lower():
        return bool(colon)
    both = catalog.known(head) and catalog.known(provider)
    return both and catalog.find(head).key == catalog.find(provider).key
