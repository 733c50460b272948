"""A saved notebook as cells, and cells in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.errors import UsageError
from nbprovider.session.cutting import cut
from nbprovider.view.formats import fenced

LONGEST = 2_000
"""Characters of an output that are told, most of them from its beginning."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Cell(Struct, frozen=True):
    """One cell: its source, the text of its outputs, and by what it can be found.

    `kind` is code, markdown or raw; `id` "" in old files; `number` the one in In[…], None for a
    cell that was not run; `newer` says that it was run since the file was saved.
    """

    source: str
    output: str = ""
    kind: str = "code"
    id: str = ""
    number: int | None = None
    newer: bool = False


def read(path: Path) -> list[Cell]:
    """Return the cells of a saved notebook; raises UsageError for a file that is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [_cell(cell) for cell in found["cells"]]
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read: {why}.", hint="Check the path.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{path} is no notebook that can be read.", hint="Open it in Jupyter and save it."
        ) from None


def in_words(cells: Iterable[Cell]) -> str:
    """Return cells as a model reads them, code in fences, each with its output; keys taken out."""
    return redact("\n\n".join(block for cell in cells for block in _blocks(cell)))


def _blocks(cell: Cell) -> Iterator[str]:
    if not cell.source.strip():
        return
    if cell.kind != "code":
        yield f"Text:\n\n{fenced(cell.source.rstrip(), 'markdown')}"
        return
    name = f"In[{cell.number}]" if cell.number else "Code"
    yield f"{name}:\n\n{fenced(cell.source.rstrip(), 'python')}"
    if cell.output.strip():
        yield f"Output:\n\n{fenced(cut(cell.output.strip(), LONGEST), 'text')}"


def _cell(cell: Mapping[str, Any]) -> Cell:
    return Cell(
        _text(cell["source"]),
        "\n".join(filter(None, map(_output, cell.get("outputs") or ()))),
        str(cell["cell_type"]),
        str(cell.get("id") or ""),
        cell.get("execution_count"),
    )


def _output(output: Mapping[str, Any]) -> str:
    """Return what is text of an output; a picture is only named."""
    match output.get("output_type"):
        case "stream":
            return _COLOURS.sub("", _text(output["text"])).rstrip("\n")
        case "error":
            return f"{output['ename']}: {output['evalue']}"
    data = output.get("data") or {}
    if any(kind.startswith("image/") for kind in data):
        return "[a picture]"
    return _text(data.get("text/plain") or data.get("text/markdown") or "")


def _text(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
