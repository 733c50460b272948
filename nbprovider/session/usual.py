"""What a chat is asked with where a question says nothing else: its options and its tools."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from nbprovider.credentials import redact
from nbprovider.errors import UsageError

if TYPE_CHECKING:
    from nbprovider.session.question import Words

OPTIONS = (
    *("temperature", "top_p", "top_k", "max_tokens", "stop", "effort", "seed", "cache"),
    *("tool_choice", "approve", "max_steps", "window", "whole", "extra"),
)
"""The words of a question that a chat may have of its own."""


def words(options: Mapping[str, Any], tools: Sequence[Any], given: Words) -> Words:
    """Return a question's words, with a chat's options and tools where they say nothing.

    A tool that is a name is looked for in the notebook. Raises UsageError where it is not there,
    and for what is no option of a chat.
    """
    if unknown := [name for name in options if name not in OPTIONS]:
        raise UsageError(
            f"A chat has no option {unknown[0]!r} of its own.",
            hint=f"It has: {', '.join(OPTIONS)}.",
        )
    own: dict[str, Any] = {**options}
    if tools and "tools" not in given:
        own["tools"] = [_found(tool) if isinstance(tool, str) else tool for tool in tools]
    return {**own, **given}  # type: ignore[typeddict-item]


def names(tools: Iterable[Any]) -> tuple[str, ...]:
    """Return the names by which a chat's tools are kept; what has none is not kept."""
    told = (tool if isinstance(tool, str) else _name(tool) for tool in tools)
    return tuple(filter(None, told))


def written(options: Mapping[str, Any]) -> str:
    """Return options as JSON without what looks like a key; where that ends its sense, none."""
    text = msgspec.json.encode(options, enc_hook=str).decode()
    clean = redact(text)
    return clean if clean == text or read(clean) else "{}"


def read(text: str) -> dict[str, Any]:
    """Return the options that were kept; of what is damaged, or of a later nbprovider, none."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
    return {name: value for name, value in found.items() if name in OPTIONS}


def told(options: Mapping[str, Any], tools: Iterable[Any]) -> str:
    """Return options and tools in one line, "" for none."""
    pairs = [f"{name}={value}" for name, value in options.items()]
    called = ", ".join(names(tools))
    return redact(" · ".join([*pairs, *([f"tools: {called}"] if called else [])]))


def _name(tool: Any) -> str:
    return str(getattr(tool, "__name__", "") or getattr(tool, "name", ""))


def _found(name: str) -> Any:
    """Return the tool of this name in the notebook."""
    notebook = sys.modules["__main__"]
    if not hasattr(notebook, name):
        raise UsageError(
            f"The chat goes on with the tool {name!r}, which is not in this notebook.",
            hint="Define it first, or give the chat other --tools with --keep.",
        )
    return getattr(notebook, name)
