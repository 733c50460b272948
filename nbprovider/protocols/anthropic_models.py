"""What the Claude models differ in, by name.

The rules are Anthropic's documented ones of November 2026 (thinking, sampling and forced tools by
generation); the default lengths are ours: enough for an answer with its thoughts, and within what
the model can write.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from nbprovider.types import Effort

Thinks = Literal["never", "by_budget", "adaptively"]
When = Literal["always", "unless_thinking", "never"]
Off = Literal["disabled", "between_tools", "never"]

ALL_LEVELS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")


class Traits(Struct, frozen=True):
    """What one generation of models takes.

    - `max_tokens`: the length asked for when the call names none
    - `thinks`: not at all, with a budget of tokens, or as much as it sees fit
    - `off`: how its thinking is turned off, if it can be
    - `levels`: the efforts that an adaptive model knows
    - `sampling`: when temperature, top_p and top_k are taken
    - `forced_tool`: when a tool may be demanded
    """

    max_tokens: int = 32_000
    thinks: Thinks = "adaptively"
    off: Off = "disabled"
    levels: tuple[Effort, ...] = ALL_LEVELS
    sampling: When = "never"
    forced_tool: When = "always"


BUDGET = Traits(thinks="by_budget", sampling="unless_thinking", forced_tool="unless_thinking")
SILENT = Traits(max_tokens=4096, thinks="never", sampling="always")
FABLE_5 = Traits(off="never")
FABLE_5_1 = Traits(off="never", forced_tool="never")
CLAUDE_4_6 = Traits(levels=("low", "medium", "high", "max"), sampling="unless_thinking")

OTHERS = Traits(max_tokens=8192, thinks="by_budget", sampling="always")
"""Models of other makers behind this protocol: the older dialect is what their servers know."""

BY_PREFIX: tuple[tuple[str, Traits], ...] = (
    ("claude-fable-5-", FABLE_5_1),
    ("claude-mythos-5-", FABLE_5_1),
    ("claude-fable-5", FABLE_5),
    ("claude-mythos-5", FABLE_5),
    ("claude-opus-5-5", Traits(off="never", forced_tool="never")),
    ("claude-sonnet-5-5", Traits(off="between_tools", forced_tool="never")),
    ("claude-opus-4-6", CLAUDE_4_6),
    ("claude-sonnet-4-6", CLAUDE_4_6),
    ("claude-opus-4-7", Traits()),
    ("claude-opus-4-8", Traits()),
    ("claude-opus-4", BUDGET),
    ("claude-sonnet-4", BUDGET),
    ("claude-haiku-4", BUDGET),
    ("claude-3-7-", BUDGET),
    ("claude-3-5-", Traits(max_tokens=8192, thinks="never", sampling="always")),
    ("claude-3-", SILENT),
    ("claude-2", SILENT),
    ("claude-instant", SILENT),
    ("claude-", Traits()),
    ("", OTHERS),
)
"""The first prefix that fits speaks; a Claude that is not named here counts as a new one."""

DATED = re.compile(r"-20\d{6}(?=$|[-@:])|@20\d{6}|-v\d+(?::\d+)?$")
"""A date, and Bedrock's version, in a model's name."""


def traits(model: str) -> Traits:
    """Return what is known of a model, however its seller spells the name."""
    name = DATED.sub("", model.lower().rpartition("/")[2]).replace(".", "-")
    name = name[max(name.find("claude-"), 0) :]
    return next(found for prefix, found in BY_PREFIX if name.startswith(prefix))
