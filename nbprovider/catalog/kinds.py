"""What a model is for, told by what its list says it can, else by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbprovider.catalog.provider import Provider

ABILITIES = {
    "embedding": "embedding",
    "embed": "embedding",
    "tts": "tts",
    "audio_speech": "tts",
    "stt": "stt",
    "audio_transcription": "stt",
    "rerank": "rerank",
    "moderation": "moderation",
    "ocr": "ocr",
}
"""Abilities that make a model's kind, where it cannot chat."""

CHATTING = {"chat", "completion", "completion_chat", "tools", "generateContent"}
"""Abilities of models that chat."""

NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("embedding", r"embed|\bbge-|\be5-|\bgte-|minilm|voyage-"),
        ("stt", r"whisper|transcri|\bstt\b|parakeet|canary|voxtral.*transcribe"),
        ("tts", r"\btts\b|-tts|tts-|kokoro|orpheus|playai|aura-|speech"),
        ("image", r"dall-e|imagen|gpt-image|-image\b|image-|flux|stable-diffusion|imagine|sdxl"),
        ("video", r"sora|veo-|video"),
        ("rerank", r"rerank"),
        ("moderation", r"moderation|guard\b|-guard|shield"),
        ("realtime", r"realtime|-live\b"),
    )
)
"""Kind → what names of such models look like; the first that fits is taken."""


def kind(provider: Provider, model: str, can: Iterable[str] | None = None) -> str:
    """Return what a listed model is for: chat, embedding, tts, stt, image, video and so on.

    "other" is a model that its provider's file says does not chat, and whose name says no more.
    """
    abilities = set(can or ())
    # Google says of models that speak or draw that they chat.
    if abilities & CHATTING and not provider.models.excludes(model):
        return "chat"
    for ability, what in ABILITIES.items():
        if ability in abilities:
            return what
    named = next((what for what, pattern in NAMES if pattern.search(model)), "")
    return named or ("chat" if provider.models.chats(model) else "other")
