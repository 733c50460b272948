"""What Converse leaves to the models: fields that each maker's models take in their own words.

Sources: AWS's pages on inference parameters by model, and Anthropic's rules (`anthropic_models`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.protocols.anthropic_models import traits
from nbprovider.protocols.anthropic_request import check_force, check_sampling
from nbprovider.protocols.anthropic_thinking import thinking
from nbprovider.types import Call, Effort

Wire = dict[str, Any]

LEVELS: dict[Effort, str] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
"""Our efforts → the three levels of Amazon's and OpenAI's models."""


def is_claude(model: str) -> bool:
    """Say whether an id, of whatever region or profile, is a Claude's."""
    return "claude" in model.lower()


def check(call: Call) -> None:
    """Raise UsageError for what the model answers with a 400."""
    if is_claude(call.model):
        known = traits(call.model)
        check_sampling(call, known)
        if call.tool_choice not in {"auto", "none"}:
            check_force(call, known)


def top_k(model: str, value: int) -> Wire:
    """Return the fields that mean top_k to a model; raises UsageError where none does."""
    for name, fields in TOP_K:
        if name in model.lower():
            return fields(value)
    raise UsageError(f"{model} on Bedrock takes no top_k.", hint="Leave it out, or use top_p.")


def effort(call: Call, wanted: Effort) -> Wire:
    """Return the sections of a request that make a model think as hard as asked.

    Raises UsageError for a model that cannot be told, or cannot think.
    """
    model = call.model.lower()
    for name, sections in EFFORT:
        if name in model:
            return sections(call, wanted)
    if wanted == "none":
        return {}
    raise UsageError(
        f"{call.model} on Bedrock takes no effort.", hint="Leave it out, or choose another model."
    )


def _claude(call: Call, wanted: Effort) -> Wire:
    """Return Anthropic's own fields in Converse's places; its level of effort has one there."""
    fields = thinking(call.model, wanted, call.options.max_tokens)
    level = fields.pop("output_config", {})
    longest = fields.pop("max_tokens", None)
    sections = {
        "inferenceConfig": {"maxTokens": longest} if longest else {},
        "outputConfig": level,
        "additionalModelRequestFields": fields,
    }
    return {name: section for name, section in sections.items() if section}


def _nova(call: Call, wanted: Effort) -> Wire:
    if "nova-2" not in call.model.lower():
        if wanted == "none":
            return {}
        raise UsageError(f"{call.model} does not think.", hint="Use one of the Nova 2 models.")
    if wanted == "none":
        return _more({"reasoningConfig": {"type": "disabled"}})
    config = {"type": "enabled", "maxReasoningEffort": LEVELS[wanted]}
    return _more({"reasoningConfig": config})


def _gpt_oss(call: Call, wanted: Effort) -> Wire:
    if wanted == "none":
        raise UsageError(f"{call.model} always thinks.", hint="Use the effort 'low'.")
    return _more({"reasoning_effort": LEVELS[wanted]})


def _more(fields: Wire) -> Wire:
    return {"additionalModelRequestFields": fields}


EFFORT: tuple[tuple[str, Callable[[Call, Effort], Wire]], ...] = (
    ("claude", _claude),
    ("amazon.nova", _nova),
    ("gpt-oss", _gpt_oss),
)

TOP_K: tuple[tuple[str, Callable[[int], Wire]], ...] = (
    ("claude", lambda k: {"top_k": k}),
    ("amazon.nova", lambda k: {"inferenceConfig": {"topK": k}}),
    ("mistral.", lambda k: {"top_k": k}),
    ("cohere.", lambda k: {"k": k}),
)
"""A part of a model's id → its fields for top_k."""
