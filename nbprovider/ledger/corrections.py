"""Where the price list is known to be wrong or silent: `corrections.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from nbprovider import tomlfile
from nbprovider.ledger.card import PER, Card, Rate

FILE = Path(__file__).with_name("corrections.toml")


class Row(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose price is corrected, where that is from, and when somebody looked."""

    provider: str
    models: tuple[str, ...]
    source: str
    checked: date


class Alias(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A price to be taken from another model's row; "" for no price at all."""

    price_as: str


class Gap(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """USD for a million tokens of a model that the list lacks."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None


class Factor(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much dearer tokens are in a region, or in a service tier that the list lacks."""

    factor: float
    region: str = ""
    tier: str = ""


class QuietDays(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days on which the rate of one hour (UTC) holds all day; `zone`: hours ahead of UTC."""

    since: date
    weekdays: tuple[int, ...]
    zone: int
    price_at: time


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    alias: tuple[Alias, ...] = field(default_factory=tuple)
    gap: tuple[Gap, ...] = field(default_factory=tuple)
    factor: tuple[Factor, ...] = field(default_factory=tuple)
    quiet_days: tuple[QuietDays, ...] = field(default_factory=tuple)


_R = TypeVar("_R", bound=Row)


def priced_as(provider: str, model: str) -> str:
    """Return the name under which the list has the model's price, "" when it has none."""
    found = next(_about(rows().alias, provider, model), None)
    return model if found is None else found.price_as


def gap(provider: str, model: str) -> tuple[Card, Gap] | None:
    """Return the rates of a model that the list lacks, with their row; None when nobody knows."""
    row = next(_about(rows().gap, provider, model), None)
    if row is None:
        return None
    told = ((kind, getattr(row, kind, None)) for kind in PER)
    return Card({kind: Rate(Decimal(str(usd))) for kind, usd in told if usd is not None}), row


def in_region(provider: str, model: str, region: str) -> Factor | None:
    """Return how much dearer a model is in a region, None where it is not."""
    return next(
        (f for f in _factors(provider, model) if region and f.region in (region, "*")), None
    )


def in_tier(provider: str, model: str, tier: str) -> Factor | None:
    """Return what a tier that the list lacks costs beside the standard one, None: unknown."""
    factors = _factors(provider, model) if tier else ()
    return next((factor for factor in factors if factor.tier == tier), None)


def quiet(provider: str, model: str, at: datetime) -> tuple[datetime, QuietDays] | None:
    """Return the moment whose rate holds instead of that of a moment, None for its own."""
    for row in _about(rows().quiet_days, provider, model):
        there = at.astimezone(UTC) + timedelta(hours=row.zone)
        if there.date() >= row.since and there.weekday() in row.weekdays:
            return datetime.combine(at.astimezone(UTC).date(), row.price_at, UTC), row
    return None


def about(provider: str, model: str) -> Iterator[str]:
    """Yield in words what is corrected of a model that the list has."""
    for factor in _factors(provider, model):
        where = f"in a region ({factor.region})" if factor.region else factor.tier
        yield f"{where.replace('(*)', 'of its own address')}: times {factor.factor:g}"
    for row in _about(rows().quiet_days, provider, model):
        days = ", ".join(_DAYS[day] for day in row.weekdays)
        yield f"{days} (UTC{row.zone:+d}) all day as at {row.price_at:%H:%M} UTC"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _factors(provider: str, model: str) -> Iterator[Factor]:
    return _about(rows().factor, provider, model)


def _about(rows: tuple[_R, ...], provider: str, model: str) -> Iterator[_R]:
    """Yield the rows about a model."""
    name = model.lower()
    yield from (
        row
        for row in rows
        if row.provider == provider
        and any(fnmatchcase(name, pattern.lower()) for pattern in row.models)
    )


@cache
def rows() -> _File:
    """Return the whole file, read once."""
    return tomlfile.convert(FILE, tomlfile.read(FILE), _File)
