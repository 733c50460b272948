"""Keys that other places keep and the vault could: found, and nothing written.

Sources of the shapes: `llm` (keys.json of its user folder: name → key), Jupyter AI 2 (config.json:
`api_keys`, variable → key), OpenCode (auth.json: provider → {"type": "api", "key": …}).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials import stored_access
from nbprovider.credentials.accounts import loose
from nbprovider.credentials.places import Places
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.shapes import prefix_trouble
from nbprovider.credentials.sources import Found, Variables, dot_env, environment
from nbprovider.credentials.stored import Stored
from nbprovider.errors import NbproviderError

LARGEST = 1024 * 1024
"""Bytes of a file of another program that is read."""

THEIR_NAMES = {
    "gemini": "google",
    "claude": "anthropic",
    "cloudflare-workers-ai": "cloudflare",
}
"""What other programs call a provider, where it is neither our key nor an alias of it."""


class Migratable(Struct, frozen=True):
    """A key that the vault could keep.

    - `provider`: its key; `name`: a name for the account, which may be taken
    - `where`: in words, the place that has it now
    - `base_url`, `fields`: where the key goes now, as a stored account has them: it is another
      server's key where `base_url` is not ""
    - `doubt`: why it may be another provider's key, "" for no doubt
    """

    provider: str
    name: str
    where: str
    secret: Secret
    base_url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


def found() -> tuple[Migratable, ...]:
    """Return every key that is somewhere else and not in the vault; each once.

    In order: the environment, a `.env` file, `llm`, Jupyter AI, OpenCode. The vault's own secrets
    are opened, to tell which it has already. A token that is no key is left where it is.
    """
    places = Places()
    own, file = environment(), dot_env()
    everything = (
        *_of_variables(own, (own,), places),
        *_of_variables(file, (own, file), places),
        *_of_file(llm_file(), "llm", _by_name),
        *_of_file(jupyter_ai_file(), "Jupyter AI", _by_variable),
        *_of_file(opencode_file(), "OpenCode", _by_login),
    )
    return tuple(_new(everything))


def llm_file() -> Path:
    """Return where `llm` keeps its keys."""
    if own := os.environ.get("LLM_USER_PATH", ""):
        return Path(own) / "keys.json"
    from platformdirs import user_config_path

    return user_config_path("io.datasette.llm", appauthor=False, roaming=True) / "keys.json"


def jupyter_ai_file() -> Path:
    """Return where Jupyter AI keeps its settings: below Jupyter's data folder."""
    if own := os.environ.get("JUPYTER_DATA_DIR", ""):
        return Path(own, "jupyter_ai", "config.json")
    if sys.platform == "darwin":
        folder = Path.home() / "Library" / "Jupyter"
    elif sys.platform == "win32" and (roaming := os.environ.get("APPDATA", "")):
        folder = Path(roaming, "jupyter")
    else:
        folder = _shared() / "jupyter"
    return folder / "jupyter_ai" / "config.json"


def opencode_file() -> Path:
    """Return where OpenCode keeps its logins: the same folder on every system, or an older one."""
    older = Path.home() / ".opencode" / "auth.json"
    usual = _shared() / "opencode" / "auth.json"
    return older if older.is_file() and not usual.is_file() else usual


def _shared() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME", "") or Path.home() / ".local" / "share")


def _of_variables(
    place: Variables, around: tuple[Variables, ...], places: Places
) -> Iterator[Migratable]:
    """Yield the keys of one place, each with the address that it goes to now.

    An address counts that is in the same place or a trusted one: see `around`.
    """
    for provider in catalog.load().values():
        if loose(provider, places) is None:  # no address, or another provider's key
            continue
        base_url = _first(around, provider.base_url_env)
        parts = {name: _first(around, names) for name, names in provider.variables.items()}
        told = {name: value for name, value in parts.items() if value}
        for key in place.every(provider):
            if _is_key(provider, key):
                yield _made(provider, key.secret, key.source, base_url, told)


