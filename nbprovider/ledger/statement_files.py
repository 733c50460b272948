"""Files that providers export, as rows of named cells: CSV as it is, JSON flattened."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError

_DELIMITERS = (",", ";", "\t")
_BUCKET = ("start_time", "end_time", "starting_at", "ending_at")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class Record(Struct, frozen=True):
    """A row: its cells by column, and its place in words, as "line 3"."""

    place: str
    cells: dict[str, Any]


class Records(Struct, frozen=True):
    """All rows of a file, and what is to be said of it."""

    rows: tuple[Record, ...]
    notes: tuple[str, ...] = ()


def records(path: Path) -> Records:
    """Read a file, JSON or CSV with commas, semicolons or tabs.

    Raises UsageError for a file that cannot be read, or has no rows.
    """
    text = _text(path)
    is_json = text.lstrip()[:1] in {"{", "["}
    found = _of_json(path, text) if is_json else Records(tuple(_of_csv(path, text)))
    if not any(one.cells.keys() - set(_BUCKET) for one in found.rows):
        raise UsageError(f"{path.name} has no rows.", hint="Export a time in which there were any.")
    return found


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="Name the file that you have exported.",
        ) from None
    encoding = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise UsageError(
            f"{path.name} is no text: neither CSV nor JSON.",
            hint="Export it as CSV, and unpack it if it is packed.",
        ) from None


def _of_csv(path: Path, text: str) -> Iterator[Record]:
    head = text.partition("\n")[0]
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=max(_DELIMITERS, key=head.count), strict=True
    )
    names: list[str] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = [name.strip() for name in row]
                continue
            yield Record(f"line {reader.line_num}", _named(path, reader.line_num, names, row))
    except csv.Error as error:
        raise UsageError(
            f"{path.name}, line {reader.line_num}: {error}.", hint="Export it anew."
        ) from None


def _named(path: Path, number: int, names: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(names):
        raise UsageError(
            f"{path.name}, line {number}: it has {len(row)} cells, the first line {len(names)}.",
            hint="Export it anew: the file was cut off, or changed.",
        )
    return {name: cell.strip() for name, cell in zip(names, row, strict=True)}


def _of_json(path: Path, text: str) -> Records:
    try:
        whole = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise UsageError(f"{path.name} is no JSON: {error}.", hint="Export it anew.") from None
    pages = whole if isinstance(whole, list) and _are_pages(whole) else [whole]
    rows = tuple(row for page in pages for row in _of_page(page))
    last = pages[-1] if pages else {}
    more = isinstance(last, dict) and last.get("has_more")
    note = f"{path.name} is not all: it says that there are more pages; fetch them too."
    return Records(rows, (note,) if more else ())


def _are_pages(whole: list[Any]) -> bool:
    return all(isinstance(page, dict) and "data" in page for page in whole)


def _of_page(page: Any) -> Iterator[Record]:
    """Yield the rows of a page: buckets of results, or items as they are."""
    items = page.get("data", []) if isinstance(page, dict) else page
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, dict):
            continue
        place = f"data[{number}]"
        results = item.get("results", item.get("result"))
        if not isinstance(results, list):
            yield Record(place, _flat(item))
            continue
        bucket = {name: item[name] for name in _BUCKET if name in item}
        yield Record(place, bucket)  # also a day without results is one that was told
        for index, result in enumerate(results):
            if isinstance(result, dict):
                yield Record(f"{place}.results[{index}]", {**bucket, **_flat(result)})


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    """Return an object's fields, those of objects in it named by both: `amount_value`."""
    flat: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": one for inner, one in value.items()}
        else:
            flat[name] = value
    return flat
