"""A tool that a model asked for, and what it gave: a line, and all that the line leaves out.

Whoever reads sees the line; what is long is folded away until it is wanted.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.credentials.redaction import without_known
from nbprovider.types import Text, ToolCall, ToolResult
from nbprovider.types.parts import Given
from nbprovider.view.formats import fenced

T = TypeVar("T")

BRIEF = 80
"""Characters of arguments that the line shows."""

LINE = 80
"""Characters that the line has, so that it is one: what the arguments leave is the result's."""

WIDE = 90
"""Characters of JSON that stand in one line."""

MOST = 5_000
"""Characters of a result that are shown at all; the model is told more."""


class ToolRun(Struct, frozen=True):
    """A call of a tool, and its result, None while it runs."""

    call: ToolCall
    result: ToolResult | None = None

    @property
    def asked(self) -> str:
        """The call as Python writes it, in one line, shortened."""
        return f"{self.call.name}({shortened(arguments(self.call))})"

    @property
    def gave(self) -> str:
        """What it gave, in one line, shortened; "…" while it runs."""
        if self.result is None:
            return "…"
        told = shortened(" ".join(self.result.text.split()), self._room)
        media = [f"[{medium.kind}]" for medium in self.result.media]
        return " ".join(filter(None, [told, *media]))

    @property
    def _room(self) -> int:
        """How many characters of the result the line has room for; errors have another line."""
        room = max(BRIEF // 2, LINE - len(self.asked))
        return room + LINE if self.result and self.result.error else room

    @property
    def mark(self) -> str:
        """What stands before the line: whether it went well."""
        return "⚠" if self.result is not None and self.result.error else "🔧"

    @property
    def line(self) -> str:
        """The call and what it gave, in one line."""
        return f"{self.mark} {self.asked} → {self.gave}"

    @property
    def more(self) -> str:
        """What the line leaves out, as markdown: arguments and words in full; "" for nothing."""
        asked, gave = arguments(self.call), self.result.text if self.result else ""
        blocks = [fenced(_pretty(self.call.arguments), "json")] if len(asked) > BRIEF else []
        if len(gave) > self._room or "\n" in gave.strip():
            blocks.append(_told(gave))
        return "\n\n".join(blocks)


def begun(shown: list[T], call: ToolCall) -> list[T | ToolRun]:
    """Return what is shown with a tool running where it was asked for."""
    return _replaced(shown, lambda item: item == call, lambda _: ToolRun(call))


def ended(shown: list[T], result: ToolResult) -> list[T | ToolRun]:
    """Return what is shown with a tool's result at the call that it belongs to."""

    def is_meant(item: object) -> bool:
        of = item.call if isinstance(item, ToolRun) and item.result is None else None
        return of is not None and (of.id, of.name) == (result.id, result.name)

    clean = tuple(_clean(part) for part in result.parts)
    return _replaced(
        shown, is_meant, lambda run: replace(run, result=replace(result, content=clean))
    )


def _clean(part: Given) -> Given:
    return replace(part, text=without_known(part.text)) if isinstance(part, Text) else part


def stopped(shown: list[T]) -> list[T | ToolRun]:
    """Return what is shown with nothing running any more."""
    return [_stopped(item) if isinstance(item, ToolRun) else item for item in shown]


def _stopped(run: ToolRun) -> ToolRun:
    if run.result is not None:
        return run
    return ToolRun(run.call, ToolResult(run.call.id, run.call.name, "stopped", error=True))


def _replaced(
    shown: list[T], is_meant: Callable[[object], bool], become: Callable[[Any], ToolRun]
) -> list[T | ToolRun]:
    """Return a copy with the first item that is meant replaced."""
    place = next((place for place, item in enumerate(shown) if is_meant(item)), None)
    if place is None:
        return list(shown)
    return [*shown[:place], become(shown[place]), *shown[place + 1 :]]


def arguments(call: ToolCall) -> str:
    """Return a call's arguments as Python writes them; while they still come, as they are."""
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return without_known(" ".join(call.arguments.split()))
    pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())
    return without_known(", ".join(pairs))


def in_lines(call: ToolCall) -> str:
    """Return a call's arguments as they come, with the line breaks of texts in them as such."""
    return without_known(call.arguments).replace("\\n", "\n")


def shortened(words: str, most: int = BRIEF) -> str:
    """Return words that fit on the line."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def code(words: str) -> str:
    """Return words as code within a line of markdown."""
    longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{ticks}{space}{words}{space}{ticks}"


def summary(run: ToolRun) -> str:
    """Return the line as HTML, in which nothing of it is markup; a dollar begins no formula."""
    asked, gave = map(_literal, (run.asked, run.gave))
    return f"{run.mark} <code>{asked}</code> → {gave}"


def _literal(words: str) -> str:
    return html.escape(words, quote=False).replace("$", "&#36;")


def _pretty(text: str) -> str:
    try:
        return without_known(_written(json.loads(text)))
    except (ValueError, RecursionError):
        return without_known(text)


def _written(value: Any, indent: str = "") -> str:
    """Return JSON over as many lines as it needs: what fits in one stays in one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDE or not isinstance(value, dict | list):
        return line
    deeper = f"{indent}  "
    if isinstance(value, list):
        inside, ends = [_written(one, deeper) for one in value], "[]"
    else:
        pairs = ((json.dumps(k, ensure_ascii=False), v) for k, v in value.items())
        inside, ends = [f"{name}: {_written(v, deeper)}" for name, v in pairs], "{}"
    lines = f",\n{deeper}".join(inside)
    return f"{ends[0]}\n{deeper}{lines}\n{indent}{ends[1]}"


def _told(words: str) -> str:
    """Return a result as a block of code, JSON with its lines."""
    name = "json" if words.startswith(("{", "[")) and _pretty(words) != words else ""
    words = _pretty(words) if name else words
    if len(words) <= MOST:
        return fenced(words, name)
    return f"{fenced(words[:MOST], name)}\n\n… and {len(words) - MOST:,} characters more"
