"""Find the word that somebody meant."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 3
"""Letters from which on the beginning of a word is taken for the word; shorter ones say little."""

ALIKE, ALIKE_SHORT = 0.65, 0.75
"""How alike words must be, 1 being the same: one letter of three may be wrong, not two of five."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, case ignored; "" when none is near."""
    from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    meant = word.strip().lower()
    if begun := _begun(meant, folded):
        return begun
    bare = {name.lstrip("-"): name for name in folded}  # dashes that all have make none alike
    meant = meant.lstrip("-")
    alike = ALIKE if len(meant) >= SHORTEST else ALIKE_SHORT
    match = get_close_matches(meant, bare, n=1, cutoff=alike)
    return folded[bare[match[0]]] if match else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that proposes the nearest known word, or "" when none is near."""
    near = nearest(word, known)
    return f"Did you mean {near!r}?" if near else ""


def _begun(word: str, folded: dict[str, str]) -> str:
    """Return the only known word that begins so, "" for none or several."""
    begun = [name for name in folded if name.startswith(word)] if len(word) >= SHORTEST else []
    return folded[begun[0]] if len(begun) == 1 else ""
