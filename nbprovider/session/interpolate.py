"""`{{ expr }}` in a prompt: the notebook's own values, put in as words that a model reads well."""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.spelling import did_you_mean

ROWS = 10
"""Rows of a DataFrame or a Series that are shown to the model."""

Redact = Callable[[str], str]


def interpolate(text: str, names: Mapping[str, Any], redact: Redact) -> str:
    """Return the text with each `{{ expr }}` replaced by its value in `names`.

    Braces that are not doubled are left alone. Raises UsageError, before anything is sent, for an
    expression that is none, that fails, or that names what is not there.
    """
    pieces: list[str] = []
    rest = 0
    for start, end, source in _expressions(text):
        pieces += [text[rest:start], in_words(_value(source, names), redact)]
        rest = end
    return "".join([*pieces, text[rest:]])


def _expressions(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and source of each expression; its own braces may be doubled too."""
    position = 0
    while (start := text.find("{{", position)) >= 0:
        for closing in re.finditer(r"\}\}", text[start:]):
            end = start + closing.end()
            source = text[start + 2 : end - 2].strip()
            if _is_expression(source):
                yield start, end, source
                position = end
                break
        else:
            raise UsageError(
                f"{text[start : start + 40]!r} is not a Python expression in double braces.",
                hint="Mend it, or add --raw to send all braces as they stand.",
            )


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _value(source: str, names: Mapping[str, Any]) -> Any:
    try:
        return eval(source, dict(names))  # noqa: S307 - the user's own code, in their notebook
    except NameError as error:
        name = error.name or str(error)
        meant = did_you_mean(name, [known for known in names if not known.startswith("_")])
        raise UsageError(
            f"{{{{ {source} }}}}: there is no {name!r} in this notebook.",
            hint=meant or "Define it first, or add --raw.",
        ) from None
    except Exception as error:  # noqa: BLE001 - whatever the user's expression raises
        raise UsageError(
            f"{{{{ {source} }}}} failed: {type(error).__name__}: {error}.",
            hint="Nothing was sent; mend the expression.",
        ) from None


def in_words(value: Any, redact: Redact) -> str:
    """Return a value as a model reads it best: a table, a traceback, else its own words."""
    if isinstance(value, str):
        return value
    if isinstance(value, BaseException):
        return redact("".join(traceback.format_exception(value)).rstrip())
    for kind in type(value).__mro__:
        if writer := _WRITERS.get(f"{kind.__module__.partition('.')[0]}.{kind.__name__}"):
            return writer(value)
    return str(value)


def _frame(frame: Any) -> str:
    """Return a DataFrame's shape, its columns' types and its first rows."""
    kinds = [str(kind) for kind in frame.dtypes]
    names = [str(name) for name in frame.columns]
    head = frame.head(ROWS)
    index = [str(label) for label in head.index]
    rows = [
        [label, *map(_cell, row)]
        for label, row in zip(index, head.itertuples(index=False, name=None), strict=True)
    ]
    shape = f"DataFrame, {len(frame):,} rows, {len(names)} columns"
    first = f"; the first {ROWS}" if len(frame) > ROWS else ""
    return f"{shape}{first}:\n\n{_table(['', *names], ['dtype', *kinds], *rows)}"


def _series(series: Any) -> str:
    """Return a Series' name, type and first values."""
    head = series.head(ROWS)
    rows = [[str(label), _cell(value)] for label, value in head.items()]
    name = str(series.name) if series.name is not None else "value"
    first = f"; the first {ROWS}" if len(series) > ROWS else ""
    return (
        f"Series, {len(series):,} values of {series.dtype}{first}:\n\n{_table(['', name], *rows)}"
    )


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(header: list[str], *rows: list[str]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    clean = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in clean)


_WRITERS: dict[str, Callable[[Any], str]] = {"pandas.DataFrame": _frame, "pandas.Series": _series}
