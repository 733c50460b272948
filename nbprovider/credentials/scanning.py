"""Where keys stand in a text or a notebook: which line, what kind, never the key itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider import catalog
from nbprovider.credentials.looks import DISTINCT, PLACED, Shape
from nbprovider.credentials.redaction import known_places, likely
from nbprovider.errors import UsageError

LONGEST_NAMES = 3
"""Providers that are named where many have keys that begin alike."""

SUREST = 16
"""Characters from which on a value that is known by its name only is taken for a key."""

ELSEWHERE = {
    "AKIA": ("AWS", "https://console.aws.amazon.com/iam/home#/security_credentials"),
    "ASIA": ("AWS", "https://console.aws.amazon.com/iam/home#/security_credentials"),
    "gh": ("GitHub", "https://github.com/settings/tokens"),
    "glpat-": ("GitLab", "https://gitlab.com/-/user_settings/personal_access_tokens"),
    "GOCSPX-": ("Google", "https://console.cloud.google.com/apis/credentials"),
    "ya29.": ("Google", "https://myaccount.google.com/connections"),
    "1//0": ("Google", "https://myaccount.google.com/connections"),
    "xox": ("Slack", "https://api.slack.com/apps"),
    "r8_": ("Replicate", "https://replicate.com/account/api-tokens"),
}
"""Beginning → whose keys those are, and where to renew them, for those of no provider file."""


class Finding(Struct, frozen=True):
    """A key that stands where it should not; the key itself is not kept.

    - `file`: the file's path, or "this session"; `cell`: its number from 1, 0 where there is none
    - `part`: source, output, metadata, widget state, …; `line`: its number in that part, from 1
    - `what`: the kind of key, in words; `renew`: where such a key is renewed, "" when unknown
    """

    file: str
    cell: int
    part: str
    line: int
    what: str
    renew: str = ""


def scan(path: str | Path) -> tuple[Finding, ...]:
    """Return the keys in a notebook's source, outputs and metadata, or in a text file.

    Found are the secrets that this kernel knows, and whatever is shaped like a key. Raises
    UsageError for a file that cannot be read.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="Give the path of a notebook, or no path to look at all in this folder.",
        ) from None
    notebook = _notebook(text)
    if notebook is None:
        return tuple(in_text(text, str(path), 0, "text"))
    return tuple(_in_notebook(notebook, str(path)))


def in_text(text: str, file: str, cell: int, part: str) -> Iterator[Finding]:
    """Yield what stands in one text, in order, with the numbers of its lines."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, str, str]] = []
    for start, end, what, renew in _spans(text):
        if not any(start < other_end and other < end for other, other_end in taken):
            taken.append((start, end))
            found.append((text.count("\n", 0, start) + 1, what, renew))
    for line, what, renew in sorted(found):
        yield Finding(file, cell, part, line, what, renew)


def _spans(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield begin, end, kind and where to renew of whatever looks like a key, the surest first."""
    for shape in likely(text, DISTINCT):
        what, renew = _told(shape)
        yield from (
            (found.start(), found.end(), what, renew) for found in shape.pattern.finditer(text)
        )
    yield from (
        (start, end, "a key that this kernel uses", "") for start, end in known_places(text)
    )
    for shape in likely(text, PLACED):
        for found in shape.pattern.finditer(text):
            if _is_sure(text[found.end(1) : found.end()]):
                yield found.start(), found.end(), shape.name, ""


def _is_sure(value: str) -> bool:
    return len(value) >= SUREST and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _told(shape: Shape) -> tuple[str, str]:
    """Return whose key it is, by its beginning, and where to renew it."""
    if not shape.prefix:
        return shape.name, ""
    providers = catalog.load().values()
    claimed = {start for p in providers for start in p.key_prefix if shape.prefix.startswith(start)}
    longest = max(claimed, key=len, default="")
    owners = [p for p in providers if longest and longest in p.key_prefix]
    if owners:
        names = " or ".join(p.name for p in owners[:LONGEST_NAMES])
        return f"a key of {names} ({shape.prefix}…)", owners[0].key_url if len(owners) == 1 else ""
    for start, (name, url) in ELSEWHERE.items():
        if shape.prefix.startswith(start):
            return f"a key of {name} ({shape.prefix}…)", url
    return f"{shape.name}…", ""


def _notebook(text: str) -> dict[str, Any] | None:
    """Return a notebook's JSON, None for what is no notebook."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return (
        value if isinstance(value, dict) and ("cells" in value or "worksheets" in value) else None
    )


def _in_notebook(notebook: dict[str, Any], file: str) -> Iterator[Finding]:
    for number, cell in enumerate(_cells(notebook), 1):
        yield from in_text(
            _joined(cell.get("source", cell.get("input", ""))), file, number, "source"
        )
        for position, output in enumerate(cell.get("outputs") or (), 1):
            yield from _in_value(output, file, number, f"output {position}")
        yield from _in_value(cell.get("metadata"), file, number, "metadata")
        yield from _in_value(cell.get("attachments"), file, number, "attachment")
    metadata = dict(notebook.get("metadata") or {})
    widgets = metadata.pop("widgets", None)
    yield from _in_value(widgets, file, 0, "widget state")
    yield from _in_value(metadata, file, 0, "metadata")


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the cells; notebooks before version 4 keep them in worksheets."""
    sheets = notebook.get("worksheets") or ()
    for cell in (
        *notebook.get("cells", ()),
        *(c for sheet in sheets for c in sheet.get("cells", ())),
    ):
        if isinstance(cell, dict):
            yield cell


def _in_value(value: Any, file: str, cell: int, part: str) -> Iterator[Finding]:
    """Yield what stands in the texts of a JSON value; pictures are none.

    The same key in several forms of one output counts once.
    """
    seen: set[tuple[int, str]] = set()
    for text in _texts(value):
        for found in in_text(text, file, cell, part):
            if (found.line, found.what) not in seen:
                seen.add((found.line, found.what))
                yield found


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        # A name and its value are one text: `"api_key": "…"` is known by the name.
        yield f"{name}: {value}" if name and "\n" not in value else value
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _texts(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not str(key).startswith(("image/png", "image/jpeg", "image/gif", "application/pdf")):
                yield from _texts(item, str(key))


def _joined(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source)
