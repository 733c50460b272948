"""The Python API: the magics' words as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nbprovider.credentials.edge import EDGE
from nbprovider.session import (
    AnswerStream,
    AsyncAnswerStream,
    Prompt,
    Words,
    current,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from IPython.display import Audio

    from nbprovider.answer import Answer
    from nbprovider.credentials.oauth import Login
    from nbprovider.credentials.scanning import Finding
    from nbprovider.ledger.periods import When
    from nbprovider.protocols.embeddings import Purpose
    from nbprovider.protocols.transcription import Transcript
    from nbprovider.session.preview import Preview
    from nbprovider.session.sound import Source
    from nbprovider.session.vectors import Array, Texts


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


def embed(
    texts: Texts,
    *,
    model: str | None = None,
    dimensions: int | None = None,
    purpose: Purpose | None = None,
    batch: int | None = None,
) -> pd.DataFrame | Array:
    """Return the embeddings of texts: what is near in meaning is near in numbers.

    - a text gives an array of shape (dimensions,), a list one of (texts, dimensions), a Series a
      DataFrame with its index; all numbers are float64
    - `dimensions`: length of each vector, where the model can shorten them
    - `purpose`: document, query, classification, clustering or similarity, where it matters
    - `batch`: texts a request; left out: as many as the provider takes

    Each request is a row of `usage()`. Raises UsageError for what is no text, and an
    NbproviderError like `ask`; vectors of the requests before it are then lost.
    """
    from nbprovider.session import asking, vectors

    with EDGE:
        asked = asking.embedding(texts, model, dimensions, purpose, batch)
        return vectors.shaped(texts, asking.services().done(asked))


async def aembed(
    texts: Texts,
    *,
    model: str | None = None,
    dimensions: int | None = None,
    purpose: Purpose | None = None,
    batch: int | None = None,
) -> pd.DataFrame | Array:
    """Do as `embed` without blocking the event loop."""
    from nbprovider.session import asking, vectors

    with EDGE:
        asked = asking.embedding(texts, model, dimensions, purpose, batch)
        return vectors.shaped(texts, await asking.services().adone(asked))


def speak(
    text: str,
    *,
    model: str | None = None,
    voice: str | None = None,
    format: str | None = None,  # noqa: A002 - every speech service calls it so
) -> Audio:
    """Return a text as sound, which plays in the notebook; `.data` holds the file's bytes.

    `voice` is one of the model's, the provider's usual one when left out; `format` such as mp3,
    wav, flac or opus: mp3 when left out, wav where there is no other. Raises an NbproviderError
    like `ask`.
    """
    from nbprovider.session import asking
    from nbprovider.session.sound import player

    with EDGE:
        spoken = asking.services().done(asking.speaking(text, model, voice, format))
    return player(spoken.data, spoken.mime)


async def aspeak(
    text: str,
    *,
    model: str | None = None,
    voice: str | None = None,
    format: str | None = None,  # noqa: A002 - every speech service calls it so
) -> Audio:
    """Do as `speak` without blocking the event loop."""
    from nbprovider.session import asking
    from nbprovider.session.sound import player

    with EDGE:
        spoken = await asking.services().adone(asking.speaking(text, model, voice, format))
    return player(spoken.data, spoken.mime)


def transcribe(
    recording: Source, *, model: str | None = None, language: str | None = None
) -> Transcript:
    """Return what is said in a recording: a path, a file's bytes, an IPython Audio, a Media.

    `language` is a code such as "en", guessed by the model when left out. Raises UsageError for
    what is no sound, and an NbproviderError like `ask`.
    """
    from nbprovider.session import asking

    with EDGE:
        return asking.services().done(asking.listening(recording, model, language))


async def atranscribe(
    recording: Source, *, model: str | None = None, language: str | None = None
) -> Transcript:
    """Do as `transcribe` without blocking the event loop."""
    from nbprovider.session import asking

    with EDGE:
        return await asking.services().adone(asking.listening(recording, model, language))


def start_login(provider: str, account: str = "", *, redirect_uri: str = "") -> Login:
    """Begin a login for those who build their own page; lead somebody to its `url`.

    `account` names a stored account, the provider's own name when left out. The browser is led back
    to `redirect_uri`, left out: to 127.0.0.1, where nobody listens, so that its address can be
    copied. Nothing is sent. Raises UsageError where nobody can log in.
    """
    from nbprovider.session.login import Logins, Whom

    with EDGE:
        return Logins(current()).begin(Whom(provider, account), redirect_uri=redirect_uri)


def complete_login(login: Login, redirected_url: str) -> str:
    """Complete a login by the address that the browser was led to; return the account's name.

    The account is in the vault then, for all kernels. Raises LoginFailed, whose `code` says why,
    and ProviderError when the provider cannot be asked.
    """
    from nbprovider.session.login import Logins

    with EDGE:
        return Logins(current()).complete(login, redirected_url)


def usage(since: When | None = None, until: When | None = None) -> pd.DataFrame:
    """Return the calls made from this machine's notebooks, one row an attempt, times in UTC.

    `since` and `until` limit them as in `cost`. The columns are explained in
    docs/usage-and-cost.md; questions and answers are not among them. Raises UsageError for what is
    no time.
    """
    from nbprovider.ledger import costs, frames

    with EDGE:
        return frames.usage(current().ledger, costs.between(since, until))


def cost(
    by: str | Sequence[str] | None = None,
    since: When | None = None,
    until: When | None = None,
) -> pd.DataFrame:
    """Return what the calls made from this machine's notebooks took and cost, a row a group.

    - `by`: one or several of model, provider, account, notebook, cell, chat, purpose, role,
      served, status, cost_source, finish, call, hour, day, week, month, year; none: one row for all
    - `since`, `until`: a datetime, a date, a timedelta before now, or words: "2026-11-01",
      "today", "yesterday", "this week", "last month", "7 days" (today is one), "24 hours"; a day,
      week or month is in what `until` means

    The columns: those of `by`, then

    - `cost`: USD of what has a known price, NaN where nothing that was billed has;
      `unknown`: how many attempts have none
    - `calls`, `attempts`: how many; a call that was tried again has several attempts
    - `input`, `cache_read`, `cache_write`, `output`, `reasoning`: tokens, <NA> where nobody said
    - `subscription`, `local`: attempts that a plan pays for, or that ran on one's own computer
    - `interrupted`, `running`: attempts that were stopped, or have not ended; `estimated`: those
      of which some tokens are our own estimate

    Days and what is made of them are the user's own. Raises UsageError for a word that means
    nothing here.
    """
    from nbprovider.ledger import costs, frames

    with EDGE:
        return frames.cost(current().ledger, by, costs.between(since, until))


def models(name: str | None = None, *, search: str = "") -> pd.DataFrame:
    """Return the models that an account offers, or all accounts do, asked of them now.

    `search` keeps the rows in which each of its words stands, case ignored. An account that does
    not answer is left out with a warning; one that was named raises its ProviderError.
    """
    import warnings

    from nbprovider.ledger import frames

    with EDGE:
        offers, failed = current().models.offers(name)
    for account, error in failed.items():
        warnings.warn(f"{account} is left out: {error}", stacklevel=2)
    return frames.search(frames.models(offers), search)


def discover(name: str | None = None, *, search: str = "") -> pd.DataFrame:
    """Return what `models` returns: the models on offer, found live."""
    return models(name, search=search)


def providers() -> pd.DataFrame:
    """Return every provider there is: how one is known to it, what it needs, what it offers."""
    from nbprovider import catalog
    from nbprovider.ledger import frames

    return frames.providers(catalog.load().values())


def register_model(model: str) -> str:
    """Remember a model, as `account:model`, also one that no list has; return its full name."""
    return str(current().models.register(model).ref)


def unregister_model(model: str) -> bool:
    """Forget a registered model; return whether it was registered."""
    return current().models.unregister(model)


def scan(path: str | Path) -> tuple[Finding, ...]:
    """Return the keys that stand in a notebook's source, outputs and metadata, or in a text file.

    Each says where it is and what kind of key, and holds nothing of the key. Raises UsageError for
    a file that cannot be read.
    """
    from nbprovider.credentials import scanning

    return scanning.scan(path)


def last() -> Answer | None:
    """Return the last answer, also one that was interrupted; None before the first."""
    return current().last
