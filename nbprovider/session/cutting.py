"""Long words in short."""

from __future__ import annotations


def cut(words: str, most: int) -> str:
    """Return the beginning and the end of words, and how much is left out between them."""
    if len(words) <= most:
        return words
    head, tail = most * 3 // 4, most // 4
    left = len(words) - head - tail
    return f"{words[:head]}\n… {left:,} characters are left out here …\n{words[-tail:]}"
