"""An answer piece by piece, and the whole once it is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Self

from nbprovider.answer import Answer
from nbprovider.credentials.edge import EDGE
from nbprovider.types import Delta, Event, Text


def _words(event: Event) -> str:
    """Return the words of an event, "" when it has none."""
    return event.part.text if isinstance(event, Delta) and isinstance(event.part, Text) else ""


class AnswerStream:
    """Iterate over an answer's words as they come; `answer` is the whole, so far or finished.

    Leaving the loop early, `close`, or the end of a `with` block stops the provider: what was said
    is kept, and counted.
    """

    def __init__(self, events: Generator[Event], answer: Callable[[], Answer]) -> None:
        self._events = events
        self._answer = answer

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        with EDGE:
            for event in self._events:
                if words := _words(event):
                    return words
        raise StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the provider; what was said is kept."""
        with EDGE:
            self._events.close()

    @property
    def answer(self) -> Answer:
        """The answer as far as it has come."""
        return self._answer()


class AsyncAnswerStream:
    """Iterate over an answer's words with `async for`; otherwise as `AnswerStream`."""

    def __init__(self, events: AsyncGenerator[Event], answer: Callable[[], Answer]) -> None:
        self._events = events
        self._answer = answer

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        with EDGE:
            async for event in self._events:
                if words := _words(event):
                    return words
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the provider; what was said is kept."""
        with EDGE:
            await self._events.aclose()

    @property
    def answer(self) -> Answer:
        """The answer as far as it has come."""
        return self._answer()
