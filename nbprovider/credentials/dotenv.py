"""Read a `.env` file; nothing of it is put into the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def parse(text: str) -> dict[str, str]:
    """Return the names and values of the lines `NAME=value`, the last of a name's winning.

    Quotes are taken off, `export` and comments are passed over, and so is a line that makes no
    sense. Names in a value (`$OTHER`) are left as they stand.
    """
    return dict(filter(None, map(_pair, text.splitlines())))


def read(path: Path) -> dict[str, str]:
    """Return what the file says, nothing when it cannot be read as text."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return {}


def locate(start: Path) -> Path | None:
    """Return the nearest `.env` in `start` or above it, None when there is none.

    The search ends at the root of the git repository or at the home folder; outside both, only
    `start` is looked at: a parent there may belong to somebody else.
    """
    return next((path for folder in _folders(start) if (path := folder / ".env").is_file()), None)


def _folders(start: Path) -> Iterator[Path]:
    climb = [start, *start.parents]
    ends = (n for n, folder in enumerate(climb) if _is_end(folder))
    yield from climb[: next(ends, 0) + 1]


def _is_end(folder: Path) -> bool:
    return (folder / ".git").exists() or folder == Path.home()


def _pair(line: str) -> tuple[str, str] | None:
    name, equals, rest = line.strip().removeprefix("export ").partition("=")
    value = _value(rest.strip())
    if not equals or value is None or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
        return None
    return name.strip(), value


def _value(text: str) -> str | None:
    """Return what a value means, None for a quote that is not closed."""
    quote = text[:1]
    if quote not in ("'", '"'):
        return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
    body = r"'([^']*)'" if quote == "'" else r'"((?:[^"\\]|\\.)*)"'
    match = re.fullmatch(rf"{body}\s*(?:#.*)?", text)
    if match is None:
        return None
    return match[1] if quote == "'" else re.sub(r"\\(.)", _unescape, match[1])


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])
