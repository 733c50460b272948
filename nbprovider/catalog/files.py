"""Read the provider files: ours in `providers/`, then the user's, which override."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from nbprovider import config, tomlfile
from nbprovider.catalog.added import add as remember
from nbprovider.catalog.added import added, installed
from nbprovider.catalog.provider import Provider
from nbprovider.errors import ConfigError, UsageError
from nbprovider.spelling import did_you_mean

OURS = Path(__file__).parent / "providers"


def load() -> Mapping[str, Provider]:
    """Return every provider by its key; the files are read on the first call.

    Raises ConfigError, naming the file and the key, for a file that makes no sense.
    """
    return _loaded()


def forget() -> None:
    """Read the files anew at the next `load`."""
    _loaded.cache_clear()
    _names.cache_clear()


def add(provider: Provider) -> None:
    """Add a provider until the process ends; one of the same key is replaced."""
    remember(provider)
    forget()


def find(name: str) -> Provider:
    """Return the provider with this key or alias, case ignored.

    Raises UsageError with the nearest spelling when there is none.
    """
    key = _names().get(name.strip().lower())
    if key is not None:
        return load()[key]
    raise UsageError(
        f"No provider is called {name!r}.",
        hint=did_you_mean(name, _names()) or "`%provider list` shows them all.",
    )


def known(name: str) -> bool:
    """Say whether `name` is a provider's key or alias, case ignored."""
    return name.strip().lower() in _names()


def parse(path: Path) -> Provider:
    """Return the provider that one file describes; the file's name is its key.

    Raises ConfigError naming the file, and the key or the line that is wrong.
    """
    data = tomlfile.read(path)
    if "key" in data:
        raise ConfigError(
            f"{path}: `key` is not set in the file.",
            hint="The file's name is the key: rename the file.",
        )
    provider = tomlfile.convert(path, {"key": path.stem.lower(), **data}, Provider)
    _check(path, provider)
    return provider


@cache
def _loaded() -> Mapping[str, Provider]:
    files = {provider.key: provider for provider in map(parse, _paths())}
    packages = {provider.key: provider for provider in installed()}
    return MappingProxyType({**packages, **files, **added()})


@cache
def _names() -> Mapping[str, str]:
    providers = load().values()
    aliases = {alias.lower(): p.key for p in providers for alias in p.aliases}
    return aliases | {p.key: p.key for p in providers}


def _paths() -> Iterator[Path]:
    yield from sorted(OURS.glob("*.toml"))
    yield from sorted((config.home().config / "providers").glob("*.toml"))


def _check(path: Path, provider: Provider) -> None:
    ways = (provider.auth, *provider.auth_by_env.values(), *provider.auth_by_prefix.values())
    for header in filter(None, ways):
        if ": " not in header or "{key}" not in header:
            raise ConfigError(
                f"{path}: {header!r} does not say how the key is sent.",
                hint="Write it as `Authorization: Bearer {key}`.",
            )
    if why := _shapeless(provider):
        raise ConfigError(f"{path}: {why}.", hint="docs/json-proxy.md shows such a file whole.")
    if path.parent != OURS:  # our own are compiled by a test: it takes as long as all the reading
        for pattern in filter(None, (provider.models.chat, provider.models.not_chat)):
            _compile(path, pattern)


def _shapeless(provider: Provider) -> str:
    """Return what is wrong with the `[proxy]` table, "" when nothing is."""
    if provider.proxy is None:
        speaks = provider.protocol == "json_proxy"
        return "the protocol json_proxy needs a [proxy] table" if speaks else ""
    if provider.protocol != "json_proxy":
        return "a [proxy] table is for the protocol json_proxy only"
    return provider.proxy.mistake()


def _compile(path: Path, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{path}: {pattern!r} is no regular expression: {error}.") from None
