"""Read a TOML file into a Struct; every mistake in it is named with its file and key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from nbprovider.errors import ConfigError
from nbprovider.spelling import did_you_mean
from nbprovider.wanted import wanted

S = TypeVar("S", bound=msgspec.Struct)

# msgspec names the place of a mistake as a path: "$" is the file, "$.quirks" a table in it.
_UNKNOWN = re.compile(r"unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_LACKING = "Object missing required field"
_PLACED = re.compile(r"(.*) - at `\$\.?([^`]+)`")


def read(path: Path) -> dict[str, Any]:
    """Return the decoded file.

    Raises ConfigError when it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def convert(path: Path, data: dict[str, Any], kind: type[S]) -> S:
    """Return what was read from `path` as a `kind`.

    Raises ConfigError naming the file and the key that is unknown or holds the wrong type.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _wrong(path, str(error), kind) from None


def _wrong(path: Path, why: str, kind: type[msgspec.Struct]) -> ConfigError:
    if unknown := _UNKNOWN.search(why):
        key, table = unknown[1], unknown[2]
        inside = f" in [{table}]" if table else ""
        hint = did_you_mean(key, _keys(kind, table)) or "Remove it."
        return ConfigError(f"{path}: unknown key {key!r}{inside}.", hint=hint)
    if placed := _PLACED.fullmatch(why):
        must = None if _LACKING in placed[1] else wanted(kind, placed[2])
        said = f"it must be {must}" if must else _plainly(placed[1])
        return ConfigError(
            f"{path}: wrong value of {placed[2]!r}: {said}.", hint="Correct it, or remove the line."
        )
    return ConfigError(f"{path}: {_plainly(why)}.", hint="Correct the file.")


def _plainly(why: str) -> str:
    """Return msgspec's words without its own name for a file's top."""
    return why.replace(_LACKING, "it lacks the key").replace("`", "'")


def _keys(kind: Any, table: str | None) -> tuple[str, ...]:
    for name in filter(None, (table or "").split(".")):
        kind = _struct(get_type_hints(kind).get(name, kind))
    return getattr(kind, "__struct_fields__", ())


def _struct(hint: Any) -> Any:
    """Return the Struct in `Struct | None` or `dict[str, Struct]`, any other hint as it is."""
    inside = (one for one in get_args(hint) if isinstance(one, type))
    return next((one for one in inside if issubclass(one, msgspec.Struct)), hint)
