"""Rates of one model, and what a usage comes to by them: exact, in Decimal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from nbprovider.types import Usage

TOKENS = 1_000_000

PER = {
    "input": TOKENS,
    "output": TOKENS,
    "cache_read": TOKENS,
    "cache_write": TOKENS,
    "cache_write_1h": TOKENS,
    "reasoning": TOKENS,
    "audio_input": TOKENS,
    "audio_output": TOKENS,
    "characters": 1_000_000,
    "audio_hours": 3600,
    "image_output": TOKENS,
    "searches": 1000,
    "file_searches": 1000,
    "requests": 1000,
}
"""What a rate may be for → how many of its unit (tokens, characters, seconds, calls) it pays."""

INSTEAD = {
    "cache_read": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "reasoning": "output",
    "audio_input": "input",
    "audio_output": "output",
    "image_output": "output",
}
"""Kind of token → whose rate it has where it has none of its own."""


class Rate(Struct, frozen=True):
    """USD for what `PER` says; `steps`: a request of more tokens than the first costs the second.

    All of the request moves to the new rate, not only what is beyond the border.
    """

    plain: Decimal
    steps: tuple[tuple[int, Decimal], ...] = ()

    def at(self, total: int) -> Decimal:
        """Return the rate of a request that reads so many tokens in all."""
        return next((rate for start, rate in reversed(self.steps) if total > start), self.plain)


class Card(Struct, frozen=True):
    """The rates of one model by kind, see `PER`; what it charges for nothing is not in it."""

    rates: dict[str, Rate]

    def rate(self, kind: str) -> Rate | None:
        """Return the rate of a kind, or of what it counts as; None when it has no price."""
        while kind not in self.rates and kind in INSTEAD:
            kind = INSTEAD[kind]
        return self.rates.get(kind)

    def charge(self, usage: Usage) -> Decimal | None:
        """Return the dollars for a usage, None when something that was used has no rate.

        None also where nobody counted what the rates are for.
        """
        if not self.counted(usage):
            return None
        total, dollars = usage.total_input or 0, Decimal(0)
        for kind, count in self._counts(usage):
            rate = self.rate(kind)
            if count < 0 or (rate is None and count):
                return None  # more of it in a cache, or spoken, than there was in all; or no price
            dollars += (rate.at(total) * count / PER[kind]) if rate else 0
        return dollars

    def counted(self, usage: Usage) -> bool:
        """Say whether somebody counted what this model is paid by."""
        extra = usage.extra or {}
        by_tokens = not self.rates.keys().isdisjoint(("input", "output"))
        if by_tokens and (usage.input is None or usage.output is None):
            return False
        by_length = self.rates.keys() & {"characters", "audio_hours"}
        return by_tokens or any(extra.get(COUNTED[kind]) is not None for kind in by_length)

    def _counts(self, usage: Usage) -> Iterator[tuple[str, Decimal]]:
        """Yield each count once, by the kind whose rate it has."""
        extra = usage.extra or {}
        audio, spoken = extra.get("audio_input") or 0, extra.get("audio_output") or 0
        drawn = extra.get("image_output") or 0
        hour = extra.get("cache_write_1h") or 0
        doubled = extra.get("cache_write_12h") or 0
        counts = {
            "input": (usage.input or 0) - audio,
            "audio_input": audio,
            "cache_read": usage.cache_read or 0,
            "cache_write": (usage.cache_write or 0) - hour + doubled,
            "cache_write_1h": hour,
            "output": (usage.output or 0) - spoken - drawn,
            "image_output": drawn,
            "audio_output": spoken,
            "searches": extra.get("searches") or 0,
            "file_searches": extra.get("file_searches") or 0,
            "requests": 1 if "requests" in self.rates else 0,
        }
        if "reasoning" in self.rates:
            counts["reasoning"] = usage.reasoning or 0
            counts["output"] -= usage.reasoning or 0
        for kind in self.rates.keys() & COUNTED.keys():
            counts[kind] = extra.get(COUNTED[kind]) or 0
        yield from ((kind, Decimal(str(count))) for kind, count in counts.items())


COUNTED = {"characters": "characters", "audio_hours": "seconds"}
"""Kind of rate → what of a usage's `extra` it is for."""
