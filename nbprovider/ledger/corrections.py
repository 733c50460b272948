"""Where the price list is known to be wrong: `corrections.toml`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from nbprovider import tomlfile

FILE = Path(__file__).with_name("corrections.toml")


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """A price to be taken from elsewhere; see the head of the file."""

    provider: str
    models: tuple[str, ...]
    price_as: str
    source: str


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    correction: tuple[Correction, ...] = field(default_factory=tuple)


def priced_as(provider: str, model: str) -> str:
    """Return the name under which the list has the model's price, "" when it has none."""
    for correction in _all().get(provider, ()):
        if any(fnmatchcase(model.lower(), pattern) for pattern in correction.models):
            return correction.price_as
    return model


@cache
def _all() -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for correction in tomlfile.convert(FILE, tomlfile.read(FILE), _File).correction:
        found.setdefault(correction.provider, []).append(correction)
    return found
