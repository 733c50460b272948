"""What providers offer besides answers: vectors, speech, transcription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.credentials.edge import EDGE

if TYPE_CHECKING:
    import pandas as pd
    from IPython.display import Audio

    from nbprovider.protocols.embeddings import Purpose
    from nbprovider.protocols.transcription import Transcript
    from nbprovider.session.sound import Source
    from nbprovider.session.vectors import Array, Texts


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