def _is_key(provider: Provider, key: Found) -> bool:
    """Say whether it is carried as the vault's keys are: a passing token is not."""
    return provider.auth_by_env.get(key.env, provider.auth) == provider.auth


def _first(around: Iterable[Variables], names: tuple[str, ...]) -> str:
    return next((place.get(name) for place in around for name in place.names(names)), "")


Kept = tuple[Provider, str, str]
"""A provider, its key, and the address that it is for, "" for the provider's."""

Read = Callable[[Mapping[str, Any]], Iterator[Kept]]


def _of_file(path: Path, program: str, read: Read) -> Iterator[Migratable]:
    for provider, key, base_url in read(_decoded(path)):
        if provider.kind != "retired" and key.strip():
            yield _made(provider, Secret(key), f"{program} ({path})", base_url)


def _decoded(path: Path) -> Mapping[str, Any]:
    """Return the table in a JSON file, an empty one when there is none."""
    try:
        with path.open("rb") as file:
            told = msgspec.json.decode(file.read(LARGEST))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) else {}


def _by_name(told: Mapping[str, Any]) -> Iterator[Kept]:
    for name, key in told.items():
        if isinstance(key, str) and (provider := _called(name)):
            yield provider, key, ""


def _by_variable(told: Mapping[str, Any]) -> Iterator[Kept]:
    keys = told.get("api_keys")
    for name, key in keys.items() if isinstance(keys, dict) else ():
        if isinstance(key, str) and (provider := _of_variable(name)):
            yield provider, key, _address(told) if provider.key == "openai" else ""


def _address(told: Mapping[str, Any]) -> str:
    """Return the address that Jupyter AI sends its OpenAI key to, "" for OpenAI's own."""
    for table in ("fields", "completions_fields", "embeddings_fields"):
        models = told.get(table)
        for own in models.values() if isinstance(models, dict) else ():
            url = own.get("openai_api_base") if isinstance(own, dict) else None
            if isinstance(url, str) and url.strip():
                return url.strip()
    return ""


def _by_login(told: Mapping[str, Any]) -> Iterator[Kept]:
    for name, login in told.items():
        if isinstance(login, dict) and login.get("type") == "api":
            key = login.get("key")
            if isinstance(key, str) and (provider := _called(name)):
                yield provider, key, ""


def _called(name: str) -> Provider | None:
    """Return the provider that another program calls so, None for one that we do not know."""
    word = THEIR_NAMES.get(name.lower(), name)
    try:
        provider = catalog.find(word) if catalog.known(word) else None
    except NbproviderError:  # a file of the user's that makes no sense
        return None
    return provider if provider and provider.base_url else None


def _of_variable(name: str) -> Provider | None:
    """Return the provider whose key a variable holds, as the vault keeps keys."""
    for provider in catalog.load().values():
        if name in provider.env and name not in provider.auth_by_env and provider.base_url:
            return provider
    return None


def _made(
    provider: Provider,
    secret: Secret,
    where: str,
    base_url: str = "",
    fields: Mapping[str, str] | None = None,
) -> Migratable:
    doubt = "" if base_url else prefix_trouble(provider, secret.reveal())
    return Migratable(provider.key, provider.key, where, secret, base_url, fields or {}, doubt)


def _new(everything: Iterable[Migratable]) -> Iterator[Migratable]:
    """Yield each key once, and none that the vault has for its provider."""
    seen = [(one.provider, key) for one in stored_access.listed() if (key := _opened(one))]
    for one in everything:
        if not any(one.provider == by and one.secret.holds(key.reveal()) for by, key in seen):
            seen.append((one.provider, one.secret))
            yield one


def _opened(account: Stored) -> Secret | None:
    try:
        key = stored_access.key(account)
    except NbproviderError:
        return None
    return key.secret if key else None
