"""A question that a magic makes of the notebook: what is sent is shown first, then asked."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from nbprovider.credentials import redact
from nbprovider.magics import options
from nbprovider.magics.options import Line, parse_leading
from nbprovider.session import current
from nbprovider.session.values import Piece
from nbprovider.types import Text
from nbprovider.view.markdown import folded

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprovider.answer import Answer

TAKEN = {
    *("model", "provider", "temperature", "top_p", "max_tokens", "seed", "effort", "extra"),
    *("max_cost", "over_budget", "dry_run", "show_prompt", "no_fallback", "chat", "out", "debug"),
}
"""Options of `%%chat` that make sense where the magic itself writes the question."""

OPTIONS = tuple(option for option in options.OPTIONS if option.name in TAKEN)


def parsed(line: str) -> tuple[Line, str]:
    """Return the options that a line begins with, and the words after them."""
    return parse_leading(line, OPTIONS)


def ask(shell: InteractiveShell, line: Line, question: list[Piece], what: str) -> Answer | None:
    """Show what is sent, ask it in the chat that the line names; return the answer.

    None where the line only wanted to see the question.
    """
    from nbprovider.magics.chat import ask_parts

    if line.get("dry_run") or line.get("show_prompt"):
        ask_parts(shell, line, question)
        return None
    _show(question, what)
    ask_parts(shell, line, question)
    return current().last


def scrubbed(parts: list[Piece]) -> list[Piece]:
    """Return parts without secrets in their words."""
    return [Text(redact(part.text)) if isinstance(part, Text) else part for part in parts]


def _show(question: list[Piece], what: str) -> None:
    from IPython.display import display

    told = (p.text if isinstance(p, Text) else f"[{p.kind}: {p.mime}]" for p in question)
    words = "".join(told)
    bundle = {
        "text/plain": f"{what}:\n\n{words}\n",
        "text/markdown": folded(html.escape(what), words),
    }
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
