"""Read the provider files: ours in `providers/`, then the user's, which override."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from nbprovider import config, tomlfile
from nbprovider.catalog.added import add as remember
from nbprovider.catalog.added import added, installed
from nbprovider.catalog.provider import Provider
from nbprovider.catalog.spoken import OWN, is_spoken
from nbprovider.errors import ConfigError, UsageError
from nbprovider.spelling import did_you_mean

OURS = Path(__file__).parent / "providers"


def load() -> Mapping[str, Provider]:
    """Return every provider by its key; the files are read on the first call.

    A file of the user's that makes no sense is left out, and what it would override: see `broken`.
    """
    return _loaded()[0]


def broken() -> Mapping[str, ConfigError]:
    """Return the mistake of each provider file of the user's that makes none, by its key."""
    return _loaded()[1]


def refuse_broken(name: str) -> None:
    """Raise ConfigError, naming file and key, for a provider whose file makes no sense."""
    if error := broken().get(name.strip().lower()):
        raise ConfigError(error.message, hint=error.hint)


def forget() -> None:
    """Read the user's files anew at the next `load`."""
    _loaded.cache_clear()
    _names.cache_clear()


def add(provider: Provider) -> None:
    """Add a provider until the process ends; one of the same key is replaced."""
    remember(provider)
    forget()


def find(name: str) -> Provider:
    """Return the provider with this key or alias, case ignored.

    Raises UsageError with the nearest spelling when there is none, and ConfigError when its file
    makes no sense.
    """
    refuse_broken(name)
    key = _names().get(name.strip().lower())
    if key is not None:
        return load()[key]
    raise UsageError(
        f"No provider is called {name!r}.",
        hint=did_you_mean(name, _names()) or "`%provider list` shows them all.",
    )


def known(name: str) -> bool:
    """Say whether `name` is a provider's key or alias, case ignored."""
    word = name.strip().lower()
    return word in _names() or word in broken()


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
    _check(str(path), provider)
    if path.parent != OURS:  # our own are compiled by a test: it takes as long as all the reading
        _compile(str(path), provider)
    return provider


@cache
def _loaded() -> tuple[Mapping[str, Provider], Mapping[str, ConfigError]]:
    packages, spoilt = _packages()
    theirs, mistakes = _theirs()
    providers = {**packages, **_ours(), **theirs, **added()}
    # What a package has wrong does not matter where somebody else has it right.
    mistakes = {key: error for key, error in spoilt.items() if key not in providers} | mistakes
    sound = {key: provider for key, provider in providers.items() if key not in mistakes}
    return MappingProxyType(sound), MappingProxyType(mistakes)


@cache
def _ours() -> Mapping[str, Provider]:
    """Return our own providers: their files stay as they are."""
    return {provider.key: provider for provider in map(parse, sorted(OURS.glob("*.toml")))}


def _packages() -> tuple[dict[str, Provider], dict[str, ConfigError]]:
    """Return the providers of installed packages, and the mistakes of those that make no sense."""
    providers, mistakes = installed()
    for key, provider in list(providers.items()):
        place = f"The provider {key!r} of an installed package"
        try:
            _check(place, provider)
            _compile(place, provider)
        except ConfigError as error:
            del providers[key]
            mistakes[key] = error
    return providers, mistakes


def _theirs() -> tuple[dict[str, Provider], dict[str, ConfigError]]:
    """Return the providers of the user's files, and the mistakes of those that make no sense."""
    providers, mistakes = {}, {}
    for path in sorted((config.home().config / "providers").glob("*.toml")):
        key = path.stem.lower()
        try:
            providers[key] = parse(path)
        except ConfigError as error:
            mistakes[key] = error
    return providers, mistakes


@cache
def _names() -> Mapping[str, str]:
    providers = load().values()
    aliases = {alias.lower(): p.key for p in providers for alias in p.aliases}
    return aliases | {p.key: p.key for p in providers}


def _check(place: str, provider: Provider) -> None:
    """Raise ConfigError, naming its place, for what a type cannot say of a provider."""
    ways = (provider.auth, *provider.auth_by_env.values(), *provider.auth_by_prefix.values())
    for header in filter(None, ways):
        if ": " not in header or "{key}" not in header:
            raise ConfigError(
                f"{place}: {header!r} does not say how the key is sent.",
                hint="Write it as `Authorization: Bearer {key}`.",
            )
    if why := _shapeless(provider):
        raise ConfigError(f"{place}: {why}.", hint="docs/json-proxy.md shows such a file whole.")
    if provider.oauth and (why := provider.oauth.mistake()):
        raise ConfigError(f"{place}: {why}.", hint="docs/login.md explains the table.")
    for name in (
        provider.protocol,
        provider.protocol_elsewhere,
        *provider.model_protocols.values(),
    ):
        if name and not is_spoken(name):
            raise ConfigError(
                f"{place}: wrong value of 'protocol': there is no protocol {name!r}.",
                hint=did_you_mean(name, OWN) or f"Known are: {', '.join(sorted(OWN))}.",
            )


def _shapeless(provider: Provider) -> str:
    """Return what is wrong with the `[proxy]` table, "" when nothing is."""
    if provider.proxy is None:
        speaks = provider.protocol == "json_proxy"
        return "the protocol json_proxy needs a [proxy] table" if speaks else ""
    if provider.protocol != "json_proxy":
        return "a [proxy] table is for the protocol json_proxy only"
    return provider.proxy.mistake()


def _compile(place: str, provider: Provider) -> None:
    """Raise ConfigError, naming its place, for a pattern that is none."""
    for pattern in filter(None, (provider.models.chat, provider.models.not_chat)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"{place}: {pattern!r} is no regular expression: {error}.") from None
