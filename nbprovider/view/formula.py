"""A formula: LaTeX out of an answer, and how a notebook shows it."""

from __future__ import annotations

import re

_DELIMITED = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<block>.+?)\\\]|\\\((?P<inline>.+?)\\\)"
    r"|(?<!\\)\$(?P<dollar>[^$]+?)(?<!\\)\$",
    re.DOTALL,
)
_OUTER = re.compile(r"\\(begin|end)\{(align|gather|eqnarray|equation|displaymath|math)\*?\}")
_INNER = {"align": "aligned", "eqnarray": "aligned", "gather": "gathered"}
_BLANK = re.compile(r"\n\s*\n")


def latex(text: str) -> str:
    """Return the LaTeX of a formula, without what marks it as one.

    Of several formulas among words the first one counts.
    """
    inside = text
    if found := _DELIMITED.search(text):
        inside = next(filter(None, found.groups()))
    return _BLANK.sub("\n", _OUTER.sub(_environment, inside)).strip()


def _environment(found: re.Match[str]) -> str:
    """Return an environment that stands on its own as the one that stands in a formula."""
    inner = _INNER.get(found[2])
    return rf"\{found[1]}{{{inner}}}" if inner else ""


def shown(formula: str) -> str:
    """Return markdown that shows a formula."""
    return f"$$\n{formula}\n$$"
