"""What the functions of the Python API ask of services, in their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.protocols.embeddings import EmbeddingOptions, Purpose
from nbprovider.protocols.speech import Speech, SpeechOptions
from nbprovider.protocols.transcription import Transcript
from nbprovider.session.services import Asking, Services
from nbprovider.session.session import current

if TYPE_CHECKING:
    from nbprovider.session.sound import Source
    from nbprovider.session.vectors import Texts


def services() -> Services:
    """Return the services of the current session."""
    return Services(current())


def embedding(
    texts: Texts,
    model: str | None,
    dimensions: int | None,
    purpose: Purpose | None,
    batch: int | None,
) -> Asking[list[list[float]]]:
    """Return what to ask for vectors; raises UsageError for what is no text."""
    from nbprovider.session import vectors

    options = EmbeddingOptions(dimensions, purpose)
    return services().embed(vectors.listed(texts), model, options, batch)


def speaking(
    text: str, model: str | None, voice: str | None, container: str | None
) -> Asking[Speech]:
    """Return what to ask for a text as sound, in a container such as mp3."""
    return services().speak(text, model, SpeechOptions(voice or "", container or ""))


def listening(recording: Source, model: str | None, language: str | None) -> Asking[Transcript]:
    """Return what to ask for what is said; raises UsageError for what is no sound."""
    from nbprovider.session import sound

    return services().transcribe(sound.recording(recording, language or ""), model)
