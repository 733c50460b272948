"""What is shown, as plain text: for front ends without markdown, and for search."""

from __future__ import annotations

from collections.abc import Iterable

from nbprovider.types import Citation, Media, Text, ToolCall
from nbprovider.view.tool_run import ToolRun
from nbprovider.view.view import Seam, Shown


def plain(shown: Iterable[Shown]) -> str:
    """Return the words that are shown; reasoning, which is folded away elsewhere, is left out."""
    return "\n\n".join(filter(None, map(_block, shown)))


def _block(item: Shown) -> str:
    match item:
        case Text(text=text):
            return text.strip()
        case ToolCall():
            return ToolRun(item).asked
        case ToolRun():
            return item.line
        case Media(kind=kind, mime=mime):
            return f"[{kind}: {mime}]"
        case Citation(source=source, title=title) if source:
            return f"{title}: {source}" if title else source
        case Seam(text=text):
            return f"⚠ {text}"
        case _:
            return ""
