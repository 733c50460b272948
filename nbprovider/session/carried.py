"""Accounts carried from one computer to another, in a file without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from nbprovider import tomlfile
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.credentials.vault import Vault
from nbprovider.errors import ConfigError, NbproviderError, UsageError
from nbprovider.newfile import written
from nbprovider.session import details, entry, kept
from nbprovider.session.entry import Entry
from nbprovider.view import Table

HEAD = (
    "# Accounts of nbprovider, without their keys: nbprovider.accounts.import_(path) adds them.\n"
)


class Carried(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One account in the file; `secret` says what it held: a key, a login, or nothing."""

    name: str
    provider: str
    base_url: str = ""
    model: str = ""
    protocol: str = ""
    secret: Literal["", "key", "oauth"] = ""
    services: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: its accounts, the preferred first."""

    account: tuple[Carried, ...] = ()


class Imported(Struct, frozen=True):
    """What came of a file: the accounts added, those left out and why, what each still needs.

    `wanting` are the names of added accounts that held a secret which is not in the file.
    """

    added: tuple[Entry, ...]
    left_out: Mapping[str, str]
    wanting: tuple[str, ...]

    def table(self) -> Table:
        """Return the accounts of the file, a row each."""
        added = tuple((e.name, e.provider, _next(e, self.wanting)) for e in self.added)
        left = tuple((name, "", f"left out: {why}") for name, why in self.left_out.items())
        return Table(("account", "provider", ""), (*added, *left))

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the accounts in any front end."""
        return self.table()._repr_mimebundle_()


def write(path: Path, accounts: tuple[Stored, ...]) -> Path:
    """Write accounts to a new file, TOML or JSON by its ending, and return its path.

    Raises UsageError for another ending, or a file that is there, ConfigError when it cannot be.
    """
    return written(path, _writer(path)(tuple(map(_carried, accounts))))


def read_into(vault: Vault, path: Path) -> Imported:
    """Add the accounts of a file to the vault, without secrets.

    An account that is not sound, or whose name is taken, is left out. Raises ConfigError, which
    names the place, for a file that makes no sense.
    """
    found = tomlfile.convert(path, _reader(path)(path), File)
    added: list[Entry] = []
    left_out: dict[str, str] = {}
    for one in found.account:
        try:
            added.append(entry.of(vault, vault.add(_account(vault, one), {})))
        except NbproviderError as error:
            left_out[one.name] = str(error)
    here = {e.name for e in added}
    wanting = tuple(one.name for one in found.account if one.secret and one.name in here)
    return Imported(tuple(added), left_out, wanting)


def _account(vault: Vault, one: Carried) -> Stored:
    of = kept.takes_accounts(one.provider)
    known = details.checked(
        of,
        {
            "base_url": one.base_url,
            "services": one.services,
            "model": one.model,
            "protocol": one.protocol,
            "fields": one.fields,
        },
    )
    name = details.check_name(of, one.name, kept.names(vault))
    account = details.applied(Stored(new_id(), of.key, name), known)
    details.check_address(of, account)
    return account


def _carried(account: Stored) -> Carried:
    return Carried(
        account.name,
        account.provider,
        account.base_url,
        account.model,
        account.protocol,
        next((kind for kind in ("oauth", "key") if kind in account.sealed), ""),
        account.services,
        account.fields,
    )


def _json(accounts: tuple[Carried, ...]) -> str:
    return msgspec.json.format(msgspec.json.encode(File(accounts))).decode() + "\n"


def _toml(accounts: tuple[Carried, ...]) -> str:
    tables = ("\n".join(["[[account]]", *_lines(account)]) for account in accounts)
    return "\n\n".join([HEAD.strip(), *tables]) + "\n"


def _lines(account: Carried) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in msgspec.to_builtins(account).items()]


def _value(value: Any) -> str:
    if isinstance(value, str):
        # A JSON string is a TOML string, but for one character that TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    pairs = (f"{_value(name)} = {_value(item)}" for name, item in value.items())
    return f"{{ {', '.join(pairs)} }}"


def _from_json(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path} is not valid JSON: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _writer(path: Path) -> Any:
    return _by_ending(path)[0]


def _reader(path: Path) -> Any:
    return _by_ending(path)[1]


def _by_ending(path: Path) -> tuple[Any, Any]:
    try:
        return _WAYS[path.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"{path.name} says no form.", hint="End its name in .toml or .json."
        ) from None


def _next(added: Entry, wanting: tuple[str, ...]) -> str:
    return (
        f"added; enter its key: `%provider key {added.name}`" if added.name in wanting else "added"
    )


_WAYS = {".toml": (_toml, tomlfile.read), ".json": (_json, _from_json)}
"""Ending of a name → how such a file is written and read."""
