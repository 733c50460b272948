"""`%provider replay`: recorded answers in place of a provider's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from nbprovider.magics import subwords
from nbprovider.magics.options import Line
from nbprovider.magics.subwords import Subword
from nbprovider.session import current
from nbprovider.session.replays import Standing, replay
from nbprovider.view import Note

USAGE = "[WORD] [FILE]"


def run(name: str = "", *rest: str) -> Standing:
    """Set how answers are replayed, or show it."""
    if not name:
        return replay()
    standing: Standing = subwords.run("replay", WORDS, name, rest)
    return standing


def needless(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a word's function that does nothing where replay is `only`: a notebook runs anywhere.

    It is for what a notebook does before it asks: it enters a key, logs in, downloads a model.
    """

    @wraps(run)
    def unless(*words: str) -> Any:
        if current().replay.mode != "only":
            return run(*words)
        return Note("Replay is `only`: this is not needed, and was not done.")

    return unless


def _set(mode: str, line: Line) -> Standing:
    return replay(mode, line.words[0] if line.words else None)


WORDS: dict[str, Subword] = {
    "on": Subword(
        lambda line: _set("on", line), "[FILE]", "give what is recorded, record the rest", at_most=1
    ),
    "only": Subword(
        lambda line: _set("only", line), "[FILE]", "give what is recorded, send nothing", at_most=1
    ),
    "off": Subword(
        lambda line: _set("off", line), "[FILE]", "ask providers, record nothing", at_most=1
    ),
}
"""The words in the order of the help."""
