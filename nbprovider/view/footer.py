"""The line below an answer: which model, how many tokens, what it cost, how fast."""

from __future__ import annotations

from msgspec import Struct

from nbprovider.types import Usage
from nbprovider.view.words import money, seconds, tokens


class Footer(Struct, frozen=True):
    """What is said below an answer.

    - `cost_nano`: nano-dollars, None when no price is known; `cost_source` where it comes from
    - `first_token`, `duration`: seconds
    - `notes`: what else must not go unseen (interrupted, cut off, retried, another route)
    """

    model: str
    usage: Usage
    cost_nano: int | None
    cost_source: str
    first_token: float | None
    duration: float
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the footer as one line."""
        items = [self.model, self._tokens(), self._cost(), *self._speed(), *self.notes]
        return " · ".join(items)

    def _tokens(self) -> str:
        usage = self.usage
        about = "≈" if usage.estimated else ""
        read = tokens(usage.total_input)
        if usage.cache_read:
            read += f" ({tokens(usage.cache_read)} cached)"
        written = tokens(usage.output)
        if usage.reasoning:
            written += f" ({tokens(usage.reasoning)} reasoning)"
        return f"{about}{read} → {about}{written} tokens"

    def _cost(self) -> str:
        said = money(self.cost_nano, self.cost_source)
        return f"≈{said}" if self.usage.estimated and self.cost_nano else said

    def _speed(self) -> list[str]:
        first = [f"first token {seconds(self.first_token)}"] if self.first_token else []
        return [*first, seconds(self.duration)]
