"""One question to several models at once, each on its way by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from msgspec import Struct

from nbprovider.answer import Answer
from nbprovider.credentials.edge import EDGE
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.session.chat import Chat
from nbprovider.session.pending import Pending, told
from nbprovider.session.session import Session, current
from nbprovider.session.streams import AsyncAnswerStream
from nbprovider.view import Column, Columns

if TYPE_CHECKING:
    import pandas as pd

    from nbprovider.session.pulse import Listener
    from nbprovider.session.question import Prompt, Words

FEWEST = 2
"""Models that make a comparison."""


class Compared(Struct, frozen=True):
    """One model's part: its name as it was given, its answer, what it failed by.

    `answer` is None where nothing was sent.
    """

    model: str
    answer: Answer | None
    error: Exception | None = None

    @property
    def text(self) -> str:
        """The words of the answer, as far as they came."""
        return self.answer.text if self.answer else ""

    @property
    def trouble(self) -> str:
        """What it failed by in words, "" where it did not."""
        return told(self.error) if self.error else ""

    @property
    def speed(self) -> float | None:
        """Tokens of answer a second, None where nobody said how many, and of a recorded answer."""
        answer = self.answer
        if answer is None or answer.cost_source == "replay":
            return None
        if not answer.usage.output or not answer.duration:
            return None
        return answer.usage.output / answer.duration

    def footer(self) -> str:
        """Return what it took, in a line."""
        if self.answer is None:
            return "" if self.error else "not asked"
        if self.error and not self.answer.parts:
            return ""
        speed = [f"{self.speed:.0f} tokens/s"] if self.speed else []
        return " · ".join([self.answer.footer.text(), *speed])

    def column(self) -> Column:
        """Return it as it is shown beside the others."""
        shown = self.answer.parts if self.answer else ()
        return Column(self.model, shown, footer=self.footer(), trouble=self.trouble)

    def row(self) -> tuple[Any, ...]:
        """Return it as a row of the frame."""
        answer = self.answer
        if answer is None:
            status = "failed" if self.error else "interrupted"
            return (self.model, None, status, *(None,) * 9, self.trouble or None)
        return (
            self.model,
            answer.text or None,
            "failed" if self.error else answer.status,
            answer.cost,
            answer.first_token,
            answer.duration,
            self.speed,
            answer.usage.total_input,
            answer.usage.output,
            answer.cost_source,
            answer.finish or None,
            answer.model,
            self.trouble or None,
        )


class Comparison(Struct, frozen=True):
    """What several models answered to one question, in the order in which they were named.

    Shows itself as columns side by side; `frame()` is a DataFrame. Each is a `Compared`: `model`,
    `answer`, `error`, `text`.
    """

    parts: tuple[Compared, ...]

    def frame(self) -> pd.DataFrame:
        """Return a DataFrame, a row a model: text, cost, speed, tokens, error."""
        from nbprovider.ledger.compared import compared

        return compared([part.row() for part in self.parts])

    def __getitem__(self, which: str | int) -> Compared:
        """Return the part of a model, by its name as it was given, or by its place."""
        if isinstance(which, int):
            return self.parts[which]
        for part in self.parts:
            if part.model == which:
                return part
        raise KeyError(which)

    def __len__(self) -> int:
        return len(self.parts)

    def columns(self) -> Columns:
        """Return all as they are shown side by side."""
        return Columns(tuple(part.column() for part in self.parts))

    def __repr__(self) -> str:
        return self.columns().plain()

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Show the columns, with where each answer comes from as metadata."""
        return self.columns().bundle(), {"nbprovider": self.provenance()}

    def provenance(self) -> dict[str, Any]:
        """Return where each answer comes from, as the saved notebook keeps it."""
        return {"compared": [p.answer.provenance if p.answer else {} for p in self.parts]}


