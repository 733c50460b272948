"""Find the word that somebody meant."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 3
"""Letters from which on the beginning of a word is taken for the word."""

ALIKE = ((3, 0.75), (4, 0.66))
"""Length up to which a word must be so alike to another; 1 is the same."""

ALIKE_LONG = 0.65
"""How alike a longer word must be: two slips in six letters, not three."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, case ignored; "" when none is near."""
    from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    meant = word.strip().lower()
    if begun := _begun(meant, folded):
        return begun
    match = get_close_matches(meant, folded, n=1, cutoff=_cutoff(meant))
    return folded[match[0]] if match else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that proposes the nearest known word, or "" when none is near."""
    near = nearest(word, known)
    return f"Did you mean {near!r}?" if near else ""


def _cutoff(word: str) -> float:
    return next((alike for length, alike in ALIKE if len(word) <= length), ALIKE_LONG)


def _begun(word: str, folded: dict[str, str]) -> str:
    """Return the only known word that begins so, "" for none or several."""
    begun = [name for name in folded if name.startswith(word)] if len(word) >= SHORTEST else []
    return folded[begun[0]] if len(begun) == 1 else ""
