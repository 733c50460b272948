"""A conversation that is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nbprovider.credentials.edge import EDGE
from nbprovider.types import Message, Text

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.question import Prompt, Words
    from nbprovider.session.streams import AnswerStream, AsyncAnswerStream


class Chat:
    """A conversation: each question is asked with all that was said before.

    `messages` is the history, without `system`. A chat may be moved to another model at any time;
    what only one provider understands is then left out. An interrupted answer stays as far as it
    got; a question that failed leaves the history as it was. `cycle` holds the models that `next`
    goes through.
    """

    def __init__(
        self, name: str = "", *, model: str | None = None, system: str | None = None
    ) -> None:
        self.name = name
        self.model = model
        self.system = system
        self.messages: list[Message] = []
        self.cycle: list[str] = []

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

    def clear(self) -> None:
        """Forget what was said; model and instructions stay."""
        self.messages.clear()

    def history(self, system: str | None) -> tuple[Message, ...]:
        """Return what is sent before the next question."""
        instructions = system or self.system
        first = (Message("system", (Text(instructions),)),) if instructions else ()
        return (*first, *self.messages)

    def keep(self, asked: Message, answered: Message) -> None:
        """Remember a question and its answer; an answer without a word is none."""
        if answered.parts:
            self.messages += [asked, answered]

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        return f"Chat({name}{len(self.messages)} messages, model={self.model!r})"
