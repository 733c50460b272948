"""The forms an answer can be asked for in: how to ask, how to show, what to bind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from nbprovider.errors import BadAnswer
from nbprovider.view import drawn, formula, page

_FENCED = re.compile(
    r"^[ \t]*(```+|~~~+)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE
)


class Format(Struct, frozen=True):
    """One form of answer.

    - `instruction`: what the model is told, "" for nothing
    - `value`: the words → what `-o` binds, None for the answer itself; may raise BadAnswer
    - `markdown`: the words → how a notebook shows them, None for as plain text
    - `plain`: the words → how they are shown without markdown
    - `json`: whether the provider's own way to promise JSON will do, where it has one
    - `html`: the words → how a notebook shows them, where markdown cannot
    - `parts`: the parts of the answer → what `-o` binds, of a form that is no words
    - `below`: whether the value goes into a new cell below, when no variable is named
    - `grows`: the language in which words that begin with one of `begins` are shown as they come
    """

    instruction: str
    value: Callable[[str], Any] | None
    markdown: Callable[[str], str] | None
    plain: Callable[[str], str] = str
    json: bool = False
    html: Callable[[str], str] | None = None
    parts: Callable[[Iterable[Any]], Any] | None = None
    below: bool = False
    grows: str = ""
    begins: str = ""

    def growing(self, text: str) -> str:
        """Return a growing text as it is best seen: source as source, not as markdown."""
        begun = self.grows and text.lstrip().startswith(tuple(self.begins))
        return f"```{self.grows}\n{text}" if begun else text


def unfenced(text: str) -> str:
    """Return what stands in the first code fence, the whole text when there is none.

    A fence that was never closed, as in an answer that was cut off, counts to its end.
    """
    if found := _FENCED.search(text):
        return found.group(3).rstrip("\n")
    opened = re.search(r"^[ \t]*(?:```+|~~~+)[^\n]*\n", text, re.MULTILINE)
    return (text[opened.end() :] if opened else text).strip()


def language(text: str) -> str:
    """Return the language that the first code fence names, "" when none does."""
    found = _FENCED.search(text)
    return found.group(2) if found else ""


def fenced(text: str, name: str) -> str:
    """Return the text in a fence that none of its own fences can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{name}\n{text}\n{ticks}"


def parsed(text: str) -> Any:
    """Return the JSON value that the text holds, fenced or not.

    Raises BadAnswer, which keeps the text, when there is none.
    """
    try:
        return json.loads(unfenced(text))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(
            f"The answer is not JSON: {error}.",
            hint="It is kept: `%provider last` shows it. Ask again, or use another model.",
            text=text,
        ) from None


def _pretty(text: str) -> str:
    try:
        return json.dumps(parsed(text), indent=2, ensure_ascii=False)
    except BadAnswer:
        return unfenced(text)


def _latex(text: str) -> str:
    return formula.latex(unfenced(text))


FORMATS: dict[str, Format] = {
    "markdown": Format("", None, lambda text: text),
    "text": Format("Answer in plain text without any markup.", None, None),
    "code": Format(
        "Answer with one fenced code block and nothing else.",
        unfenced,
        lambda text: fenced(unfenced(text), language(text) or "python"),
        unfenced,
        below=True,
    ),
    "json": Format(
        "Answer with one JSON value and nothing else: no explanation, no code fence.",
        parsed,
        lambda text: fenced(_pretty(text), "json"),
        _pretty,
        json=True,
        grows="json",
        begins="{[",
    ),
    "html": Format(
        "Answer with one page of HTML in a fenced code block and nothing else. Write all styles and"
        " pictures (SVG) into the page; it has a white background, and can neither run scripts nor"
        " load anything.",
        unfenced,
        lambda text: fenced(unfenced(text), "html"),
        lambda text: page.words(unfenced(text)),
        html=lambda text: page.framed(unfenced(text)),
        grows="html",
        begins="<",
    ),
    "math": Format(
        "Answer with one formula in LaTeX and nothing else: no words, no dollar signs, no code"
        " fence. Several lines are one aligned environment.",
        _latex,
        lambda text: formula.shown(_latex(text)),
        _latex,
        grows="latex",
        begins="\\",
    ),
    "image": Format("", None, str, parts=drawn.drawn),
}
"""The forms by the names that `-f` takes."""
