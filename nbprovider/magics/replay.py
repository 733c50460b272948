"""`%provider replay`: recorded answers in place of a provider's."""

from __future__ import annotations

from nbprovider.magics import subwords
from nbprovider.magics.options import Line
from nbprovider.magics.subwords import Subword
from nbprovider.session.replays import Standing, replay

USAGE = "[WORD] [FILE]"


def run(name: str = "", *rest: str) -> Standing:
    """Set how answers are replayed, or show it."""
    if not name:
        return replay()
    standing: Standing = subwords.run("replay", WORDS, name, rest)
    return standing


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
