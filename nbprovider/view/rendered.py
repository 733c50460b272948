"""A model's words as HTML, where markdown cannot be: side by side.

Nothing of it is the model's own HTML: that is shown as it stands. No picture is loaded from an
address, which would tell its owner that, and what, somebody reads.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from nbprovider.types import Citation, Media, Text, Thinking, ToolCall
from nbprovider.view.blocks import closed
from nbprovider.view.legible import DOLLAR, legible
from nbprovider.view.tool_run import ToolRun
from nbprovider.view.view import Seam, Shown

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_HELD = "\ue000{}\ue001"
_PLACE = re.compile("\ue000(\\d+)\ue001")
_KEPT = re.compile(
    r"(?P<code>^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)|(?P<ticks>`+)[^`]+(?P=ticks))"
    rf"|(?P<formula>\$\$.+?\$\$|(?<!\\)\$[^$\n]+\$)|(?P<dollar>{re.escape(DOLLAR)})",
    re.DOTALL | re.MULTILINE,
)


def written(words: str) -> str:
    """Return words as HTML that shows them as they stand: a dollar sign begins no formula."""
    return html.escape(words).replace("$", DOLLAR)


def verbatim(text: str) -> str:
    """Return a text as HTML that keeps its spaces and its lines."""
    return f'<div style="white-space: pre-wrap">{written(text)}</div>'


def rendered(shown: Iterable[Shown]) -> str:
    """Return HTML for what is shown; reasoning is folded away, no fence is left open."""
    return "\n".join(filter(None, map(_block, shown)))


def _block(item: Shown) -> str:
    match item:
        case Text(text=text):
            return _markdown(text)
        case Thinking(text=text) if text.strip():
            return _folded(f"Thinking ({len(text.split())} words)", verbatim(text))
        case ToolCall():
            return _code(ToolRun(item).asked)
        case ToolRun():
            return _folded(item.line, _markdown(item.more)) if item.more else _code(item.line)
        case Media():
            return _media(item)
        case Citation(source=source, title=title) if source.startswith(("https://", "http://")):
            shown = written(title or source)
            return f'<p>↗ <a href="{html.escape(source)}">{shown}</a></p>'
        case Seam(text=text):
            return f"<p>⚠ {written(text)}</p>"
        case _:
            return ""


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{written(summary)}</summary>{inside}</details>"


def _code(words: str) -> str:
    return f"<p><code>{written(words)}</code></p>"


def _media(media: Media) -> str:
    if media.kind != "image" or media.data is None:
        return f"<p><em>[{media.kind}: {html.escape(media.mime)}]</em></p>"
    data = base64.b64encode(media.data).decode()
    source = f"data:{html.escape(media.mime)};base64,{data}"
    return f'<p><img alt="an image from the model" style="max-width: 100%" src="{source}"></p>'


def _markdown(text: str) -> str:
    """Return markdown as HTML; formulas pass as they are, for whoever sets them."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        held.append(DOLLAR if found["dollar"] else html.escape(found[0]))
        return _HELD.format(len(held) - 1)

    plain = text.translate({0xE000: None, 0xE001: None})
    made = str(_parser().render(_KEPT.sub(hold, closed(legible(plain)))))
    return _PLACE.sub(lambda found: held[int(found[1])], made)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _picture)
    return parser


def _picture(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    words = html.escape(renderer.renderInlineAsText(token.children, options, env) or "an image")
    return f'<a href="{html.escape(str(token.attrGet("src")))}">🖼 {words}</a>'
