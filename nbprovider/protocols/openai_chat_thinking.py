"""Reasoning beside Chat Completions, which has no word for it: each server has its own.

`reasoning_content` (DeepSeek, Moonshot, Z.AI, llama.cpp), `reasoning` (Groq, Cerebras, newer vLLM,
OpenRouter), `reasoning_details` (OpenRouter and other gateways), content parts (Mistral).
"""

from __future__ import annotations

from typing import Any

_WORDS = ("text", "summary")
_JOINED = ("text", "summary", "data")


def thought(delta: dict[str, Any]) -> str:
    """Return the words of reasoning that a delta or a message holds, "" for none.

    The same words often stand in several fields: the first that has any counts.
    """
    told = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(told, str) and told:
        return told
    details = delta.get("reasoning_details")
    return "".join(map(_words, details)) if isinstance(details, list) else ""


def _words(detail: Any) -> str:
    if not isinstance(detail, dict):
        return ""
    return next((v for name in _WORDS if isinstance(v := detail.get(name), str)), "")


class Details:
    """The `reasoning_details` of one reply, joined as their provider wants them back."""

    def __init__(self) -> None:
        self._told: list[tuple[dict[str, Any], dict[str, list[str]]]] = []

    @property
    def all(self) -> list[dict[str, Any]]:
        """The details so far, each with its words joined."""
        return [
            {**detail, **{name: "".join(pieces) for name, pieces in words.items()}}
            for detail, words in self._told
        ]

    def take(self, pieces: Any) -> None:
        """Take in the pieces of one delta: those of one index and type are one detail."""
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict):
                self._add(piece)

    def _add(self, piece: dict[str, Any]) -> None:
        found = next((one for one in self._told if _is_same(one[0], piece)), None)
        if found is None:
            found = (dict(piece), {})
            self._told.append(found)
        detail, words = found
        for name, value in piece.items():
            if name in _JOINED and isinstance(value, str):
                words.setdefault(name, []).append(value)
            elif value is not None:
                detail[name] = value


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one.get("type") != other.get("type") or one.get("index") != other.get("index"):
        return False
    return not (one.get("id") and other.get("id") and one["id"] != other["id"])
