"""Addresses with placeholders: `https://bedrock-runtime.{region}.amazonaws.com`."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from nbprovider.catalog import Provider
from nbprovider.errors import ConfigError

PLACEHOLDER = re.compile(r"\{(\w+)\}")

# What else could lead the key to another host, or out of the path.
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)

ROLLING = frozenset({"", "v1", "preview", "latest"})
"""Values of api-version that mean Azure's newer address, which takes none."""


def filled(provider: Provider, value_of: Callable[[str], str]) -> str:
    """Return the provider's base URL with the value of each placeholder in it.

    Raises ConfigError, naming the variables, for a value that is missing or cannot be in one.
    """
    values = {name: _checked(provider, name, value_of) for name in _names(provider.base_url)}
    others = (provider.base_url_for[one] for one in values.values() if one in provider.base_url_for)
    template = next(others, provider.base_url)
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)


def _names(template: str) -> list[str]:
    return PLACEHOLDER.findall(template)


def _checked(provider: Provider, name: str, value_of: Callable[[str], str]) -> str:
    value = value_of(name)
    variables = " or ".join(provider.variables.get(name, ()))
    if not value:
        raise ConfigError(
            f"{provider.name} needs to know its {name}: it is part of the address.",
            hint=f"Set {variables or f'base_url in {provider.key}.toml'}.",
        )
    if not WORD.fullmatch(value):
        raise _unfit(provider, name, value)
    return value


def _unfit(provider: Provider, name: str, value: str) -> ConfigError:
    return ConfigError(
        f"The {name} of {provider.name} is {value!r}, which cannot be part of an address.",
        hint=f"Set {' or '.join(provider.variables.get(name, (name,)))} to its plain name.",
    )


def unversioned(text: str) -> tuple[str, str]:
    """Return an address without its `api-version`, and that version ("" when it has none)."""
    base, _, query = text.partition("?")
    told = dict(parse_qsl(query))
    version = told.pop("api-version", "")
    return (text, "") if told or not version else (base, version)


def versioned(provider: Provider, base_url: str, version: str) -> str:
    """Return the address at which Azure wants a version; the newer address wants none.

    `base_url` is in its usual form: one without a path has the provider's `base_path`. Raises
    ConfigError for a version that is none.
    """
    path = urlsplit(base_url).path
    if version in ROLLING or not provider.versioned_path:
        return base_url
    if not WORD.fullmatch(version):
        raise _unfit(provider, "api_version", version)
    if "/deployments/" in path:
        return f"{base_url}?api-version={version}"
    if path != provider.base_path:
        return base_url
    return f"{base_url.removesuffix(path)}{provider.versioned_path}?api-version={version}"
