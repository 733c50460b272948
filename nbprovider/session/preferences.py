"""The settings as a reader sees them, and one of them changed in settings.toml."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, structs

from nbprovider import config, tomlfile
from nbprovider.config import MODEL, OwnPrices, Settings
from nbprovider.credentials.redaction import holds_key
from nbprovider.errors import ConfigError, UsageError
from nbprovider.spelling import did_you_mean
from nbprovider.tomledit import edited
from nbprovider.tomltext import one
from nbprovider.view import Table
from nbprovider.wanted import wanted

FILE = "settings.toml"

UNSET = "-"
"""The word that takes a setting away."""

_FIRST = {
    "roles": "; what `%provider role` sets comes first",
    "budget": "; what `%provider budget` sets comes first",
}

_WORDS = {"on": True, "yes": True, "off": False, "no": False}
_TOLD = re.compile(r"^ +- ((?:`\w+`(?:, )?)+): (.*(?:\n +[^-\s].*)*)", re.MULTILINE)
_PASSWORD = re.compile(r"(://)[^/@\s]+@")


class Setting(Struct, frozen=True):
    """One setting: its value here, its default, and who says so."""

    name: str
    value: Any
    default: Any
    source: str
    help: str

    def table(self) -> Table:
        """Return all about the setting, a row each."""
        rows = (
            ("value", shown(self.value)),
            ("default", shown(self.default)),
            ("set by", self.source),
            ("may be", wanted(Settings, self.name) or "a name of yours for each value"),
            ("what it does", self.help + _FIRST.get(self.name, "")),
        )
        example = f"{self.name}.NAME" if isinstance(self.default, Mapping) else self.name
        note = f"`%provider config {example} VALUE` sets it, `{UNSET}` as the value resets it."
        return Table(("setting", self.name), rows, note=note)


def every() -> tuple[Setting, ...]:
    """Return every setting; raises ConfigError for a file that makes no sense."""
    values, said, told = config.settings(), _said(), dict(_helps())
    return tuple(
        Setting(name, getattr(values, name), default, _source(name, said), told.get(name, ""))
        for name, default in structs.asdict(Settings()).items()
    )


def table() -> Table:
    """Return every setting, a row each."""
    rows = tuple((s.name, shown(s.value), shown(s.default), s.source) for s in every())
    note = (
        f"`%provider config NAME` explains one, `%provider config NAME VALUE` sets it in "
        f"{config.settings_file()}."
    )
    return Table(("setting", "value", "default", "set by"), rows, note=note)


def setting(name: str) -> Setting:
    """Return one setting; raises UsageError with the nearest name for one that there is not."""
    head = _path(name)[0]
    return next(one for one in every() if one.name == head)


def put(name: str, word: str) -> Setting:
    """Set one setting in settings.toml; all else in the file stays. Return it as it is now.

    A table's entry is named with a dot: `aliases.fast`, `budget.day`, `prices.vllm:*.input`.
    Raises UsageError for a value that cannot be, ConfigError where the file cannot be changed.
    """
    path = _path(name)
    if isinstance(structs.asdict(Settings())[path[0]], Mapping) and len(path) == 1:
        raise UsageError(
            f"{name} is a table.", hint=f"Set one entry: `%provider config {name}.NAME VALUE`."
        )
    if holds_key(word):
        raise UsageError(
            f"The value of {name} looks like a key; settings.toml is no place for one.",
            hint="`%provider key NAME` stores keys sealed.",
        )
    _write(path, _value(path, word))
    return setting(name)


def reset(name: str) -> Setting:
    """Take one setting out of settings.toml, so that its default counts. Return it as it is now."""
    _write(_path(name), None)
    return setting(name)


def values(name: str) -> list[str]:
    """Return the words that a setting may have, none where they are not counted."""
    kind = get_type_hints(Settings).get(name)
    if kind is bool:
        return ["true", "false"]
    return [*get_args(kind)] if get_origin(kind) is Literal else []


def shown(value: Any) -> str:
    """Return a value as the file has it, without a proxy's password."""
    if value is None:
        return "not set"
    plain = msgspec.to_builtins(value)
    if isinstance(plain, dict):
        return _PASSWORD.sub(r"\1…@", ", ".join(_entries(plain))) or "none"
    return _PASSWORD.sub(r"\1…@", one(plain))


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{k} = {one(v)}" for k, v in value.items() if v is not None)
        else:
            yield f"{name} = {one(value)}"


def _path(name: str) -> tuple[str, ...]:
    """Return the place of a setting; a model's name may have dots of its own."""
    head, dot, rest = name.partition(".")
    if head not in Settings.__struct_fields__:
        hint = did_you_mean(head, Settings.__struct_fields__) or "`%provider config` lists all."
        raise UsageError(f"There is no setting {head!r}.", hint=hint)
    if not dot:
        return (head,)
    if not rest or not isinstance(structs.asdict(Settings())[head], Mapping):
        raise UsageError(f"{head} has no entries.", hint=f"It is set so: {head} VALUE.")
    model, between, kind = rest.rpartition(".")
    if head == "prices" and between and kind in OwnPrices.__struct_fields__:
        return (head, model, kind)
    return (head, rest)


def _said() -> dict[str, Any]:
    path = config.settings_file()
    return tomlfile.read(path) if path.exists() else {}


def _source(name: str, said: Mapping[str, Any]) -> str:
    if variable := next((v for v in _variables(name) if os.environ.get(v, "").strip()), ""):
        return variable
    return FILE if name in said else "default"


def _variables(name: str) -> tuple[str, ...]:
    return {"model": (MODEL,), "replay": ("NBPROVIDER_REPLAY",)}.get(name, ())


def _helps() -> Iterator[tuple[str, str]]:
    """Yield what the settings' own description says of each."""
    for names, words in _TOLD.findall(Settings.__doc__ or ""):
        told = " ".join(words.split())
        yield from ((name, told) for name in re.findall(r"\w+", names))


def _value(path: tuple[str, ...], word: str) -> Any:
    """Return the value that a word means at this place; raises UsageError when it means none."""
    for value in _readings(word):
        try:
            msgspec.convert(_nested(path, value), Settings)
        except msgspec.ValidationError:
            continue
        return value
    must = wanted(Settings, ".".join(path)) or wanted(Settings, path[0])
    raise UsageError(
        f"{'.'.join(path)} cannot be {word!r}.",
        hint=f"It must be {must}." if must else "`%provider config NAME` says what it may be.",
    )


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _readings(word: str) -> Iterator[Any]:
    """Yield what a word may mean: TOML's value, itself, yes or no, a list by commas."""
    with suppress(tomllib.TOMLDecodeError, KeyError):
        yield tomllib.loads(f"value = {word}")["value"]
    yield word
    if word.lower() in _WORDS:
        yield _WORDS[word.lower()]
    yield [part.strip() for part in word.split(",") if part.strip()]


def _write(path: tuple[str, ...], value: Any) -> None:
    """Change the file at once; an earlier mistake in it is told, and nothing is written."""
    config.settings()
    file = config.settings_file().resolve()
    try:
        old = file.read_bytes().decode() if file.exists() else ""
        new = edited(old.replace("\r\n", "\n"), path, value)
        if new.split() == old.split() == []:
            return
        config.made(file.parent)
        _replace(file, new, "\r\n" if "\r\n" in old else "\n")
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror or error}.",
            hint="Make it writable, or set NBPROVIDER_HOME to another folder.",
        ) from None


def _replace(file: Path, text: str, newline: str) -> None:
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8", newline=newline)
        if file.exists():
            fresh.chmod(file.stat().st_mode)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
