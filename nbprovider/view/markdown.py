"""What is shown, as the markdown that notebooks understand."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from nbprovider.types import Citation, Media, Text, Thinking, ToolCall
from nbprovider.view.blocks import closed
from nbprovider.view.formats import fenced
from nbprovider.view.legible import escaped, legible
from nbprovider.view.tool_run import BRIEF, ToolRun, arguments, code, in_lines, summary
from nbprovider.view.view import Seam, Shown


def markdown(shown: Iterable[Shown]) -> str:
    """Return markdown for a notebook's cell: reasoning is folded away, no fence is left open."""
    return "\n\n".join(filter(None, map(_block, shown)))


def settled(shown: Sequence[Shown]) -> str:
    """Return markdown for what remains of a question: attempts that failed are folded away."""
    return "\n\n".join(filter(None, map(_settled, _calls(shown))))


def _calls(shown: Sequence[Shown]) -> Iterator[Sequence[Shown]]:
    """Yield what each call of a question showed, with the tools that ran after it."""
    start = 0
    for place, (item, following) in enumerate(pairwise(shown), 1):
        if isinstance(item, ToolRun) and not isinstance(following, ToolRun):
            yield shown[start:place]
            start = place
    yield shown[start:]


def _settled(shown: Sequence[Shown]) -> str:
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
        case ToolCall():
            return _asked(item)
        case ToolRun():
            return _run(item)
        case Media():
            return _media(item)
        case Citation(source=source, title=title) if source:
            return f"↗ [{escaped(title or source)}]({source})"
        case Seam(text=text):
            return f"> ⚠ {escaped(text)}"
        case _:
            return ""


def _asked(call: ToolCall) -> str:
    """Return a tool's line; arguments that are long stand below it, as far as they have come."""
    if len(told := arguments(call)) <= BRIEF:
        return f"🔧 {code(f'{call.name}({told})')}"
    return f"🔧 {code(call.name)}\n\n{fenced(in_lines(call), '')}"


def _run(run: ToolRun) -> str:
    """Return a tool's line; what it leaves out is folded away below it, pictures are not."""
    media = [_media(medium) for medium in run.result.media] if run.result else []
    line = folded(summary(run), run.more) if run.more else summary(run)
    return "\n\n".join([line, *media])


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
