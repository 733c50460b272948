"""How often a growing text may be sent again: what is sent a second has a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

PER_SECOND = 6_000
"""Characters: a tail of this length is repainted once a second, one of 600 ten times."""


class Pace:
    """Let pass what keeps within so many characters a second."""

    def __init__(
        self, per_second: float = PER_SECOND, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._free_at = 0.0

    def allows(self, size: int) -> bool:
        """Say whether so many characters may be sent now; if so, they count as sent."""
        now = self._clock()
        if now < self._free_at:
            return False
        self._free_at = now + size / self._per_second
        return True
