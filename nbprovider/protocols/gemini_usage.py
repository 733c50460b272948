"""Gemini's counts in our way of counting.

Its input holds what came from a cache, its output leaves out thoughts. Each report is of all the
reply so far, and leaves out what is nought. Searches are paid for by the query from Gemini 3 on,
before that by the prompt that was grounded (ai.google.dev/gemini-api/docs/google-search).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from nbprovider.protocols.gemini_reply import State
from nbprovider.protocols.openai_chat_usage import count
from nbprovider.protocols.vetting import NONSENSE, beside
from nbprovider.types import Report, Usage

Wire = dict[str, Any]

COUNTS = (
    "promptTokenCount",
    "toolUsePromptTokenCount",
    "cachedContentTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
)

_BY_PROMPT = ("gemini-1", "gemini-2")
"""Beginnings of models whose searches are paid for by the prompt, however many they are."""


def grounded(candidate: Wire, state: State) -> None:
    """Note how many searches a candidate has needed; the last list of a reply is the whole one."""
    with suppress(*NONSENSE):
        queries = (candidate.get("groundingMetadata") or {}).get("webSearchQueries")
        if different := len({query for query in queries or () if query}):
            by_prompt = state.served.model.startswith(_BY_PROMPT)
            state.searches = min(different, 1) if by_prompt else different


def report(told: Wire, state: State) -> Iterator[Report]:
    """Yield the tokens so far, if any are told."""
    if counts := _counted(told):
        state.counts = dict.fromkeys(state.counts, 0) | counts
        yield Report(_usage(state.counts, _tier(told), state.searches))


def normalised(told: Any) -> Usage:
    """Return the counts of a reply that came whole, nothing of what is no such thing."""
    return _usage(_counted(told), _tier(told), 0) if isinstance(told, dict) else Usage()


def _counted(told: Wire) -> dict[str, int]:
    counts = {name: n for name in COUNTS if (n := count(told.get(name))) is not None}
    return counts | dict(beside(_kinds(told))) if counts else {}


def _tier(told: Wire) -> Any:
    return told.get("serviceTier") or told.get("trafficType")


def _kinds(told: Wire) -> Iterator[tuple[str, int]]:
    """Yield the tokens of sound and pictures, which are paid for otherwise than text."""
    heard, cached = _of(told, "prompt", "AUDIO"), _of(told, "cache", "AUDIO")
    yield "audio_input", max(heard - cached, 0)
    yield "audio_output", _of(told, "candidates", "AUDIO")
    yield "image_output", _of(told, "candidates", "IMAGE")


def _of(told: Wire, whose: str, kind: str) -> int:
    rows = told.get(f"{whose}TokensDetails") or ()
    return sum(count(row.get("tokenCount")) or 0 for row in rows if row.get("modality") == kind)


def _usage(counts: dict[str, int], tier: Any, searches: int) -> Usage:
    cached = counts.get("cachedContentTokenCount")
    thoughts = counts.get("thoughtsTokenCount")
    prompt = _sum(counts.get("promptTokenCount"), counts.get("toolUsePromptTokenCount"))
    beside = {
        "tier": tier if isinstance(tier, str) else None,
        "searches": searches,
        **{name: counts.get(name) for name in ("audio_input", "audio_output", "image_output")},
    }
    return Usage(
        input=None if prompt is None else max(prompt - (cached or 0), 0),
        output=_sum(counts.get("candidatesTokenCount"), thoughts),
        cache_read=cached,
        reasoning=thoughts,
        extra={name: value for name, value in beside.items() if value} or None,
    )


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