class Comparing:
    """A question on its way to several models; `run` sends it.

    Making one raises UsageError for what cannot be asked of anybody. A model that cannot be asked,
    as one without a key, is one that fails. `listener` gives each place among the models its own.
    """

    def __init__(
        self,
        session: Session,
        prompt: Prompt,
        words: Words,
        models: Sequence[str],
        chat: Chat | None = None,
        listener: Callable[[int], Listener] | None = None,
    ) -> None:
        self.models = checked(models)
        self._streams: list[AsyncAnswerStream | NbproviderError] = []
        self._pending: dict[int, Pending] = {}
        words = {"fallback": False, **words}
        for place, model in enumerate(self.models):
            ears = (listener(place),) if listener else ()
            memory = chat.beside() if chat else None
            try:
                stream = session.astream(prompt, {**words, "model": model}, memory, *ears)
            except UsageError:
                raise
            except NbproviderError as error:
                self._streams.append(error)
            else:
                self._streams.append(stream)

    def begin(self, then: Callable[[int, Compared], None] | None = None) -> None:
        """Send all; `then` is as in `run`."""
        for place, stream in enumerate(self._streams):
            if isinstance(stream, AsyncAnswerStream):
                told = _telling(place, self.models[place], then) if then else None
                self._pending[place] = Pending(stream, told)
                self._pending[place].start()
            elif then:
                then(place, Compared(self.models[place], None, stream))

    def run(self, then: Callable[[int, Compared], None] | None = None) -> Comparison:
        """Send all and wait until they are over; an interrupt is raised when all have closed.

        `then` is called, on threads of its own, with each that is over.
        """
        try:
            self.begin(then)
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self.comparison()

    def wait(self) -> None:
        """Wait until all are over."""
        for one in self._pending.values():
            one.wait()

    def stop(self) -> None:
        """End all; what was said is kept, and counted."""
        for one in self._pending.values():
            one.ask_to_stop()
        for one in self._pending.values():
            one.stop()

    def comparison(self) -> Comparison:
        """Return all as far as they have come."""
        return Comparison(tuple(self._part(place) for place in range(len(self.models))))

    def _part(self, place: int) -> Compared:
        model, stream = self.models[place], self._streams[place]
        if isinstance(stream, NbproviderError):
            return Compared(model, None, stream)
        one = self._pending.get(place)
        return _part(model, one) if one else Compared(model, None)


def _part(model: str, one: Pending) -> Compared:
    return Compared(model, one.answer, one.error)


def _telling(
    place: int, model: str, then: Callable[[int, Compared], None]
) -> Callable[[Pending], None]:
    return lambda pending: then(place, _part(model, pending))


def checked(models: Sequence[str]) -> tuple[str, ...]:
    """Return the models to compare; raises UsageError for too few, or what is no name."""
    names = () if isinstance(models, str) else tuple(models)
    if any(not isinstance(name, str) or not name.strip() for name in names) or len(names) < FEWEST:
        raise UsageError(
            f"A comparison needs {FEWEST} models or more, not {models!r}.",
            hint='As: compare("…", ["gpt-6-luna", "claude-haiku-5-5"]), or --compare A,B.',
        )
    return tuple(name.strip() for name in names)


def compare(prompt: Prompt, models: Sequence[str], **words: Unpack[Words]) -> Comparison:
    """Ask several models at once, return what each answered, took and cost.

    One that fails does not stop the others: its error is in its part. Nobody else answers for it,
    unless `fallback` is True. An interrupt stops all. Takes the words of `ask` but `model`; raises
    UsageError, before anything is sent, for what nobody can be asked.
    """
    with EDGE:
        return Comparing(current(), prompt, words, models).run()


async def acompare(prompt: Prompt, models: Sequence[str], **words: Unpack[Words]) -> Comparison:
    """Do as `compare` without blocking the event loop."""
    with EDGE:
        comparing = Comparing(current(), prompt, words, models)
        comparing.begin()
        try:
            await asyncio.to_thread(comparing.wait)
        finally:
            comparing.stop()
        return comparing.comparison()
