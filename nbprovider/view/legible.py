"""Make a model's markdown read well in a notebook, where a dollar sign begins a formula."""

from __future__ import annotations

import re

_PIECES = re.compile(
    r"""
    (?P<code>   ^[ \t]*(?P<fence>```+|~~~+)[^\n]*(?:\n.*?(?:^[ \t]*(?P=fence)[ \t]*$|\Z)|\Z)
              | (?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`) )
  | (?P<formula> \$\$(?:(?!\$\$|\n[ \t]*\n).)+\$\$
              | (?<!\\)\$(?![\s$])(?:(?!\n[ \t]*\n)[^$])*?(?<![\s\\])\$(?!\d) )
  | \\\[(?P<block>(?:(?!\\\]|\n[ \t]*\n).)+)\\\]
  | \\\((?P<inline>(?:(?!\\\)|\n[ \t]*\n).)+)\\\)
  | (?P<dollar> \\?\$ )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

DOLLAR = "<span>&#36;</span>"
"""JupyterLab pairs dollar signs before and after it reads the markdown; neither sees this one."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def legible(text: str) -> str:
    r"""Return the markdown with formulas and prices told apart.

    Formulas between `\(` and `\)`, `\[` and `\]` get the dollar signs that notebooks understand;
    a dollar sign that begins no formula stays one. Code is left as it is.
    """
    if "$" not in text and "\\" not in text:
        return text
    lonely = text.count("$") == 1
    return _PIECES.sub(lambda found: found[0] if lonely and found["dollar"] else _told(found), text)


def _told(found: re.Match[str]) -> str:
    if found["block"]:
        return f"$${found['block']}$$"
    if found["inline"]:
        return f"${found['inline'].strip()}$"
    return DOLLAR if found["dollar"] else found[0]


def escaped(words: str) -> str:
    """Return words so that markdown shows them as they stand."""
    return priced(_SPECIAL.sub(r"\\\1", words))


def priced(words: str) -> str:
    """Return words, which hold no formula, with dollar signs that begin none."""
    return words.replace("$", DOLLAR if words.count("$") > 1 else "\\$")
