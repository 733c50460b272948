"""Tables in words: how large, the type of each column, the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from nbprovider.session.values.limits import Limits

LONGEST = 200
"""Characters of a cell that are told: more of them is a text, not a table."""

NAMED = 200
"""Columns beyond the limit whose names and types are still told."""

COUNTED = 5_000_000
"""Cells of a table up to which those that are missing are counted: a tenth of a second."""


class Head(Struct, frozen=True):
    """A table's beginning: what it is, its length, its columns with types, and its first rows.

    `labels` are the rows' own, () for a table without; `missing` the number of empty cells by
    column.
    """

    kind: str
    length: int
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    labels: tuple[str, ...] = ()
    missing: tuple[tuple[str, int], ...] = ()

    def told(self, limits: Limits) -> str:
        """Return the table in words."""
        size = f"{self.kind}, {self.length:,} rows, {len(self.columns)} columns"
        cut = f"; the first {limits.rows}" if self.length > limits.rows else ""
        shown = self.columns[: limits.columns]
        blocks = [f"{size}{cut}:", self._table(shown), self._beyond(limits.columns)]
        if self.missing:
            counts = ", ".join(f"{name} {count:,}" for name, count in self.missing)
            blocks.append(f"Missing values: {counts}.")
        return "\n\n".join(filter(None, blocks))

    def _table(self, shown: Sequence[tuple[str, str]]) -> str:
        names, kinds = [name for name, _ in shown], [kind for _, kind in shown]
        body = [[_cell(value) for value in row[: len(shown)]] for row in self.rows]
        if not self.labels:
            return grid(names, kinds, *body)
        rows = [[label, *row] for label, row in zip(self.labels, body, strict=True)]
        return grid(["", *names], ["dtype", *kinds], *rows)

    def _beyond(self, limit: int) -> str:
        """Return the columns that are not in the table, by name and type."""
        rest = self.columns[limit:]
        if not rest:
            return ""
        named = ", ".join(f"{name} ({kind})" for name, kind in rest[:NAMED])
        more = f", and {len(rest) - NAMED:,} more" if len(rest) > NAMED else ""
        return f"Further columns: {named}{more}."


def pandas_frame(frame: Any, limits: Limits) -> str:
    """Return a pandas DataFrame in words."""
    head = frame.head(limits.rows)
    names = [str(name) for name in frame.columns]
    return Head(
        "DataFrame",
        len(frame),
        tuple(zip(names, map(str, frame.dtypes), strict=True)),
        tuple(head.itertuples(index=False, name=None)),
        tuple(str(label) for label in head.index),
        _missing(frame, names) if frame.size <= COUNTED else (),
    ).told(limits)


def pandas_styler(styler: Any, limits: Limits) -> str:
    """Return the DataFrame that `df.style` shows, in words."""
    return pandas_frame(styler.data, limits)


def pandas_series(series: Any, limits: Limits) -> str:
    """Return a pandas Series in words: its name, type, length and first values."""
    head = series.head(limits.rows)
    rows = [[str(label), _cell(value)] for label, value in head.items()]
    name = str(series.name) if series.name is not None else "value"
    begin = f"Series, {len(series):,} values of {series.dtype}"
    return f"{begin}{_first(len(series), limits)}:\n\n{grid(['', name], *rows)}"


def pandas_index(index: Any, limits: Limits) -> str:
    """Return a pandas Index in words, on one line: `df.columns` is one."""
    values = ", ".join(str(value) for value in index[: max(limits.rows, limits.columns)])
    rest = len(index) - max(limits.rows, limits.columns)
    more = f", and {rest:,} more" if rest > 0 else ""
    return f"{type(index).__name__}, {len(index):,} values of {index.dtype}: {values}{more}"


def polars_frame(frame: Any, limits: Limits) -> str:
    """Return a polars DataFrame in words."""
    columns = tuple((name, str(kind)) for name, kind in frame.schema.items())
    nulls = frame.null_count().row(0) if frame.width and frame.height else ()
    missing = tuple((name, n) for (name, _), n in zip(columns, nulls, strict=False) if n)
    rows = tuple(frame.head(limits.rows).rows())
    return Head("DataFrame", frame.height, columns, rows, missing=missing).told(limits)


def polars_series(series: Any, limits: Limits) -> str:
    """Return a polars Series in words: its name, type, length and first values."""
    rows = [[_cell(value)] for value in series.head(limits.rows)]
    begin = f"Series, {len(series):,} values of {series.dtype}"
    return f"{begin}{_first(len(series), limits)}:\n\n{grid([series.name or 'value'], *rows)}"


def arrow_table(table: Any, limits: Limits) -> str:
    """Return an Arrow table in words."""
    columns = tuple((field.name, str(field.type)) for field in table.schema)
    head = table.slice(0, limits.rows)
    values = [column.to_pylist() for column in head.columns]
    rows = tuple(zip(*values, strict=True))
    return Head("Table", table.num_rows, columns, rows).told(limits)


def _missing(frame: Any, names: list[str]) -> tuple[tuple[str, int], ...]:
    counts = frame.isna().sum()
    return tuple((name, int(n)) for name, n in zip(names, counts, strict=True) if n)


def _first(length: int, limits: Limits) -> str:
    return f"; the first {limits.rows}" if length > limits.rows else ""


def _cell(value: Any) -> str:
    words = f"{value:.6g}" if isinstance(value, float) else str(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def grid(header: list[str], *rows: list[str]) -> str:
    """Return rows of words as a markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_clean(line))} |" for line in lines)


def _clean(cells: Iterable[str]) -> Iterable[str]:
    return (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
