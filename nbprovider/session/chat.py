"""A conversation that is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Unpack

from nbprovider.credentials.edge import EDGE
from nbprovider.errors import ConfigError
from nbprovider.ledger.chats import Said
from nbprovider.session import rewinding, usual
from nbprovider.session.keeping import Record
from nbprovider.types import Message, Text

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.ledger.store import Ledger
    from nbprovider.session.pending import Pending
    from nbprovider.session.question import Prompt, Words
    from nbprovider.session.spend import Tally
    from nbprovider.session.streams import AnswerStream, AsyncAnswerStream
    from nbprovider.session.window import Summary

MAIN = "main"
"""The chat that goes on when none is named; each kernel begins its own."""


class Chat:
    """A conversation: each question is asked with all that was said before.

    `messages` is the history, without `system`. A chat may be moved to another model at any time;
    what only one provider understands is then left out. An interrupted answer stays as far as it
    got; a question that failed leaves the history as it was. `cycle` holds the models that `next`
    goes through. `options` (`temperature`, `effort`, …) and `tools` are what a question is asked
    with that says nothing else; a tool may be a function, or its name.

    A chat with a name is kept in the store of all kernels: the one of this name goes on, with its
    model and instructions where no others are given, unless it is `main`. One without a name is
    kept nowhere.
    """

    def __init__(
        self, name: str = "", *, model: str | None = None, system: str | None = None
    ) -> None:
        self.name = name
        self.model = model
        self.system = system
        self.messages: list[Message] = []
        self.cycle: list[str] = []
        self.options: dict[str, Any] = {}
        self.tools: list[Any] = []
        self.summary: Summary | None = None
        self.tally: Tally | None = None
        self.record = Record(self, _ledger, anew=name == MAIN) if name else None
        if self.record and name != MAIN:
            self.record.reopen()

    def next(self) -> str | None:
        """Go on with the next model of the cycle, and return it; the last is followed by the first.

        The conversation stays. None, and nothing changes, where there is no cycle.
        """
        if not self.cycle:
            return None
        at = self.cycle.index(self.model) + 1 if self.model in self.cycle else 0
        self.model = self.cycle[at % len(self.cycle)]
        return self.model

    def ask(self, prompt: Prompt, **words: Unpack[Words]) -> Answer:
        """Ask the next question, return its answer."""
        from nbprovider.session import current

        with EDGE:
            return current().ask(prompt, words, self)

    async def aask(self, prompt: Prompt, **words: Unpack[Words]) -> Answer:
        """Ask the next question without blocking the loop, return its answer."""
        from nbprovider.session import current

        with EDGE:
            return await current().aask(prompt, words, self)

    def stream(self, prompt: Prompt, **words: Unpack[Words]) -> AnswerStream:
        """Ask the next question, return its answer piece by piece."""
        from nbprovider.session import current

        with EDGE:
            return current().stream(prompt, words, self)

    def astream(self, prompt: Prompt, **words: Unpack[Words]) -> AsyncAnswerStream:
        """Ask the next question, return its answer piece by piece, for `async for`."""
        from nbprovider.session import current

        with EDGE:
            return current().astream(prompt, words, self)

    def begin(self, prompt: Prompt, **words: Unpack[Words]) -> Pending:
        """Ask the next question in the background; the chat has it when its answer is there."""
        from nbprovider.session.pending import begun

        return begun(prompt, words, self)

    def beside(self) -> Chat:
        """Return a chat that begins as this one and is kept nowhere; its cost is this one's."""
        self.history(None)  # another kernel may have added to it
        made = Chat(model=self.model, system=self.system)
        made.name, made.messages, made.cycle = self.name, [*self.messages], [*self.cycle]
        made.options, made.tools, made.summary = {**self.options}, [*self.tools], self.summary
        return made

    def usual(self, words: Words) -> Words:
        """Return a question's words, with the chat's options and tools where they say nothing."""
        return usual.words(self.options, self.tools, words)

    def undo(self) -> tuple[Message, ...]:
        """Take the last question and all that came of it off, in the store too; return them.

        Raises UsageError when nothing was asked yet.
        """
        with EDGE:
            return rewinding.undo(self)

    def redo(self, **words: Unpack[Words]) -> Answer:
        """Ask the last question again, as it was sent; its new answer takes the old one's place.

        Where it cannot be answered, the old one stays. Raises UsageError when nothing was asked.
        """
        with EDGE, rewinding.rewound(self) as taken:
            return self.ask(taken[0].parts, **words)

    def clear(self) -> None:
        """Forget what was said; model and instructions stay.

        What is in the store stays there, under the chat's name with its day, once something is
        said anew.
        """
        self.messages.clear()
        self.tally = None
        if self.record:
            self.record.begin(anew=True)

    def save(self) -> None:
        """Write what was changed by hand: messages that were taken away, another model.

        Without it that is written with the next answer.
        """
        if self.record and (why := self.record.keep("")):
            raise ConfigError(f"{self.name}: {why}.", hint="`%provider doctor` looks at the store.")

    def history(self, system: str | None) -> tuple[Message, ...]:
        """Return what is sent before the next question; others may have added to it."""
        if self.record:
            self.record.refresh()
        instructions = system or self.system
        first = (Message("system", (Text(instructions),)),) if instructions else ()
        return (*first, *self.messages)

    def told(self) -> Iterator[str]:
        """Yield, once, what the next answer's footer has to say of the chat."""
        if self.record:
            yield from self.record.told()

    def keep(self, asked: Said, answered: Said, notebook: str = "") -> str:
        """Remember a question and its answer; an answer without a word is none.

        Return what went wrong with the store, "" when nothing did: then it is in memory alone.
        """
        if not answered.message.parts:
            return ""
        if self.record:
            return self.record.keep(notebook, asked, answered)
        self.messages += [asked.message, answered.message]
        return ""

    def add(self, turn: Said) -> str:
        """Remember a turn that nobody has answered yet, as `keep` does."""
        if self.record:
            return self.record.keep("", turn)
        self.messages.append(turn.message)
        return ""

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        return f"Chat({name}{len(self.messages)} messages, model={self.model!r})"


def _ledger() -> Ledger:
    from nbprovider.session import current

    return current().ledger
