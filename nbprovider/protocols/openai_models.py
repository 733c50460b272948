"""Which of OpenAI's models reason, by name, and what they then refuse.

The rules are those of OpenAI's API in late 2026, as pydantic-ai's authors verified them. While a
model reasons, it is refused a temperature and top_p.
"""

from __future__ import annotations

import re
from typing import Literal

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.types import Call

Reasons = Literal["always", "by_default", "when_asked"]

RULES: tuple[tuple[str, Reasons], ...] = (
    (r"gpt-6-astra|gpt-6\.1-sol", "always"),
    (r"gpt-6\.1-terra|gpt-6-sol|gpt-6-luna|gpt-5\.6", "by_default"),
    (r"gpt-5\.[245]-pro", "always"),
    (r"gpt-5(\.\d)?-chat-latest", "always"),
    (r"gpt-5\.5", "by_default"),
    (r"gpt-5\.[1-4]", "when_asked"),
    (r"gpt-5(-|$)|o[134](-|$)", "always"),
)
"""Beginning of a model's name → when it reasons; the first match holds, others do not reason."""

SELLERS = frozenset({"openai", "azure"})
"""Who keeps the rules: gateways leave out what a model does not take."""

SAMPLING = ("temperature", "top_p")


def check(call: Call, provider: Provider) -> None:
    """Raise UsageError for what the model answers with a 400: sampling while it reasons."""
    model = (call.model or "").lower()  # a deployment of Azure may be named by its address alone
    when = next((rule for name, rule in RULES if re.match(name, model)), None)
    if provider.key not in SELLERS or when is None:
        return
    options = call.options
    if when == "always" and options.effort == "none":
        raise UsageError(
            f"{call.model} always reasons: its effort cannot be 'none'.",
            hint="Use the effort 'low', or another model.",
        )
    reasons = when != "when_asked" if options.effort is None else options.effort != "none"
    # The usual value of each is 1, and taken.
    given = [name for name in SAMPLING if getattr(options, name) not in (None, 1)]
    if reasons and given:
        named = " and ".join(given)
        raise UsageError(
            f"{call.model} cannot take {named} while it reasons.", hint=_way_out(named, when)
        )


def check_chat(call: Call, endpoint: Endpoint) -> None:
    """Raise UsageError as `check` does, where it is OpenAI or Azure that is asked.

    A gateway behind OpenAI's name has rules of its own. Chat Completions refuse the effort "max".
    """
    provider = endpoint.provider
    if provider.key not in SELLERS or (
        provider.key == "openai" and endpoint.base_url != provider.base_url
    ):
        return
    check(call, provider)
    if call.options.effort == "max":
        raise UsageError(
            f"{provider.name}'s Chat Completions cannot take the effort 'max'.",
            hint="Use 'xhigh', or an account that speaks openai_responses.",
        )


def _way_out(named: str, when: Reasons) -> str:
    if when == "always":
        return f"Leave out {named}, or choose another model."
    return f"Leave out {named}, or give the effort 'none'."
