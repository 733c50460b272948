"""Which recording comes nearest to a question that has none, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Literal

from nbprovider.recordings.asked import Asked
from nbprovider.recordings.recording import Recording

AROUND = 20
"""Characters that are shown before and after what differs."""

LONGEST = 60
"""Characters of a text that are shown."""

COMPARED = 600
"""Characters of two questions that are compared to find which is nearest."""

COMPARED_WELL = 5
"""Recordings that are compared by the order of their letters: that takes long."""


def nearest(asked: Asked, recordings: Sequence[Recording]) -> Recording | None:
    """Return the recording whose question is most like this one, None where there are none."""
    few = nlargest(COMPARED_WELL, recordings, lambda one: _likeness(asked, one.asked, "quickly"))
    return max(few, key=lambda one: _likeness(asked, one.asked, "well"), default=None)


def differences(asked: Asked, recorded: Asked) -> Iterator[str]:
    """Yield in what a question differs from a recorded one, the most telling first."""
    if asked.text != recorded.text:
        yield _of_texts("the question has", asked.text, recorded.text)
    elif asked.part != recorded.part:
        yield "what is attached is another picture, file or result"
    if asked.model != recorded.model:
        yield f"the model is {_named(asked.model)}, recorded was {_named(recorded.model)}"
    yield from _of_history(asked.history, recorded.history)
    if asked.system != recorded.system:
        yield _of_texts("the instructions have", asked.system, recorded.system)
    yield from _of_options(asked, recorded)
    yield from _of_tools(asked, recorded)
    for name in ("tool_choice", "schema", "extra"):
        mine, theirs = getattr(asked, name), getattr(recorded, name)
        if mine != theirs:
            yield _of_texts(f"{name} has", mine, theirs)


def _likeness(asked: Asked, recorded: Asked, how: Literal["quickly", "well"]) -> float:
    """Return how much alike two questions are: their words count most."""
    from difflib import SequenceMatcher

    texts = SequenceMatcher(None, asked.text[:COMPARED], recorded.text[:COMPARED], autojunk=False)
    sides = ("model", "history", "system", "options", "tools", "schema", "extra")
    same = sum(bool(getattr(asked, side) == getattr(recorded, side)) for side in sides)
    alike = texts.ratio() if how == "well" else texts.quick_ratio()
    return alike * 2 + same / len(sides)


def _named(model: str) -> str:
    return model or "not named"


def _of_texts(what: str, mine: str, theirs: str) -> str:
    """Return where two texts part."""
    pairs = enumerate(zip(mine, theirs, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(mine), len(theirs)))
    return f"{what} {_around(mine, at)}, recorded was {_around(theirs, at)}"


def _around(text: str, at: int) -> str:
    if not text:
        return "no words"
    begin = max(0, at - AROUND)
    shown = " ".join(text[begin : begin + LONGEST].split())
    before, after = "…" if begin else "", "…" if len(text) > begin + LONGEST else ""
    return f"“{before}{shown}{after}”"


def _of_history(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[str]:
    pairs = enumerate(zip(mine, theirs, strict=False), 1)
    odd = next(((n, a, b) for n, (a, b) in pairs if a != b), None)
    if odd is not None:
        number, one, other = odd
        yield f"message {number} of the chat is {_told(one)}, recorded was {_told(other)}"
    elif len(mine) != len(theirs):
        yield f"{len(mine)} messages come before it, recorded were {len(theirs)}"


def _told(line: str) -> str:
    who, _, words = line.partition(": ")
    return f"{who.split()[0]} “{words}”"


def _of_options(asked: Asked, recorded: Asked) -> Iterator[str]:
    for name in sorted({*asked.options, *recorded.options}):
        mine, theirs = asked.options.get(name), recorded.options.get(name)
        if mine != theirs:
            yield f"{name} is {_value(mine)}, recorded was {_value(theirs)}"


def _value(value: object) -> str:
    return "not set" if value is None else str(value)


def _of_tools(asked: Asked, recorded: Asked) -> Iterator[str]:
    mine, theirs = (dict(line.split(" ", 1) for line in one.tools) for one in (asked, recorded))
    for name in sorted({*mine, *theirs}):
        if name not in theirs:
            yield f"the tool {name} is new"
        elif name not in mine:
            yield f"the tool {name} is missing"
        elif mine[name] != theirs[name]:
            yield f"the tool {name} is described otherwise"
