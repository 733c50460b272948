"""Our effort in Anthropic's words."""

from __future__ import annotations

from typing import Any

from nbprovider.errors import UsageError
from nbprovider.protocols.anthropic_models import Traits, traits
from nbprovider.types import Effort

LEAST_BUDGET = 1024
"""Tokens of thinking that Anthropic takes at least; the answer must have more beside them."""

BUDGETS: dict[Effort, int] = {
    "minimal": LEAST_BUDGET,
    "low": 2048,
    "medium": 8192,
    "high": 16_384,
    "xhigh": 24_576,
    "max": 32_000,
}
"""Tokens of thinking by effort, for models that want a number; ours."""


def thinking(model: str, effort: Effort, max_tokens: int | None) -> dict[str, Any]:
    """Return the fields that make a model think as hard as `effort` says.

    Raises UsageError when the model cannot, or when `max_tokens` leaves no room for it.
    """
    known = traits(model)
    if effort == "none":
        return _off(model, known)
    if known.thinks == "never":
        raise UsageError(
            f"{model} does not think, so it takes no effort.",
            hint="Leave out the effort, or choose a newer model.",
        )
    if known.thinks == "by_budget":
        return _budget(model, effort, max_tokens, known)
    return _adaptive(model, effort, known)


def _off(model: str, known: Traits) -> dict[str, Any]:
    if known.thinks == "never":
        return {}
    if known.off == "never":
        raise UsageError(
            f"{model} always thinks: its effort cannot be 'none'.",
            hint="Use the effort 'low', or another model.",
        )
    return {"thinking": {"type": known.off}}


def _adaptive(model: str, effort: Effort, known: Traits) -> dict[str, Any]:
    """Return the effort as a level; the least that there is stands for "minimal"."""
    level = "low" if effort == "minimal" else effort
    if level not in known.levels:
        raise UsageError(
            f"{model} does not know the effort {effort!r}.",
            hint=f"It knows {', '.join(known.levels)}.",
        )
    # Without `display` the newer models think in silence.
    asked = {"type": "adaptive", "display": "summarized"}
    return {"thinking": asked, "output_config": {"effort": level}}


def _budget(model: str, effort: Effort, max_tokens: int | None, known: Traits) -> dict[str, Any]:
    """Return the effort as a budget, which is a part of `max_tokens`: at most half of it."""
    if max_tokens is None:
        budget = BUDGETS[effort]
        length = {"max_tokens": known.max_tokens + budget}
    else:
        budget = min(BUDGETS[effort], max_tokens // 2)
        length = {}
    if budget < LEAST_BUDGET:
        raise UsageError(
            f"max_tokens {max_tokens} leaves {model} no room to think.",
            hint=f"Give max_tokens {2 * LEAST_BUDGET} or more, or leave out the effort.",
        )
    return {**length, "thinking": {"type": "enabled", "budget_tokens": budget}}
