"""Providers that no file of ours describes: added in this process, or by an installed package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from nbprovider.catalog.provider import Provider
from nbprovider.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "nbprovider.providers"
"""The entry points of packages that bring a provider: its name → a Provider, or its fields."""

_ADDED: dict[str, Provider] = {}


def added() -> Mapping[str, Provider]:
    """Return the providers that were added in this process."""
    return _ADDED


def add(provider: Provider) -> None:
    """Remember a provider until the process ends; one of the same key is replaced."""
    _ADDED[provider.key] = provider


def remove(key: str) -> None:
    """Forget a provider that was added."""
    _ADDED.pop(key, None)


def installed() -> tuple[dict[str, Provider], dict[str, ConfigError]]:
    """Return the providers of installed packages, and the mistakes of those that are none.

    A package that is wrong disables only its own provider.
    """
    providers, mistakes = {}, {}
    for point in _points(tuple(sys.path)):
        try:
            providers[point.name] = _loaded(point)
        except ConfigError as error:
            mistakes[point.name] = error
    return providers, mistakes


@cache
def _points(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return the entry points of what is installed on a path: all of it is looked through."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def _loaded(point: EntryPoint) -> Provider:
    """Return what an entry point gives; whatever its package raises is a ConfigError."""
    try:
        fields = point.load()
    except Exception as error:
        raise ConfigError(
            f"The provider {point.name!r} of an installed package cannot be loaded"
            f" ({point.value}): {type(error).__name__}: {error}.",
            hint="Mend or remove that package.",
        ) from error
    return made(point.name, fields)


def made(key: str, fields: Any) -> Provider:
    """Return a provider of this key from its fields, as a provider file would give them.

    Raises ConfigError that names the provider and the field that is wrong.
    """
    if isinstance(fields, Provider):
        return msgspec.structs.replace(fields, key=key)
    try:
        return msgspec.convert({**fields, "key": key}, Provider)
    except (msgspec.ValidationError, TypeError) as error:
        raise ConfigError(
            f"The provider {key!r} makes no sense: {error}.",
            hint="docs/adding-a-provider.md explains every field.",
        ) from None
