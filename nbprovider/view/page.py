"""A page of HTML that a model wrote, shut up in a frame: it runs nothing and loads nothing."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from html.parser import HTMLParser

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " media-src data:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: nothing but what it holds itself."""

_HEAD = (
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta charset="utf-8">'
    "<style>html{background:#fff;color:#111;font-family:system-ui,sans-serif}</style>"
)
_STYLE = (
    "width:100%;height:420px;resize:vertical;background:#fff;"
    "border:1px solid #888;border-radius:3px;box-sizing:border-box"
)
_TAG = re.compile(r"<[a-zA-Z!][^<>]*>")
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "pre",
        "br",
        "li",
        "tr",
        "table",
        "section",
        "article",
        "header",
        "footer",
        "ul",
        "ol",
    }
    | {f"h{level}" for level in range(1, 7)}
)


def framed(source: str) -> str:
    """Return HTML for a notebook that shows a page in a frame, its source below.

    No script runs there, no form is sent, nothing is loaded from elsewhere: data that the question
    had cannot be carried out by the page. Where a notebook is not trusted the frame is left out by
    the front end, and the source can still be read.
    """
    inside = source if _TAG.search(source) else f"<pre>{html.escape(source)}</pre>"
    frame = (
        f'<iframe sandbox="" referrerpolicy="no-referrer" title="A page that the model wrote"'
        f' style="{_STYLE}" srcdoc="{html.escape(_HEAD + inside)}"></iframe>'
    )
    shown = f"<pre>{html.escape(source)}</pre>"
    return f"{frame}\n<details><summary>HTML source</summary>{shown}</details>"


def words(source: str) -> str:
    """Return the words of a page, for whoever does not see it."""
    reader = _Words()
    with suppress(AssertionError):  # what the parser raises at a declaration that is none
        reader.feed(source)
        reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.told).splitlines())
    return "\n".join(filter(None, lines)) or source


class _Words(HTMLParser):
    """Collect what a page says; what is not to be read is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self._silent = self._written = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._written += tag == "pre"
        if tag in _BLOCKS:
            self.told.append("\n")
        elif tag in {"td", "th"}:
            self.told.append("  ")
        elif tag in {"img", "svg"}:
            named = dict(attrs)
            self.told.append(f"[{named.get('alt') or named.get('aria-label') or 'picture'}] ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._written = max(0, self._written - (tag == "pre"))
        if tag in _BLOCKS:
            self.told.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.told.append(data if self._written else re.sub(r"\s+", " ", data))
