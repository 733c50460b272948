"""What `-i` and `-a` name: files by path or pattern, addresses, values of the notebook."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nbprovider.errors import UsageError
from nbprovider.magics.options import Line
from nbprovider.session.attachments import LARGEST, attach
from nbprovider.session.interpolate import expressions, value
from nbprovider.session.values import Limits, Piece, is_drawn, parts_of
from nbprovider.spelling import did_you_mean
from nbprovider.types import Media, Text

MOST = 100
"""Files that one pattern may stand for: more were meant by nobody."""


def parts(line: Line, names: Mapping[str, Any], limits: Limits) -> tuple[Piece, ...]:
    """Return what a line attaches, pictures first; `names` are the notebook's variables.

    Raises UsageError for what is not there, is no picture behind `-i`, or is too large together.
    """
    found: list[Piece] = []
    for source in line.get("image", []):
        found += _pictures(source, given(source, names, limits))
    for source in line.get("attach", []):
        found += given(source, names, limits)
    _check_size(found)
    return tuple(found)


def given(source: str, names: Mapping[str, Any], limits: Limits) -> tuple[Piece, ...]:
    """Return what one word stands for: an expression in braces, an address, files, a variable."""
    if expression := _expression(source):
        return tuple(_of_value(expression, value(expression, names), limits))
    if urlsplit(source).scheme in {"http", "https"} or Path(source).expanduser().is_file():
        return (attach(source),)
    if glob.has_magic(source):
        return tuple(map(attach, _files(source)))
    if source in names:
        return tuple(_of_value(source, names[source], limits))
    if source.isidentifier():
        hint = did_you_mean(source, [name for name in names if not name.startswith("_")])
        raise UsageError(
            f"There is neither a file nor a variable called {source!r}.",
            hint=hint or "Give a path, an address, or what holds a figure.",
        )
    return (attach(source),)


def _expression(source: str) -> str:
    """Return what stands in the double braces that a word is in, "" when it is in none."""
    found = next(expressions(source), None)
    return found[2] if found and found[:2] == (0, len(source)) else ""


def _of_value(name: str, thing: Any, limits: Limits) -> Iterator[Piece]:
    """Yield what a value is sent as: of a string the file that it names, of a table its words."""
    if isinstance(thing, str):
        yield attach(thing)
        return
    for part in parts_of(thing, limits):
        named = isinstance(part, Text) and not isinstance(thing, Path)
        yield Text(f"{name}:\n\n{part.text}") if named and isinstance(part, Text) else part


def _files(pattern: str) -> list[str]:
    """Return the files of a pattern by their names; raises UsageError for none, or for a heap."""
    expanded = str(Path(pattern).expanduser())
    paths = glob.iglob(expanded, recursive=True)  # noqa: PTH207 - Path has none for absolute ones
    found = sorted(path for path in paths if Path(path).is_file())
    if not found:
        raise UsageError(f"No file is called like {pattern}.", hint="`**` goes into folders too.")
    if len(found) > MOST:
        raise UsageError(
            f"{len(found):,} files are called like {pattern}.",
            hint=f"At most {MOST} are attached; name fewer.",
        )
    return found


def _pictures(source: str, found: Iterable[Piece]) -> Iterator[Piece]:
    for part in found:
        if not isinstance(part, Media) or part.kind != "image":
            raise UsageError(
                f"{source} is no picture.",
                hint="PNG, JPEG, GIF, WebP and figures are; `-a` takes other files.",
            )
        yield part


def _check_size(found: Iterable[Piece]) -> None:
    size = sum(len(part.data or b"") for part in found if isinstance(part, Media))
    if size > LARGEST:
        raise UsageError(
            f"What is attached has {size / 2**20:.0f} MiB; a request takes 32.",
            hint="Attach less, or smaller pictures.",
        )


def candidates() -> list[str]:
    """Return the names of the notebook's figures and images."""
    from IPython import get_ipython

    shell = get_ipython()
    names: Mapping[str, Any] = shell.user_ns if shell else {}
    return [name for name, held in names.items() if not name.startswith("_") and is_drawn(held)]
