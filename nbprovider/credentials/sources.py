"""Where keys come from: what was entered in this kernel, the environment, a `.env` file.

The keychain and Colab's secrets have modules of their own; `places` has the order of them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from nbprovider.catalog import Provider
from nbprovider.credentials import dotenv
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Stored

KERNEL = "entered in this kernel"
ENVIRONMENT = "environment "
FILE = ".env "


class Found(Struct, frozen=True):
    """A key and, in words, where it was found.

    `env` is the variable's name that it was found under; `auth` is the header that carries it, ""
    for its provider's.
    """

    secret: Secret
    source: str
    env: str = ""
    auth: str = ""


class Source(Protocol):
    """A place that may hold a provider's keys."""

    def every(self, provider: Provider) -> Iterator[Found]:
        """Yield the provider's keys that are here, the one to use first."""


class Held:
    """Keys that were entered in this kernel; they end with it."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def find(self, owner: Provider | Stored) -> Found | None:
        """Return the key that was entered for a provider, or for a stored account."""
        secret = self._secrets.get(_mark(owner))
        return Found(secret, KERNEL) if secret else None

    def hold(self, owner: Provider | Stored, secret: Secret) -> None:
        """Keep the key, in place of an earlier one."""
        self._secrets[_mark(owner)] = secret

    def release(self, owner: Provider | Stored) -> None:
        """Wipe the owner's key, if there is one."""
        if secret := self._secrets.pop(_mark(owner), None):
            secret.wipe()


class Variables:
    """Names and values: the environment's or a `.env` file's. An empty value counts as unset."""

    def __init__(self, label: str, values: Mapping[str, str]) -> None:
        self._label = label
        self._values = values

    def get(self, name: str) -> str:
        """Return a value without the white space around it, "" when unset."""
        return self._values.get(name, "").strip()

    def every(self, provider: Provider) -> Iterator[Found]:
        """Yield the key under each of the provider's names that is set."""
        for name in self.names(provider.env):
            source = self.say(name)
            yield Found(same(source, self.get(name)), source, name)

    def names(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the names that are set, in order."""
        return tuple(name for name in wanted if self.get(name))

    def say(self, name: str) -> str:
        """Return, in words, where a name is set."""
        return self._label + name


HELD = Held()
_seen: dict[str, Secret] = {}


def environment() -> Variables:
    """Return the environment of this process."""
    return Variables(ENVIRONMENT, os.environ)


def dot_env() -> Variables:
    """Return the nearest `.env` file's lines, read now; none when there is no file."""
    try:
        path = dotenv.locate(Path.cwd())
    except OSError:  # the working directory is gone
        path = None
    return Variables(FILE, dotenv.read(path) if path else {})


def is_early(source: str) -> bool:
    """Say whether a source comes before the vault: this kernel or the environment."""
    return source == KERNEL or source.startswith(ENVIRONMENT)


def hold(owner: Provider | Stored, secret: Secret) -> None:
    """Keep a key for this kernel; it comes before every other source."""
    HELD.hold(owner, secret)


def release(owner: Provider | Stored) -> None:
    """Wipe the key that was entered in this kernel, if there is one."""
    HELD.release(owner)


def same(source: str, value: str) -> Secret:
    """Return one Secret a place, kept alive so that redaction goes on knowing it."""
    secret = _seen.get(source)
    if secret is None or not secret.holds(value):
        secret = _seen[source] = Secret(value)
    return secret


def _mark(owner: Provider | Stored) -> str:
    return owner.id if isinstance(owner, Stored) else owner.key
