"""A chat as a file: a page of markdown, JSON with all that is known, a notebook."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nbprovider.credentials.redaction import without_known
from nbprovider.errors import UsageError
from nbprovider.newfile import written
from nbprovider.session.conversation import Conversation, Spoken, called, in_markdown, quoted
from nbprovider.types import Media, Text

Cell = dict[str, Any]


def write(conversation: Conversation, path: Path) -> Path:
    """Write a chat to a new file, its form by the ending: .md, .json or .ipynb; return its path.

    Raises UsageError for another ending or a file that is there, ConfigError when it cannot be
    written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path.name} says no form.", hint="End its name in .md, .json or .ipynb.")
    return written(path, without_known(form(conversation)))


def _json(conversation: Conversation) -> str:
    told = msgspec.json.encode(conversation, enc_hook=str)
    return msgspec.json.format(told).decode() + "\n"


def _notebook(conversation: Conversation) -> str:
    """Return a notebook of nbformat 4.5: a `%%chat` cell for each question, its answer below."""
    cells = [_markdown_cell("about", _about(conversation))]
    cells.append(_code_cell("load", "%load_ext nbprovider"))
    command = _command(conversation)
    first = f" -m {shlex.quote(conversation.model)}" if conversation.model else ""
    for turn in conversation.turns:
        if turn.role == "user":
            cells += _asked(turn, command + first)
            first = ""
        else:
            _answered(turn, cells)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n"


def _about(conversation: Conversation) -> str:
    told = [f"# {conversation.name}", conversation.summary, quoted(conversation.system)]
    return "\n\n".join(filter(None, told))


def _command(conversation: Conversation) -> str:
    name = " ".join(conversation.name.split())
    return f"%%chat -c {shlex.quote(name)}"


def _asked(turn: Spoken, command: str) -> list[Cell]:
    """Return the cells of a question: its files, which a cell cannot hold, above its words."""
    parts = turn.message.parts
    words = "\n\n".join(part.text for part in parts if isinstance(part, Text))
    files = [part for part in parts if isinstance(part, Media)]
    raw = " --raw" if "{{" in words else ""
    cells = [_files(turn, files)] if files else []
    return [*cells, _code_cell(f"turn-{turn.number}", f"{command}{raw}\n{words}")]


def _files(turn: Spoken, files: list[Media]) -> Cell:
    pictures: dict[str, dict[str, str]] = {}
    lines = []
    for number, media in enumerate(files, 1):
        if media.kind == "image" and media.data:
            name = f"picture-{number}"
            pictures[name] = {media.mime: base64.b64encode(media.data).decode()}
            lines.append(f"![{called(media)}](attachment:{name})")
        else:
            lines.append(in_markdown((media,)))
    cell = _markdown_cell(f"files-{turn.number}", "\n\n".join(lines))
    return cell | ({"attachments": pictures} if pictures else {})


def _answered(turn: Spoken, cells: list[Cell]) -> None:
    """Put what was said below its question, or in a cell of its own where there is none."""
    text = f"{in_markdown(turn.message.parts)}\n\n<small>{turn.head}</small>"
    above = cells[-1]
    if above["cell_type"] == "code" and above["id"].startswith("turn-") and not above["outputs"]:
        data = {"text/plain": turn.message.text, "text/markdown": text}
        above["outputs"].append({"output_type": "display_data", "data": data, "metadata": {}})
    else:
        cells.append(_markdown_cell(f"turn-{turn.number}", text))


def _markdown_cell(name: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _code_cell(name: str, source: str) -> Cell:
    empty: Cell = {"execution_count": None, "outputs": []}
    return {"cell_type": "code", "id": name, "metadata": {}, "source": source, **empty}


_FORMS: dict[str, Callable[[Conversation], str]] = {
    ".md": Conversation.markdown,
    ".json": _json,
    ".ipynb": _notebook,
}
"""Ending of a name → how such a file is written."""
