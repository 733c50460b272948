"""Speech: a text in, sound out, in each provider's words.

Pure functions, as for chats: `dialect` says how a provider is spoken to, its `build` makes the
request, its `parse` reads the body of a 200, its `error` a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from nbprovider.catalog import Endpoint
from nbprovider.errors import ProviderError
from nbprovider.protocols import gemini, openai_chat_errors
from nbprovider.protocols.options import refused
from nbprovider.protocols.speech_reply import Speech, google_speech, speech
from nbprovider.types import Request

__all__ = ["DIALECTS", "Dialect", "Speech", "SpeechOptions", "dialect"]

HEADERS = {"content-type": "application/json"}


class SpeechOptions(Struct, frozen=True):
    """How to speak, "" for the provider's own way.

    `voice` is a name of the provider's; `format` a word such as mp3, wav, flac, opus.
    """

    voice: str = ""
    format: str = ""


class Dialect(Struct, frozen=True):
    """How one kind of provider speaks.

    - `build(text, model, endpoint, options)`: the request, without its key; raises UsageError for a
      format that it cannot be asked for
    - `parse(headers, body)`: the sound in a body; raises ProviderError for anything else
    - `error(status, headers, body)`: the error that a refused request means
    """

    build: Callable[[str, str, Endpoint, SpeechOptions], Request]
    parse: Callable[[Mapping[str, str], bytes], Speech] = speech
    error: Callable[[int, Mapping[str, str], bytes], ProviderError] = openai_chat_errors.error


VOICES = {
    "google": "Kore",
    "groq": "autumn",
    "mistral": "gb_jane_neutral",
    "speaches": "af_heart",
}
"""Provider → its voice where none is named; OpenAI's elsewhere."""

VOICE = "alloy"
FORMATS = {"groq": "wav"}
"""Provider → the format where none is named; mp3 elsewhere."""

MUTE = {"speaches": {"opus", "aac"}}
"""Provider → formats that it is known not to make."""


def _words(voice: str) -> Callable[[str, str, Endpoint, SpeechOptions], Request]:
    """Return the builder of requests that call the voice so."""

    def build(text: str, model: str, endpoint: Endpoint, options: SpeechOptions) -> Request:
        provider = endpoint.provider
        made = options.format or FORMATS.get(provider.key, "mp3")
        if made in MUTE.get(provider.key, ()):
            raise refused(f"format {made!r}", provider)
        body = {
            "model": model,
            "input": text,
            voice: options.voice or VOICES.get(provider.key, VOICE),
            "response_format": made,
        }
        path = provider.services.get("tts", "/audio/speech")
        return Request("POST", endpoint.url(path, model), HEADERS, msgspec.json.encode(body))

    return build


def google(text: str, model: str, endpoint: Endpoint, options: SpeechOptions) -> Request:
    """Return Google's request, which is one for content that is sound; raises like `build`."""
    if options.format not in ("", "wav"):
        raise refused(f"format {options.format!r}", endpoint.provider)
    voice = options.voice or VOICES["google"]
    body: dict[str, Any] = {
        "contents": [{"role": "user", "parts": [{"text": text}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}},
        },
    }
    name = quote(model.removeprefix("models/"), safe="")
    path = endpoint.provider.services.get("tts", "/models/{model}:generateContent")
    url = endpoint.url(path.replace("{model}", name), model)
    return Request("POST", url, HEADERS, msgspec.json.encode(body))


DIALECTS: dict[str, Dialect] = {
    "openai": Dialect(_words("voice")),
    "mistral": Dialect(_words("voice_id")),
    "google": Dialect(google, google_speech, gemini.error),
}
_BY_PROTOCOL = {"mistral": "mistral", "gemini": "google"}


def dialect(endpoint: Endpoint, model: str) -> Dialect:
    """Return how a model's provider speaks: its protocol's way, or OpenAI's."""
    return DIALECTS[_BY_PROTOCOL.get(endpoint.protocol_for(model), "openai")]
