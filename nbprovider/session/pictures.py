"""What was spent, as pictures: made of the frames of `usage()` and `cost()`, and of the budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal, get_args

from nbprovider import config
from nbprovider.errors import UsageError
from nbprovider.ledger.costs import SUMS
from nbprovider.session import budget_left, drawn, spans
from nbprovider.session.sums import Sums
from nbprovider.spelling import did_you_mean
from nbprovider.view.picture import Picture, Point

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["spend", "tokens", "latency", "duration", "budget"]
KINDS: tuple[Kind, ...] = get_args(Kind)

TOKENS = ("input", "cache_read", "cache_write", "output", "reasoning")

NOBODY = "(none)"

_MISSING = ("<NA>", "nan", "None")
"""How what is not known is written: the word does for all types of columns."""

_OF_USAGE = {"time", "status", "model", "ttft", "duration"}
_OF_COST = {"unknown", "running"}

Row = dict[str, Any]


def pictured(frame: pd.DataFrame, kind: str = "spend", by: str = "") -> Picture:
    """Return a frame of `usage()` or `cost()` as a picture; see `plot_cost` for the kinds.

    Raises UsageError for a kind that there is not, and for a frame that does not hold it.
    """
    check(kind)
    if kind == "budget":
        return budget_left.picture()
    _check_frame(frame, kind, by)
    return _MADE[kind](frame, by)


def check(kind: str) -> None:
    """Raise UsageError for a kind of picture that there is not."""
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f"There are: {', '.join(KINDS)}."
        raise UsageError(f"There is no picture {kind!r}.", hint=hint)


def _check_frame(frame: pd.DataFrame, kind: str, by: str) -> None:
    columns = set(frame.columns)
    whole = columns >= _OF_USAGE or columns >= _OF_COST
    if not (whole and columns >= {"cost", *TOKENS}):
        raise UsageError(
            "This frame holds no costs to draw.",
            hint="Take one of `nbprovider.usage()` or `nbprovider.cost()`, with all its columns.",
        )
    if kind in ("latency", "duration") and "ttft" not in frame:
        raise UsageError(
            "How long calls took is not in a frame of sums.",
            hint=f"`nbprovider.plot_cost(kind={kind!r})` draws it.",
        )
    if by and by not in frame:
        hint = did_you_mean(by, map(str, frame.columns)) or "Take one of the frame's columns."
        raise UsageError(f"The frame has no column {by!r}.", hint=hint)


def _spend(frame: pd.DataFrame, by: str) -> Picture:
    if "unknown" not in frame:
        series = [by or "model"]
        return _over_time(frame, "time", "day", series)
    keys = _keys(frame)
    period = next((word for word in spans.PERIODS if word in keys), "")
    series = [by] if by else [key for key in keys if key not in spans.PERIODS]
    if period:
        return _over_time(frame, period, period, series)
    return _by_place(frame, series)


def _over_time(frame: pd.DataFrame, column: str, period: str, series: list[str]) -> Picture:
    zone = config.zone()
    moments = [_beginning(moment, period, zone) for moment in frame[column]]
    axis = spans.filled(moments, period)
    year = bool(axis) and axis[0].year != axis[-1].year
    names = {moment: spans.named(moment, period, year=year) for moment in axis}
    sums = Sums({name: {} for name in names.values()})
    for moment, row in zip(moments, _rows(frame), strict=True):
        sums.add(names[moment], _joined(row, series), _known(row["cost"]))
    return drawn.columns(_title(f"Spend by {period}", series), sums.fewer(), _notes(frame))


def _beginning(moment: datetime, period: str, zone: tzinfo | None) -> datetime:
    # A pandas Timestamp takes no zone for UTC; a datetime takes it for the computer's own.
    told = datetime.fromtimestamp(moment.timestamp(), UTC).astimezone(zone)
    return spans.beginning(moment if moment.tzinfo is None else told, period)


def _by_place(frame: pd.DataFrame, series: list[str]) -> Picture:
    sums = Sums()
    for row in _rows(frame):
        sums.add(_joined(row, series) if series else "all", "", _known(row["cost"]))
    title = f"Spend by {' and '.join(series)}" if series else "Spend in all"
    return drawn.bars(title, sums.shorter(), _notes(frame), drawn.USD)


def _tokens(frame: pd.DataFrame, by: str) -> Picture:
    series = [by] if by else _keys(frame) or (["model"] if "model" in frame else [])
    sums = Sums()
    for row in _rows(frame):
        for kind, count in _counts(row).items():
            sums.add(kind, _joined(row, series), count)
    sums.amounts = {place: found for place, found in sums.amounts.items() if any(found.values())}
    return drawn.bars(_title("Tokens by kind", series), sums.fewer(), (), drawn.TOKENS)


def _counts(row: Row) -> dict[str, float]:
    """Return the tokens of a row by kind, such that they add up."""
    told = {kind: _known(row[kind]) or 0.0 for kind in TOKENS}
    reasoning = told["reasoning"]
    return {
        "read anew": told["input"],
        "read from cache": told["cache_read"],
        "written to cache": told["cache_write"],
        "answer": max(0.0, told["output"] - reasoning),
        "reasoning": reasoning,
    }


def _points(frame: pd.DataFrame, column: str, by: str) -> Picture:
    rows = list(_rows(frame[[*dict.fromkeys((by, column, "cost", "status"))]]))
    found = [
        Point(_joined(row, [by]), seconds, cost)
        for row in rows
        if (seconds := _known(row[column])) is not None
        and (cost := _known(row["cost"])) is not None
        and row["status"] == "ok"
    ]
    failed = sum(row["status"] != "ok" for row in rows)
    notes = [f"{drawn.many(failed, 'attempt')} without a whole answer left out."] if failed else []
    answered = frame[frame["status"] == "ok"]
    return drawn.points(column, found, (*notes, *_notes(answered)), asked=bool(rows))


def _keys(frame: pd.DataFrame) -> list[str]:
    """Return by what the sums of a frame are made."""
    return [str(name) for name in frame.columns if name not in SUMS] if "unknown" in frame else []


def _rows(frame: pd.DataFrame) -> Iterator[Row]:
    columns = [str(name) for name in frame.columns]
    for values in frame.itertuples(index=False, name=None):
        yield dict(zip(columns, values, strict=True))


def _joined(row: Row, series: list[str]) -> str:
    """Return what the series of a row is called."""
    return " · ".join(_word(row[name]) for name in series)


def _word(value: Any) -> str:
    return NOBODY if str(value) in ("", *_MISSING) else str(value)


def _known(value: Any) -> float | None:
    """Return a number, None for <NA> and NaN."""
    return None if str(value) in _MISSING else float(value)


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say how many attempts of a frame are not in a picture of it."""
    if "unknown" in frame:
        unknown, running = int(frame["unknown"].sum()), int(frame["running"].sum())
    else:
        lacking, now = frame["cost"].isna(), frame["status"] == "running"
        unknown, running = int((lacking & ~now).sum()), int(now.sum())
    said = [
        (unknown, f"{drawn.many(unknown, 'attempt')} of unknown price {drawn.to_be(unknown)}"),
        (running, f"{drawn.many(running, 'attempt')} still running {drawn.to_be(running)}"),
    ]
    return tuple(f"{words} not in it." for count, words in said if count)


def _title(what: str, series: list[str]) -> str:
    return f"{what} and {' and '.join(series)}" if series else what


_MADE: dict[str, Callable[[pd.DataFrame, str], Picture]] = {
    "spend": _spend,
    "tokens": _tokens,
    "latency": lambda frame, by: _points(frame, "ttft", by or "model"),
    "duration": lambda frame, by: _points(frame, "duration", by or "model"),
}
