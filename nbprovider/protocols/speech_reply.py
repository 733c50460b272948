"""Sound in the shapes in which providers send it.

OpenAI and those like it send the file itself; Mistral `{audio_data: base64}`; Google, in the parts
of an answer, base64 of bare samples, which are made a WAV file here.
"""

from __future__ import annotations

import binascii
import io
import re
import wave
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from nbprovider.errors import Unavailable
from nbprovider.protocols import gemini_faults
from nbprovider.protocols.faults import opened
from nbprovider.protocols.gemini_usage import normalised
from nbprovider.protocols.openai_chat_errors import inside
from nbprovider.protocols.sound_types import mime_of
from nbprovider.types import Usage

RATE = 24_000
"""Samples a second, where Google does not say."""


class Speech(Struct, frozen=True):
    """Sound as a file's bytes, its media type, and what it took."""

    data: bytes
    mime: str
    usage: Usage = Usage()
    model: str = ""


def speech(headers: Mapping[str, str], body: bytes) -> Speech:
    """Return the sound that a body is, or holds as base64.

    Raises ProviderError for an error in place of it, Unavailable for anything else.
    """
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    if told.startswith("audio/") and body:
        return Speech(body, told)
    payload = opened(body) if body[:1] in (b"{", b"[") else None
    if isinstance(payload, dict):
        return _inside(payload)
    if known := mime_of(body):
        return Speech(body, known)
    if told == "application/octet-stream" and body:
        return Speech(body, "audio/mpeg")
    raise _silent(body[:300].decode("utf-8", "replace"))


def google_speech(_: Mapping[str, str], body: bytes) -> Speech:
    """Return the sound in the parts of Google's answer, bare samples as a WAV file.

    Raises ProviderError for an error, ContentRefused where the text may not be spoken, Unavailable
    for anything else.
    """
    payload = opened(body)
    if said := gemini_faults.told(payload):
        raise gemini_faults.meant(said, None)
    try:
        sounds = [part["inlineData"] for part in _parts(payload) if "inlineData" in part]
        mime = str(sounds[0].get("mimeType", "")) if sounds else ""
        data = b"".join(b64decode(sound["data"], validate=True) for sound in sounds)
        usage = _usage(payload.get("usageMetadata"))
        model = str(payload.get("modelVersion") or "")
    except (AttributeError, LookupError, TypeError, ValueError):
        raise _silent(repr(payload)[:300]) from None
    if not data:
        raise gemini_faults.refusal(payload) or _silent(repr(payload)[:300])
    if re.match(r"audio/(l16|pcm|x-raw)", mime, re.IGNORECASE) or not mime:
        return Speech(_wav(data, mime), "audio/wav", usage, model)
    return Speech(data, mime, usage, model)


def _inside(payload: dict[str, Any]) -> Speech:
    if failed := inside(payload):
        raise failed
    told = payload.get("audio_data") or payload.get("audio") or payload.get("data")
    if isinstance(told, dict):
        told = told.get("data")
    try:
        data = b64decode(told, validate=True) if isinstance(told, str) else b""
    except binascii.Error:
        data = b""
    if not data:
        raise _silent(repr(payload)[:300])
    return Speech(data, mime_of(data) or "audio/mpeg")


def _parts(payload: Any) -> Iterator[dict[str, Any]]:
    for candidate in payload.get("candidates") or ():
        yield from (candidate.get("content") or {}).get("parts") or ()


def _usage(told: Any) -> Usage:
    """Return the counts; all that is written is sound, also where that is not told apart."""
    usage = normalised(told)
    return usage if usage.output is None else Usage(extra={"audio_output": usage.output}) | usage


def _wav(samples: bytes, mime: str) -> bytes:
    """Return a WAV file of samples: one channel, 16 bits, at the rate that the type tells."""
    rate = re.search(r"rate=(\d+)", mime)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(int(rate[1]) if rate else RATE)
        sound.writeframes(samples)
    return file.getvalue()


def _silent(detail: str) -> Unavailable:
    return Unavailable(
        "The server answered with something that is no sound.",
        hint="Check that the model speaks, and the account's base URL.",
        detail=detail,
    )
