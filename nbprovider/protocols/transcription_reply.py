"""What was said, in the shapes in which providers tell it.

OpenAI and those like it: `{text, language, duration, segments}`, bare text, or a stream of
`transcript.text.*` events; Google: the words of a chat model's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.errors import ProviderError, Unavailable
from nbprovider.protocols import gemini_faults
from nbprovider.protocols.faults import opened
from nbprovider.protocols.framing import decoder, loads
from nbprovider.protocols.gemini_usage import normalised
from nbprovider.protocols.openai_chat_errors import inside
from nbprovider.protocols.openai_chat_usage import cost, count
from nbprovider.types import Usage

MISSHAPEN = (AttributeError, LookupError, TypeError, ValueError)


class Segment(Struct, frozen=True):
    """A part of what was said: from `start` to `end` in seconds, by `speaker` ("" unknown)."""

    start: float
    end: float
    text: str
    speaker: str = ""


class Transcript(Struct, frozen=True):
    """What was said; None or "" where the provider does not tell.

    - `text`: all of it
    - `segments`: with times, and speakers where they are told apart
    - `language`: as the provider calls it ("english", "en"); `duration`: seconds
    - `usage`: what it took; `model`: who listened
    """

    text: str
    segments: tuple[Segment, ...] = ()
    language: str = ""
    duration: float | None = None
    usage: Usage = Usage()
    model: str = ""

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the words in any front end."""
        return {"text/plain": self.text}


def heard(headers: Mapping[str, str], body: bytes) -> Transcript:
    """Return what was said, of an object, a stream or bare text.

    Raises ProviderError for an error in place of it, Unavailable for anything else.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "text/event-stream":
            return _streamed(body)
        if kind == "text/plain" and not body.lstrip().startswith(b"{"):
            return Transcript(body.decode("utf-8").strip())
        payload = loads(body)
        if isinstance(payload, dict) and (failed := inside(payload)):
            raise failed
        return _told(payload)
    except MISSHAPEN:
        raise _wordless(body) from None


def google_heard(_: Mapping[str, str], body: bytes) -> Transcript:
    """Return the words of Google's answer.

    Raises like `heard`, and ContentRefused where Google keeps them back.
    """
    payload = opened(body)
    if said := gemini_faults.told(payload):
        raise gemini_faults.meant(said, None)
    try:
        if refused := gemini_faults.refusal(payload):
            raise refused
        answer = payload["candidates"][0]
        parts = answer["content"].get("parts") or ()
        text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
        usage = normalised(payload.get("usageMetadata"))
        if answer.get("finishReason") == "MAX_TOKENS":
            raise _cut_short()
        return Transcript(text.strip(), usage=usage, model=str(payload.get("modelVersion") or ""))
    except MISSHAPEN:
        raise _wordless(body) from None


def _told(payload: dict[str, Any]) -> Transcript:
    text = payload["text"]
    if not isinstance(text, str):
        raise TypeError
    return Transcript(
        text,
        tuple(_segments(payload.get("segments") or ())),
        str(payload.get("language") or ""),
        _duration(payload),
        _usage(payload),
        str(payload.get("model") or ""),
    )


def _streamed(body: bytes) -> Transcript:
    events = decoder("sse")
    payloads = [loads(one) for one in (*events.feed(body), *events.close()) if one != b"[DONE]"]
    pieces, segments = [], []
    for payload in payloads:
        if failed := inside(payload):
            raise failed
        if payload.get("type") == "transcript.text.delta":
            pieces.append(payload["delta"])
        elif payload.get("type") == "transcript.text.segment":
            segments.append(payload)
    done = [one for one in payloads if one.get("type") == "transcript.text.done"]
    if not done:
        raise _cut_short()
    told = _told({"text": "".join(pieces), **done[-1]})
    return replace(told, segments=tuple(_segments(segments)))


def _segments(told: Iterable[dict[str, Any]]) -> Iterable[Segment]:
    for one in told:
        speaker = one.get("speaker") or one.get("speaker_id") or ""
        yield Segment(float(one["start"]), float(one["end"]), one["text"].strip(), str(speaker))


def _duration(payload: dict[str, Any]) -> float | None:
    """Return the seconds of sound, wherever they are told; Mistral counts whole ones."""
    usage = payload.get("usage") or {}
    told = (payload.get("duration"), usage.get("seconds"), usage.get("prompt_audio_seconds"))
    return next((float(seconds) for seconds in told if seconds is not None), None)


def _usage(payload: dict[str, Any]) -> Usage:
    """Return the tokens, if it is tokens that are counted; some count only seconds."""
    told = payload.get("usage") or {}
    details = told.get("input_token_details") or told.get("prompt_tokens_details") or {}
    extra = {
        "audio_input": count(details.get("audio_tokens")),
        "seconds": told.get("seconds") or told.get("prompt_audio_seconds"),
        "cost": cost(told, payload),
    }
    return Usage(
        _read(told, details),
        _first(told, "output_tokens", "completion_tokens"),
        extra={name: value for name, value in extra.items() if value is not None} or None,
    )


def _read(told: dict[str, Any], details: dict[str, Any]) -> int | None:
    """Return the tokens read; Mistral leaves those of the sound out of its first count."""
    read, audio = _first(told, "input_tokens", "prompt_tokens"), count(details.get("audio_tokens"))
    if "prompt_tokens" in told and read is not None and audio and audio > read:
        return read + audio
    return read


def _first(told: dict[str, Any], *names: str) -> int | None:
    return next((n for n in (count(told.get(name)) for name in names) if n is not None), None)


def _wordless(body: bytes) -> Unavailable:
    return Unavailable(
        "The server answered with something that is no transcript.",
        hint="Check that the model listens, and the account's base URL.",
        detail=body[:300].decode("utf-8", "replace"),
    )


def _cut_short() -> ProviderError:
    return Unavailable("The transcript was cut short.", hint="Try again.")
