"""The Python API: the magics' words as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nbprovider.session import (
    AnswerStream,
    AsyncAnswerStream,
    Prompt,
    Words,
    current,
)

if TYPE_CHECKING:
    import pandas as pd

    from nbprovider.answer import Answer


def ask(prompt: Prompt, **words: Unpack[Words]) -> Answer:
    """Ask a model, return its answer; nothing is remembered (use a `Chat` for that).

    Raises an NbproviderError that says what happened and what to do next.
    """
    return current().ask(prompt, words)


async def aask(prompt: Prompt, **words: Unpack[Words]) -> Answer:
    """Ask a model without blocking the event loop, return its answer.

    A top-level `await` cannot be interrupted while the provider is silent; silence ends it after
    the limit in the settings. `ask` can be interrupted at any moment.
    """
    return await current().aask(prompt, words)


def stream(prompt: Prompt, **words: Unpack[Words]) -> AnswerStream:
    """Ask a model, return its answer piece by piece: `for words in nbprovider.stream("…")`."""
    return current().stream(prompt, words)


def astream(prompt: Prompt, **words: Unpack[Words]) -> AsyncAnswerStream:
    """Ask a model, return its answer piece by piece, for `async for`."""
    return current().astream(prompt, words)


def usage() -> pd.DataFrame:
    """Return every call ever made from this machine's notebooks, one row an attempt."""
    from nbprovider.ledger import frames

    return frames.usage(current().ledger)


def models(name: str | None = None, *, search: str = "") -> pd.DataFrame:
    """Return the models that an account offers, or all accounts do, asked of them now.

    `search` keeps the rows in which each of its words stands, case ignored. An account that does
    not answer is left out with a warning; one that was named raises its ProviderError.
    """
    import warnings

    from nbprovider.ledger import frames

    offers, failed = current().models.offers(name)
    for account, error in failed.items():
        warnings.warn(f"{account} is left out: {error}", stacklevel=2)
    return frames.search(frames.models(offers), search)


def last() -> Answer | None:
    """Return the last answer, also one that was interrupted; None before the first."""
    return current().last
