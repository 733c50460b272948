"""Ask, and what was answered: in one piece or piece by piece, with or without blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nbprovider.credentials.edge import EDGE
from nbprovider.session import AnswerStream, AsyncAnswerStream, Prompt, Words, current

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.preview import Preview


def ask(prompt: Prompt, **words: Unpack[Words]) -> Answer:
    """Ask a model, return its answer; nothing is remembered (use a `Chat` for that).

    Raises an NbproviderError that says what happened and what to do next.
    """
    with EDGE:
        return current().ask(prompt, words)


def preview(prompt: Prompt, **words: Unpack[Words]) -> Preview:
    """Return what a question would take and cost, and who would be asked; nothing is sent.

    Takes the words of `ask`, and raises what it raises before anything is sent.
    """
    with EDGE:
        return current().preview(prompt, words)


async def aask(prompt: Prompt, **words: Unpack[Words]) -> Answer:
    """Ask a model without blocking the event loop, return its answer.

    A top-level `await` cannot be interrupted while the provider is silent; silence ends it after
    the limit in the settings. `ask` can be interrupted at any moment.
    """
    with EDGE:
        return await current().aask(prompt, words)


def stream(prompt: Prompt, **words: Unpack[Words]) -> AnswerStream:
    """Ask a model, return its answer piece by piece: `for words in nbprovider.stream("…")`."""
    with EDGE:
        return current().stream(prompt, words)


def astream(prompt: Prompt, **words: Unpack[Words]) -> AsyncAnswerStream:
    """Ask a model, return its answer piece by piece, for `async for`."""
    with EDGE:
        return current().astream(prompt, words)


def last() -> Answer | None:
    """Return the last answer, also one that was interrupted; None before the first."""
    return current().last
