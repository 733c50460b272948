"""The protocols that a provider file may name."""

from __future__ import annotations

GROUP = "nbprovider.protocols"
"""The entry points of packages that bring a protocol."""

OWN = frozenset(
    {
        "anthropic",
        "bedrock",
        "cli_claude",
        "cli_codex",
        "cli_gemini",
        "cohere",
        "gemini",
        "json_proxy",
        "mistral",
        "ollama",
        "openai_chat",
        "openai_responses",
    }
)


def is_spoken(name: str) -> bool:
    """Say whether there is a protocol of this name, ours or an installed package's."""
    from importlib.metadata import entry_points

    return name in OWN or bool(entry_points(group=GROUP, name=name))
