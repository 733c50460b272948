"""A provider's own account of what was used: its exports, read into lines of one form.

Each form of export is a `Sheet`: which columns are which. JSON is flattened to the same columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.ledger.sheets import EACH_ROW, SHEETS, Sheet
from nbprovider.ledger.statement_files import Record, records

NO_MODEL = "(no model)"
"""What is not of any model, such as searches, in an export that tells models."""


class Line(Struct, frozen=True):
    """What a provider counted for a model on a day (UTC); None where it does not say.

    - `models`: its names for the model, () where it does not say
    - `cost`: nano-dollars, right to `slack`: amounts in files are rounded
    """

    day: date
    models: tuple[str, ...] = ()
    requests: int | None = None
    input: int | None = None
    cached: int | None = None
    output: int | None = None
    cost: Decimal | None = None
    slack: Decimal = Decimal(0)


class Statement(Struct, frozen=True):
    """An export: whose it is, its lines, the days that it is about, what is to be said of it."""

    provider: str
    name: str
    lines: tuple[Line, ...]
    days: frozenset[date]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Statement:
    """Read an export of OpenAI, Anthropic or OpenRouter, CSV or JSON.

    Raises UsageError naming the line and the column for what makes no sense.
    """
    found = records(path)
    sheet = _sheet(path, frozenset(name for one in found.rows for name in one.cells))
    reader = _Reader(path, sheet)
    days = frozenset(reader.day(one) for one in found.rows)
    lines = tuple(line for one in found.rows for line in reader.lines(one))
    if any(line.models for line in lines):
        lines = tuple(line if line.models else _unnamed(line) for line in lines)
    return Statement(sheet.provider, sheet.name, lines, days, found.notes)


def _unnamed(line: Line) -> Line:
    return Line(line.day, (NO_MODEL,), *_quantities(line))


def _quantities(line: Line) -> tuple[Any, ...]:
    return (line.requests, line.input, line.cached, line.output, line.cost, line.slack)


class _Reader(Struct, frozen=True):
    """Reads the records of one file by its sheet."""

    path: Path
    sheet: Sheet

    def lines(self, record: Record) -> Iterator[Line]:
        """Yield what a record says, nothing for one that only tells that a day was empty."""
        sheet = self.sheet
        cost, slack = self._cost(record)
        line = Line(
            self.day(record),
            self._models(record),
            1 if sheet.requests == EACH_ROW else self._sum(record, (sheet.requests,)),
            self._sum(record, sheet.input),
            self._sum(record, sheet.cached),
            self._sum(record, sheet.output),
            cost,
            slack,
        )
        if any(value is not None for value in _quantities(line)[:-1]):
            yield line

    def day(self, record: Record) -> date:
        """Return the day (UTC) that a record is about."""
        begin = self._moment(record, self.sheet.day)
        if self.sheet.end and record.cells.get(self.sheet.end) not in {None, ""}:
            end = self._moment(record, self.sheet.end)
            if end - begin > timedelta(days=1):
                raise UsageError(
                    f"{self.path.name}, {record.place}: it is about more than one day, from"
                    f" {begin:%Y-%m-%d} to {end:%Y-%m-%d}.",
                    hint="Export it by day.",
                )
        return begin.date()

    def _moment(self, record: Record, column: str) -> datetime:
        text = str(record.cells.get(column) or "").strip()
        try:
            if text.isdecimal():
                return datetime.fromtimestamp(int(text), UTC)
            moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        except (ValueError, OverflowError, OSError):
            raise self._wrong(record, column, "a day") from None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _models(self, record: Record) -> tuple[str, ...]:
        told = (str(record.cells.get(column) or "") for column in self.sheet.models)
        # A line item of OpenAI's costs is a model and what of it: "gpt-6-luna, input".
        names = (name.partition(", ")[0].strip() for name in told)
        return tuple(dict.fromkeys(name for name in names if name))

    def _sum(self, record: Record, columns: tuple[str, ...]) -> int | None:
        told = [self._number(record, column) for column in columns if column]
        known = [number for number in told if number is not None]
        return int(sum(known)) if known else None

    def _number(self, record: Record, column: str) -> Decimal | None:
        value = record.cells.get(column)
        if value is None or value == "":
            return None
        number = _decimal(value)
        if number is None or number != number.to_integral_value() or number < 0:
            raise self._wrong(record, column, "a number of them")
        return number

    def _cost(self, record: Record) -> tuple[Decimal | None, Decimal]:
        sheet, value = self.sheet, record.cells.get(self.sheet.cost)
        if not sheet.cost or value is None or value == "":
            return None, Decimal(0)
        amount = _decimal(value)
        if amount is None:
            raise self._wrong(record, sheet.cost, "an amount")
        currency = str(record.cells.get(sheet.currency) or "usd").lower()
        if currency != "usd":
            raise self._wrong(record, sheet.currency, "USD, in which the ledger counts")
        nano = sheet.unit * 1_000_000_000
        return amount * nano, _slack(value, amount) * nano

    def _wrong(self, record: Record, column: str, wanted: str) -> UsageError:
        value = record.cells.get(column)
        return UsageError(
            f"{self.path.name}, {record.place}, column {column}: {value!r} is not {wanted}.",
            hint=f"It was read as {self.sheet.name}; export it anew, and leave it as it comes.",
        )


def _decimal(value: Any) -> Decimal | None:
    """Return a number as it was written, thousands apart or not; None for what is none."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _slack(value: Any, amount: Decimal) -> Decimal:
    """Return how far an amount may be off: half of the last digit that a text has."""
    exponent = amount.as_tuple().exponent
    if not isinstance(value, str) or not isinstance(exponent, int) or exponent >= 0:
        return Decimal(0)
    return Decimal(5).scaleb(exponent - 1)


def _sheet(path: Path, columns: frozenset[str]) -> Sheet:
    """Return the form that a file has by its columns."""
    found = next((sheet for sheet in SHEETS if sheet.marks <= columns), None)
    if found is not None:
        return found
    near = max(SHEETS, key=lambda sheet: len(sheet.marks & columns) / len(sheet.marks))
    lacks = ", ".join(sorted(near.marks - columns))
    told = (
        f"it looks like {near.name}, but lacks the column {lacks}"
        if len(near.marks & columns) > 1
        else f"its columns are {', '.join(sorted(columns)[:12]) or 'none'}"
    )
    names = ", ".join(dict.fromkeys(sheet.name for sheet in SHEETS))
    raise UsageError(f"{path.name} is no export that is known: {told}.", hint=f"Known: {names}.")
