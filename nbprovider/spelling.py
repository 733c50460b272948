"""Find the word that somebody meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, case ignored; "" when none is near."""
    from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    match = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[match[0]] if match else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that proposes the nearest known word, or "" when none is near."""
    near = nearest(word, known)
    return f"Did you mean {near!r}?" if near else ""
