"""What the beginning of a key tells about whose it is."""

from __future__ import annotations

from nbprovider import catalog
from nbprovider.catalog import Provider

ANYBODYS = frozenset({"eyJ"})
"""Beginnings that say nothing: a JSON web token is made by many."""

SHARED = frozenset({"sk-"})
"""Beginnings that many vendors took over: no sign of another's key where a provider claims none."""

OWN_RULES = frozenset({"custom", "local", "embedded"})
"""Kinds of provider whose keys their owner makes up."""


def prefix_trouble(provider: Provider, key: str) -> str:
    """Return, in a sentence without the key, that it looks like another provider's; "" if not.

    The longest beginning that any provider's file claims decides. It is a warning and no more:
    vendors change their shapes.
    """
    begins = _longest(key)
    owners = _owners(begins) if begins else []
    if provider.kind in OWN_RULES or not owners or provider.key in {one.key for one in owners}:
        return ""
    if begins in SHARED and not provider.key_prefix:
        return ""
    own = f"; those of {provider.name} with {_either(provider.key_prefix)}"
    return (
        f"The key begins with `{begins}`, as keys of {_names(owners)} do"
        f"{own if provider.key_prefix else ''}."
    )


def _longest(key: str) -> str:
    claimed = {start for provider in catalog.load().values() for start in provider.key_prefix}
    return max((c for c in claimed - ANYBODYS if key.startswith(c)), key=len, default="")


def _owners(begins: str) -> list[Provider]:
    return [provider for provider in catalog.load().values() if begins in provider.key_prefix]


def _names(owners: list[Provider]) -> str:
    *others, last = [owner.name for owner in owners]
    return f"{', '.join(others)} or {last}" if others else last


def _either(beginnings: tuple[str, ...]) -> str:
    return " or ".join(f"`{beginning}`" for beginning in beginnings)
