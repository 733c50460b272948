"""What is asked of a service's endpoint, and how its reply is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from nbprovider.catalog import Endpoint
from nbprovider.errors import Unavailable
from nbprovider.protocols import embeddings, speech, transcription
from nbprovider.protocols.embeddings import EmbeddingOptions
from nbprovider.protocols.framing import loads
from nbprovider.protocols.speech import Speech, SpeechOptions
from nbprovider.protocols.transcription import Sound, Transcript
from nbprovider.service_flow import Exchange, Job, Reply
from nbprovider.types import Usage


def embedding(texts: list[str], options: EmbeddingOptions) -> Job[list[list[float]]]:
    """Return the job of embedding texts; raises Unavailable for another number of vectors."""

    def job(endpoint: Endpoint, model: str) -> Exchange[list[list[float]]]:
        spoken = embeddings.dialect(endpoint, model)

        def read(_: Mapping[str, str], body: bytes) -> Reply[list[list[float]]]:
            found = spoken.parse(loads(body))
            if len(found.vectors) != len(texts):
                raise Unavailable(
                    f"The server gave {len(found.vectors)} vectors for {len(texts)} texts.",
                    hint="Try a smaller batch: `batch=1`.",
                )
            return Reply(list(found.vectors), found.usage, found.model)

        return Exchange(spoken.build(texts, model, endpoint, options), read, spoken.error)

    return job


def speaking(text: str, options: SpeechOptions) -> Job[Speech]:
    """Return the job of saying a text."""

    def job(endpoint: Endpoint, model: str) -> Exchange[Speech]:
        spoken = speech.dialect(endpoint, model)
        request = spoken.build(text, model, endpoint, options)
        counted = Usage(extra={"characters": len(text)})
        return Exchange(request, _telling(spoken.parse, lambda _: counted), spoken.error)

    return job


def listening(sound: Sound) -> Job[Transcript]:
    """Return the job of writing down what is said in a recording."""

    def job(endpoint: Endpoint, model: str) -> Exchange[Transcript]:
        spoken = transcription.dialect(endpoint, model)
        request = spoken.build(sound, model, endpoint)
        return Exchange(request, _telling(spoken.parse, measured), spoken.error)

    return job


Told = TypeVar("Told", Speech, Transcript)


def _telling(
    parse: Callable[[Mapping[str, str], bytes], Told], counted: Callable[[Told], Usage]
) -> Callable[[Mapping[str, str], bytes], Reply[Told]]:
    """Return a reader whose reply says what it took and who made it.

    `counted` is what some are paid by, and what they do not always tell.
    """

    def read(headers: Mapping[str, str], body: bytes) -> Reply[Told]:
        found = parse(headers, body)
        return Reply(found, counted(found) | found.usage, found.model)

    return read


def measured(found: Transcript) -> Usage:
    """Return the seconds of what was heard, by which some are paid."""
    return Usage() if found.duration is None else Usage(extra={"seconds": found.duration})
