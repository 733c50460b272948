"""Change one value in a TOML file's text; every comment and every other line stays as it is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from msgspec import Struct

from nbprovider.errors import ConfigError
from nbprovider.tomltext import key, one

Path = tuple[str, ...]


class _Statement(Struct, frozen=True):
    """A header or a pair: its whole path, and the lines from `begin` to before `end`.

    `key` is what stands before the pair's equals sign, "" for a header.
    """

    path: Path
    begin: int
    end: int
    key: str = ""


def edited(text: str, path: Path, value: Any) -> str:
    """Return the text with the value at a path set, or taken away where the value is None.

    Raises ConfigError where the text is written in a way that is better changed by hand.
    """
    wanted = _changed(tomllib.loads(text), path, value)
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    found = list(_statements(lines))
    _edit(lines, found, path, value)
    new = "\n".join(lines).strip("\n") + "\n" if lines else ""
    try:
        got = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        got = {}
    if _full(got) != _full(wanted):
        raise ConfigError(
            f"The place of {'.'.join(path)} in the file is not clear.", hint="Edit it by hand."
        )
    return new


def _full(data: dict[str, Any]) -> dict[str, Any]:
    """Return a tree without tables that hold nothing."""
    below = {k: _full(v) if isinstance(v, dict) else v for k, v in data.items()}
    return {name: value for name, value in below.items() if value != {}}


def _changed(data: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a table with one value set or taken away."""
    whole = deepcopy(data)
    table = whole
    for name in path[:-1]:
        if value is None and name not in table:
            return whole
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            return whole
    if value is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = value
    return whole


def _statements(lines: list[str]) -> Iterator[_Statement]:
    table: Path = ()
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line or line.startswith("#"):
            at += 1
        elif line.startswith("["):
            table = _names(tomllib.loads(line))
            yield _Statement(table, at, at + 1)
            at += 1
        else:
            before = _key(lines[at])
            names = _names(tomllib.loads(f"{before} = 0"))
            end = _end(lines, at)
            yield _Statement((*table, *names), at, end, before)
            at = end


def _names(data: Any) -> Path:
    """Return the only way down a tree; through a list of tables it goes on."""
    names: list[str] = []
    while isinstance(data, dict) and data:
        ((name, data),) = data.items()
        names.append(name)
    return tuple(names)


def _key(line: str) -> str:
    """Return what stands before the equals sign; a quoted key may hold another one."""
    at = line.find("=")
    while at >= 0:
        try:
            tomllib.loads(f"{line[:at]} = 0")
        except tomllib.TOMLDecodeError:
            at = line.find("=", at + 1)
        else:
            break
    return line[:at]


def _end(lines: list[str], begin: int) -> int:
    """Return the line after a pair, whose value may go over several."""
    for end in range(begin + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[begin:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return len(lines)


def _edit(lines: list[str], found: list[_Statement], path: Path, value: Any) -> None:
    for statement in found:
        if statement.key and statement.path == path[: len(statement.path)]:
            _replace(lines, statement, path[len(statement.path) :], value)
            return
    if value is None:
        for statement in reversed(found):
            if statement.path[: len(path)] == path:
                del lines[statement.begin : statement.end]
        return
    _insert(lines, found, path, value)


def _replace(lines: list[str], pair: _Statement, inside: Path, value: Any) -> None:
    """Write another value behind a pair's key; its comment stays."""
    if inside:
        old = tomllib.loads("\n".join(lines[pair.begin : pair.end]))
        for name in _names(tomllib.loads(f"{pair.key} = 0")):
            old = old[name]
        value = _changed(old, inside, value) if isinstance(old, Mapping) else value
    if value is None:
        del lines[pair.begin : pair.end]
        return
    comment = _comment(lines[pair.begin : pair.end])
    new = f"{pair.key.rstrip()} = {one(value)}{comment}"
    lines[pair.begin : pair.end] = [new]


def _comment(pair: list[str]) -> str:
    """Return the comment at the end of a pair with the blanks before it, "" for none."""
    *above, last = pair
    value = tomllib.loads("\n".join(pair))
    at = last.find("#")
    while at >= 0:
        before = "\n".join([*above, last[:at]])
        try:
            if tomllib.loads(before) == value:
                return last[len(last[:at].rstrip()) :]
        except tomllib.TOMLDecodeError:
            pass
        at = last.find("#", at + 1)
    return ""


def _insert(lines: list[str], found: list[_Statement], path: Path, value: Any) -> None:
    """Write a new pair: after the last of its table, in a new table where there is none."""
    new = f"{key(path[-1])} = {one(value)}"
    table = path[:-1]
    own = [s for s in found if (s.path == table if not s.key else s.path[:-1] == table)]
    if table and not any(not s.key for s in own):
        header = ".".join(map(key, table))
        lines += [*([""] if lines else []), f"[{header}]", new]
    elif own:
        lines.insert(own[-1].end, new)
    elif found:
        lines[0:0] = [new, ""]
    else:
        lines.append(new)
