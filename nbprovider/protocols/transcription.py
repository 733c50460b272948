"""Transcription: sound in, words out, in each provider's words.

Pure functions, as for chats: `dialect` says how a provider is spoken to, its `build` makes the
request, its `parse` reads the body of a 200, its `error` a refusal.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from nbprovider.catalog import Endpoint
from nbprovider.errors import ProviderError
from nbprovider.protocols import gemini, multipart, openai_chat_errors
from nbprovider.protocols.transcription_reply import Segment, Transcript, google_heard, heard
from nbprovider.types import Request

__all__ = ["DIALECTS", "Dialect", "Segment", "Sound", "Transcript", "dialect"]

JSON = {"content-type": "application/json"}


class Sound(Struct, frozen=True):
    """A sound file: its bytes, its media type, its name, whose ending tells providers the format.

    `language` is that of the speech, as "en", where it is known.
    """

    data: bytes
    mime: str
    name: str
    language: str = ""


Build = Callable[[Sound, str, Endpoint], Request]


class Dialect(Struct, frozen=True):
    """How one kind of provider listens.

    - `build(sound, model, endpoint)`: the request, without its key
    - `parse(headers, body)`: what was said; raises ProviderError for anything else
    - `error(status, headers, body)`: the error that a refused request means
    """

    build: Build
    parse: Callable[[Mapping[str, str], bytes], Transcript] = heard
    error: Callable[[int, Mapping[str, str], bytes], ProviderError] = openai_chat_errors.error


def form(sound: Sound, model: str, endpoint: Endpoint) -> Request:
    """Return OpenAI's request; from a model that can, times and speakers are asked for.

    Whisper has them in `verbose_json`, models that tell speakers apart in `diarized_json`; the
    others take neither.
    """
    fields = [("model", model), *_language(sound)]
    name = model.lower()
    if "diarize" in name:
        fields += [("response_format", "diarized_json"), ("chunking_strategy", "auto")]
    elif "whisper" in name and endpoint.provider.key not in PLAIN:
        fields.append(("response_format", "verbose_json"))
    return _sent(fields, sound, model, endpoint)


def mistral(sound: Sound, model: str, endpoint: Endpoint) -> Request:
    """Return Mistral's request; it tells times only where no language is given."""
    times = [] if sound.language else [("timestamp_granularities", "segment")]
    return _sent([("model", model), *_language(sound), *times], sound, model, endpoint)


def openrouter(sound: Sound, model: str, endpoint: Endpoint) -> Request:
    """Return OpenRouter's request, which is JSON with the sound as base64."""
    ending = sound.name.rpartition(".")[2].lower()
    body = {
        "model": model,
        "input_audio": {"data": b64encode(sound.data).decode("ascii"), "format": ending},
        **dict(_language(sound)),
    }
    return Request("POST", _url(model, endpoint), JSON, msgspec.json.encode(body))


def google(sound: Sound, model: str, endpoint: Endpoint) -> Request:
    """Return Google's request: a chat model is asked for the words."""
    spoken = f" The language is {sound.language}." if sound.language else ""
    words = f"Write down what is said in this recording, word for word, and nothing else.{spoken}"
    data = {"mimeType": sound.mime, "data": b64encode(sound.data).decode("ascii")}
    body: dict[str, Any] = {
        "contents": [{"role": "user", "parts": [{"text": words}, {"inlineData": data}]}]
    }
    name = quote(model.removeprefix("models/"), safe="")
    path = endpoint.provider.services.get("stt", "/models/{model}:generateContent")
    url = endpoint.url(path.replace("{model}", name), model)
    return Request("POST", url, JSON, msgspec.json.encode(body))


PLAIN = frozenset({"vllm", "sambanova"})
"""Providers whose Whisper gives words only."""

DIALECTS: dict[str, Dialect] = {
    "openai": Dialect(form),
    "mistral": Dialect(mistral),
    "openrouter": Dialect(openrouter),
    "google": Dialect(google, google_heard, gemini.error),
}
_BY_PROVIDER = frozenset({"openrouter"})
_BY_PROTOCOL = {"mistral": "mistral", "gemini": "google"}


def dialect(endpoint: Endpoint, model: str) -> Dialect:
    """Return how a model's provider listens: its own way, its protocol's, or OpenAI's."""
    if endpoint.provider.key in _BY_PROVIDER:
        return DIALECTS[endpoint.provider.key]
    return DIALECTS[_BY_PROTOCOL.get(endpoint.protocol_for(model), "openai")]


def _language(sound: Sound) -> list[tuple[str, str]]:
    return [("language", sound.language)] if sound.language else []


def _url(model: str, endpoint: Endpoint) -> str:
    return endpoint.url(endpoint.provider.services.get("stt", "/audio/transcriptions"), model)


def _sent(fields: list[tuple[str, str]], sound: Sound, model: str, endpoint: Endpoint) -> Request:
    file = multipart.File("file", sound.name, sound.mime, sound.data)
    kind, body = multipart.encode(fields, file)
    return Request("POST", _url(model, endpoint), {"content-type": kind}, body)
