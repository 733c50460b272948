"""A conversation by its exchanges: a question with all that came of it, never cut in two."""

from __future__ import annotations

from collections.abc import Sequence

from nbprovider.types import Message


def begins(messages: Sequence[Message]) -> tuple[int, ...]:
    """Return where the exchanges begin: at each question.

    What tools gave belongs to the exchange of the question that they were run for.
    """
    return tuple(at for at, message in enumerate(messages) if message.role == "user")


def whole(messages: Sequence[Message], length: int) -> int:
    """Return how many messages at the beginning are whole exchanges, of so many at most."""
    borders = [*begins(messages), len(messages)]
    return max((at for at in borders if at <= length), default=0)
