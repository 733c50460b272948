"""Write a tree of plain values as TOML that people read: words have their real line breaks."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 100

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that no literal string may hold; TOML's readers change a lone \\r as well."""


def written(table: Mapping[str, Any]) -> str:
    """Return a table as TOML: plain values first, then the tables in it, in their order."""
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, value in table.items():
        if not _nested(value):
            yield f"{key(name)} = {_value(value)}"
    for name, value in table.items():
        below = f"{path}.{key(name)}" if path else key(name)
        if not _nested(value):
            continue
        if isinstance(value, Mapping):
            yield from ("", f"[{below}]")
            yield from _lines(value, below)
            continue
        for one in value:
            yield from ("", f"[[{below}]]")
            yield from _lines(one, below)


def _nested(value: Any) -> bool:
    """Say whether a value takes a header of its own: a table of tables, a list of tables."""
    if isinstance(value, Mapping):
        return any(_nested(one) for one in value.values())
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def key(name: str) -> str:
    """Return a key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _quoted(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key(name)} = {one(value[name])}" for name in value)
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return _list(value)
    return one(value)


def one(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(one, value))}]"
    if isinstance(value, Mapping):
        return _value(value)
    return repr(value)


def _list(values: list[Any] | tuple[Any, ...]) -> str:
    line = one(values)
    if len(line) < WIDTH:
        return line
    if isinstance(values[0], int):
        inside = textwrap.fill(line[1:-1], WIDTH, initial_indent="  ", subsequent_indent="  ")
        return f"[\n{inside}\n]"
    return "[\n" + "".join(f"  {one(value)},\n" for value in values) + "]"


def _quoted(text: str) -> str:
    """Return a text on one line; JSON's escapes are TOML's, but for DEL and halves of letters."""
    clean = text.encode("utf-8", "replace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    if "\n" not in text and "\\" not in text:
        return _quoted(text)
    if "'''" in text or text.endswith("'") or _ODD.search(text):
        lines = "\n".join(_quoted(line)[1:-1] for line in text.split("\n"))
        return f'"""\n{lines}"""'
    if "\n" not in text and "'" not in text:
        return f"'{text}'"
    return f"'''\n{text}'''"
