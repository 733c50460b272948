"""How hard a Gemini model thinks: our effort in the words of the model's generation."""

from __future__ import annotations

from typing import Any

from nbprovider.errors import UsageError
from nbprovider.types import Effort

Steps = dict[Effort, int | str]

LEVELS: Steps = {
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "XHIGH",
    "max": "XHIGH",
}
"""Gemini 3 and later: a level. They cannot stop thinking, and nothing is above XHIGH."""

PRO: Steps = {
    "minimal": 512,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 32768,
    "max": 32768,
}
"""Gemini 2.5 Pro: a budget of tokens, 128 to 32768. It cannot stop thinking."""

FLASH: Steps = {**PRO, "none": 0, "xhigh": 24576, "max": 24576}
"""Gemini 2.5 Flash and Flash-Lite: a budget of tokens, at most 24576; 0 is no thinking."""

BY_PREFIX: tuple[tuple[str, Steps], ...] = (
    ("gemini-2.5-pro", PRO),
    ("gemini-2.5", FLASH),
    ("gemini-2", {}),
    ("gemini-1", {}),
    ("gemma-2", {}),
    ("gemma-3", {}),
)
"""What models before Gemini 3 take, by the beginning of their names; the first match holds."""


def steps(model: str) -> Steps:
    """Return the efforts that a model takes, and what they are called there."""
    name = model.rsplit("/", 1)[-1]
    return next((taken for prefix, taken in BY_PREFIX if name.startswith(prefix)), LEVELS)


def signs_calls(model: str) -> bool:
    """Say whether the model refuses a function call in its history that bears no signature."""
    return steps(model) is LEVELS


def config(model: str, effort: Effort) -> dict[str, Any]:
    """Return the `thinkingConfig` of an effort; thoughts are asked for wherever there are any.

    Raises UsageError for an effort that the model does not take.
    """
    taken = steps(model)
    if effort not in taken:
        raise UsageError(
            f"The option effort={effort} is not one that {model} takes.",
            hint=f"It takes {', '.join(taken)}." if taken else "Leave effort out: it has none.",
        )
    value = taken[effort]
    field = "thinkingLevel" if isinstance(value, str) else "thinkingBudget"
    return {field: value, "includeThoughts": value != 0}
