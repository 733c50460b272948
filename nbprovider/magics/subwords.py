"""The words after a word of `%provider`, such as `account`: one table, one way to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.magics.options import Line, Option, parse_words
from nbprovider.spelling import did_you_mean


class Subword(Struct, frozen=True):
    """One such word: what it does, how it is used, its options, how many words follow it."""

    run: Callable[[Line], Any]
    usage: str
    help: str
    options: tuple[Option, ...] = ()
    at_least: int = 0
    at_most: int = 0


def find(of: str, words: Mapping[str, Subword], name: str) -> Subword:
    """Return the word of this name; raises UsageError with the nearest one where there is none."""
    word = words.get(name)
    if word is None:
        hint = did_you_mean(name, words) or f"There are: {', '.join(words)}."
        raise UsageError(f"`%provider {of}` does not know {name!r}.", hint=hint)
    return word


def used(of: str, name: str, word: Subword) -> str:
    """Return how a word is used, as it stands on a line."""
    return f"%provider {of} {name} {word.usage}".rstrip()


def run(of: str, words: Mapping[str, Subword], name: str, rest: Sequence[str]) -> Any:
    """Run a word with what follows it, return what the cell shows.

    Raises UsageError for a word or an option that there is not, and for too few or many words.
    """
    word = find(of, words, name)
    line = parse_words(rest, word.options)
    if not word.at_least <= len(line.words) <= word.at_most:
        raise UsageError(
            f"`%provider {of} {name}` is used so: {used(of, name, word)}",
            hint="A name with spaces needs quotes." if len(line.words) > word.at_most else "",
        )
    return word.run(line)
