"""What is shown, as the markdown that notebooks understand."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

from nbprovider.types import Citation, Media, Text, Thinking, ToolCall
from nbprovider.view.blocks import closed
from nbprovider.view.legible import escaped, legible
from nbprovider.view.view import Seam, Shown


def markdown(shown: Iterable[Shown]) -> str:
    """Return markdown for a notebook's cell: reasoning is folded away, no fence is left open."""
    return "\n\n".join(filter(None, map(_block, shown)))


def settled(shown: Sequence[Shown]) -> str:
    """Return markdown for what remains of a call: attempts that failed are folded away."""
    seams = [place for place, item in enumerate(shown, 1) if isinstance(item, Seam)]
    if not seams:
        return markdown(shown)
    failed = "1 failed attempt" if len(seams) == 1 else f"{len(seams)} failed attempts"
    earlier = folded(f"⚠ {failed}", markdown(shown[: seams[-1]]))
    return "\n\n".join(filter(None, [earlier, markdown(shown[seams[-1] :])]))


def small(words: str) -> str:
    """Return a discreet line of words, shown as they stand."""
    return f"<small>{escaped(words)}</small>"


def _block(item: Shown) -> str:
    match item:
        case Text(text=text):
            return closed(legible(text))
        case Thinking(text=text) if text.strip():
            return folded(f"Thinking ({len(text.split())} words)", html.escape(text, quote=False))
        case ToolCall(name=name, arguments=arguments):
            return f"🔧 `{name}({arguments})`"
        case Media():
            return _media(item)
        case Citation(source=source, title=title) if source:
            return f"↗ [{escaped(title or source)}]({source})"
        case Seam(text=text):
            return f"> ⚠ {escaped(text)}"
        case _:
            return ""


def _media(media: Media) -> str:
    if media.kind != "image":
        return f"*[{media.kind}: {media.mime}]*"
    if media.data is not None:
        data = base64.b64encode(media.data).decode()
        return f"![an image from the model](data:{media.mime};base64,{data})"
    return f"![an image from the model]({media.url})"


def folded(summary: str, text: str) -> str:
    """Return markdown that is closed until the reader opens it."""
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
