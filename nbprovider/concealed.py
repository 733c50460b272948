"""Where every text of an error passes before it is kept; who knows the secrets says how."""

from __future__ import annotations

from collections.abc import Callable

_ways: list[Callable[[str], str]] = []


def conceal_by(way: Callable[[str], str]) -> None:
    """Have `way` take secrets out of whatever `concealed` is given from now on."""
    _ways[:] = [way]


def concealed(text: str) -> str:
    """Return the text without secrets; as it is while nobody has said how."""
    for way in _ways:
        text = way(text)
    return text
