"""How a broken rule is told."""

from __future__ import annotations


def keep(kept: object, rule: str, found: object = "") -> None:
    """Raise AssertionError, naming the rule and what was found, unless it is kept."""
    if not kept:
        raise broken(rule, found)


def broken(rule: str, found: object = "") -> AssertionError:
    """Return the error of a broken rule."""
    told = f"{found}"
    return AssertionError(f"{rule}: {told[:500]}" if told else rule)
