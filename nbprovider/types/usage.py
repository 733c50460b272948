"""How many tokens a reply took."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Usage(Struct, frozen=True, omit_defaults=True):
    """Tokens, counted alike for every provider; None means that nobody said.

    - `input`: read anew; excludes what came from or went to a cache
    - `output`: written, reasoning included
    - `cache_read`, `cache_write`: input read from a cache, and written to one
    - `reasoning`: the part of `output` that was reasoning

    `extra` may hold: `cost` (what the provider charges, in USD), `cache_write_1h` (the part of
    `cache_write` kept for an hour), `cache_write_12h` (likewise), `searches` (hosted web searches),
    `file_searches`, `image_output` (tokens of pictures, a part of `output`),
    `tier` (the service tier billed), `region` (where it ran, if that is dearer), `billed_input`,
    `billed_output` (the tokens that are paid for, where they are not all), `audio_input`,
    `audio_output` (parts of `input` and `output`), `seconds` (of sound heard), `characters` (of
    text spoken), `estimated` (True when the numbers are ours, not the provider's).
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    extra: dict[str, Any] | None = None

    def __or__(self, later: Usage) -> Usage:
        """Override with what a later report says; reports are never added up."""
        return Usage(
            self.input if later.input is None else later.input,
            self.output if later.output is None else later.output,
            self.cache_read if later.cache_read is None else later.cache_read,
            self.cache_write if later.cache_write is None else later.cache_write,
            self.reasoning if later.reasoning is None else later.reasoning,
            {**(self.extra or {}), **(later.extra or {})} or None,
        )

    @property
    def total_input(self) -> int | None:
        """All tokens read, cached or not; None when nobody said."""
        told = [n for n in (self.input, self.cache_read, self.cache_write) if n is not None]
        return sum(told) if told else None

    @property
    def estimated(self) -> bool:
        """Whether the numbers are ours, not the provider's."""
        return bool((self.extra or {}).get("estimated"))
