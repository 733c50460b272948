"""Providers that no file of ours describes: added in this process, or by an installed package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from nbprovider.catalog.provider import Provider
from nbprovider.errors import ConfigError

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


def installed() -> Iterator[Provider]:
    """Yield the providers of installed packages.

    Raises ConfigError, naming the package's entry point, for one that is none.
    """
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        yield made(point.name, point.load())


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
