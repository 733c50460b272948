"""How hard a question looks, told by features that a reader can check: cheap model or strong one.

Nothing is asked of anybody: the estimate is a sum of points, each with its reason. From
`BORDER` points on a question is for the strong model. The weights were set by hand on the labelled
questions of `tests/routing/labelled.toml`, which also measure them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal
from zlib import crc32

from msgspec import Struct

from nbprovider.types import Call, Media, Text

Tier = Literal["cheap", "strong"]

BORDER = 1.6
"""Points from which on a question is taken to be hard."""

NEAR = 0.5
"""Share of words in common from which on an earlier question is like this one."""


class Feature(Struct, frozen=True):
    """One thing that speaks for or against a hard question, its measure, and its points."""

    name: str
    value: float
    points: float


class Correction(Struct, frozen=True):
    """An earlier question, by the fingerprints of its words, and the tier it should have had."""

    words: tuple[int, ...]
    wanted: Tier


class Estimate(Struct, frozen=True):
    """What a question looks like: its features with points, and which tier they lead to."""

    features: tuple[Feature, ...]

    @property
    def points(self) -> float:
        """The sum of all points."""
        return sum(feature.points for feature in self.features)

    @property
    def tier(self) -> Tier:
        """Who should answer."""
        return "strong" if self.points >= BORDER else "cheap"

    @property
    def why(self) -> str:
        """What weighs most for the tier, in words."""
        for_it = [
            f for f in self.features if (f.points > 0) == (self.tier == "strong") and f.points
        ]
        heaviest = sorted(for_it, key=lambda feature: -abs(feature.points))[:2]
        return ", ".join(f.name for f in heaviest) or "nothing that looks hard"


def estimate(call: Call, corrections: Sequence[Correction] = ()) -> Estimate:
    """Return how hard a call looks."""
    text = question_of(call)
    told = [Feature(name, value, points) for name, value, points in _features(call, text)]
    if corrected := _corrected(text, corrections):
        told.append(corrected)
    return Estimate(tuple(told))


def fingerprints(text: str) -> tuple[int, ...]:
    """Return the words of a text as numbers that do not tell them."""
    return tuple(sorted({crc32(word.encode()) for word in _words(text)}))


def question_of(call: Call) -> str:
    """Return the words of a call's last message."""
    last = call.messages[-1]
    return "\n".join(part.text for part in last.parts if isinstance(part, Text))


def _features(call: Call, text: str) -> Iterator[tuple[str, float, float]]:
    for name, measure, weight, most in _MEASURES:
        value = measure(text)
        yield name, value, min(value * weight, most) if weight > 0 else max(value * weight, most)
    images = sum(isinstance(part, Media) for part in call.messages[-1].parts)
    yield "pictures or files", images, min(images * 0.75, 1.5)
    yield "tools", len(call.tools), min(len(call.tools) * 0.5, 1.5)
    yield "a schema to meet", float(call.schema is not None), 0.5 * (call.schema is not None)
    turns = sum(message.role == "user" for message in call.messages) - 1
    yield "a long conversation", turns, min(turns * 0.1, 1.0)


def _corrected(text: str, corrections: Sequence[Correction]) -> Feature | None:
    """Return what the user's corrections of questions like this one say, None when nothing."""
    own = set(fingerprints(text))
    near = [(_alike(own, set(c.words)), c.wanted) for c in corrections]
    said = sum(share * (5 if wanted == "strong" else -5) for share, wanted in near if share >= NEAR)
    likeness = max((share for share, _ in near), default=0.0)
    return Feature("your corrections", likeness, max(-5.0, min(5.0, said))) if said else None


def _alike(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _counted(pattern: str) -> Callable[[str], float]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda text: float(len(found.findall(text)))


def _beginning(pattern: str) -> Callable[[str], float]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda text: float(found.match(text.strip()) is not None)


def _length(text: str) -> float:
    return len(text) / 1000


def _code(text: str) -> float:
    return min(5.0, _CODE(text))


_CODE = _counted(
    r"```|\b(?:def|class|import|SELECT|const|function|void|lambda)\b|[{};]\s*$|==|!=|=>|->|\w\(\)"
)

_HARD = (
    r"\b(?:prove|proof|derive|derivation|why|trade-?offs?|compare|contrast|design|architect\w*|"
    r"debug|refactor|optimi[sz]e|analy[sz]e|critique|review|diagnose|reason|step[- ]by[- ]step|"
    r"algorithm|complexity|concurren\w+|race condition|deadlock|theorem|lemma|counterexample|"
    r"implement|strategy|plan|evaluate|hypothes\w+|causal\w*|confound\w*|bayes\w*|regression|"
    r"differential|integral|eigen\w*|np-hard|asymptotic\w*|migrat\w+|vulnerabilit\w+|thread-safe|"
    r"distributed|consensus|root cause|estimate|simulate|beweise?\w*|warum|vergleich\w*|"
    r"entwirf|analysier\w*|begründe\w*)\b"
)

_EASY = (
    r"(?:please\s+|can you\s+|could you\s+)?(?:translate|summari[sz]e|list|name|define|spell|"
    r"convert|rename|rephrase|rewrite|format|fix the (?:typo|spelling|grammar)|correct the|"
    r"capitali[sz]e|"
    r"what(?:'s| is| are)\b|who\b|when\b|where\b|which year|how (?:many|old|tall|do you say)|"
    r"hi\b|hello|hey\b|thanks|thank you|give me|say\b|tell me a|write a (?:haiku|joke|tweet|title|"
    r"slogan|subject|one-line)|übersetze|was ist|wer\b|wann\b)"
)

_MEASURES: tuple[tuple[str, Callable[[str], float], float, float], ...] = (
    ("a long question", _length, 0.8, 3.0),
    ("code", _code, 0.5, 1.5),
    ("words of reasoning", _counted(_HARD), 0.9, 3.6),
    ("mathematics", _counted(r"\\[a-z]+\{|\$[^$]+\$|[∑∫√≤≥∈∀∃∂∇]|\^\d|\bO\("), 0.6, 1.8),
    (
        "several demands",
        _counted(r"\?|\b(?:must|should|at least|without|and then|also)\b"),
        0.25,
        1.5,
    ),
    ("an error to explain", _counted(r"Traceback|\b\w+(?:Error|Exception)\b|segfault"), 1.0, 2.0),
    ("a demanding task", _beginning(_HARD), 0.9, 0.9),
    ("a simple task", _beginning(_EASY), -1.5, -1.5),
)
