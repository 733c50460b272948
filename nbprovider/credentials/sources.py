"""Where keys come from, in order: this kernel, the environment, a `.env` file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from nbprovider.catalog import Provider
from nbprovider.credentials import dotenv
from nbprovider.credentials.secret import Secret


class Found(Struct, frozen=True):
    """A key and, in words, where it was found; `env` is the name it was found under."""

    secret: Secret
    source: str
    env: str = ""


class Source(Protocol):
    """A place that may hold a provider's key. The vault will be one more."""

    def find(self, provider: Provider) -> Found | None:
        """Return the provider's key, None when it is not here."""


class Held:
    """Keys that were entered in this kernel; they end with it."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def find(self, provider: Provider) -> Found | None:
        """Return the key that was entered for the provider."""
        secret = self._secrets.get(provider.key)
        return Found(secret, "entered in this kernel") if secret else None

    def hold(self, provider: Provider, secret: Secret) -> None:
        """Keep the key, in place of an earlier one."""
        self._secrets[provider.key] = secret

    def release(self, provider: Provider) -> None:
        """Wipe the provider's key, if there is one."""
        if secret := self._secrets.pop(provider.key, None):
            secret.wipe()


class Variables:
    """Names and values: the environment's or a `.env` file's. An empty value counts as unset."""

    def __init__(self, label: str, values: Mapping[str, str]) -> None:
        self._label = label
        self._values = values

    def get(self, name: str) -> str:
        """Return a value without the white space around it, "" when unset."""
        return self._values.get(name, "").strip()

    def find(self, provider: Provider) -> Found | None:
        """Return the key under the first of the provider's names that is set."""
        for name in provider.env:
            if value := self.get(name):
                source = self.say(name)
                return Found(_same(source, value), source, name)
        return None

    def names(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the names that are set, in order."""
        return tuple(name for name in wanted if self.get(name))

    def say(self, name: str) -> str:
        """Return, in words, where a name is set."""
        return self._label + name


FILE = ".env "
HELD = Held()
_seen: dict[str, Secret] = {}


def environment() -> Variables:
    """Return the environment of this process."""
    return Variables("environment ", os.environ)


def dot_env() -> Variables:
    """Return the nearest `.env` file's lines, read now; none when there is no file."""
    try:
        path = dotenv.locate(Path.cwd())
    except OSError:  # the working directory is gone
        path = None
    return Variables(FILE, dotenv.read(path) if path else {})


def hold(provider: Provider, secret: Secret) -> None:
    """Keep a key for this kernel; it comes before every other source."""
    HELD.hold(provider, secret)


def release(provider: Provider) -> None:
    """Wipe the key that was entered in this kernel, if there is one."""
    HELD.release(provider)


def _same(source: str, value: str) -> Secret:
    """Return one Secret a place, kept alive so that redaction goes on knowing it."""
    secret = _seen.get(source)
    if secret is None or not secret.holds(value):
        secret = _seen[source] = Secret(value)
    return secret
