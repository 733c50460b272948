"""The way to an account of the vault: its address, and the key that goes there and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider
from nbprovider.credentials import address, oauth, places
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.sources import HELD, Found, same
from nbprovider.credentials.stored import Kind, Stored
from nbprovider.credentials.templates import PLACEHOLDER, filled, unversioned, versioned
from nbprovider.credentials.vault import vault
from nbprovider.errors import ConfigError, NbproviderError, VaultLocked

SOURCE = "vault"
BEARER = "Authorization: Bearer {key}"

SERVICE_PATHS = {
    "embeddings": "/embeddings",
    "tts": "/audio/speech",
    "stt": "/audio/transcriptions",
    "rerank": "/rerank",
    "images": "/images/generations",
}
"""Service → its path on most servers, for one that its provider's file does not name."""

_FOLDER = re.compile(r"(.*/)?v\d+\w*")


_problems: dict[tuple[str, Kind], tuple[Stored, str]] = {}
"""Account and kind of secret → the account when it was last tried, and why it did not open."""


def listed() -> tuple[Stored, ...]:
    """Return the accounts of the vault, the preferred first; none where it cannot be read."""
    try:
        return vault().accounts()
    except NbproviderError:
        return ()


def called(name: str) -> Stored | None:
    """Return the vault's account of this name, case ignored; None where it cannot be read."""
    word = name.strip().casefold()
    return next((one for one in listed() if one.name.casefold() == word), None)


def endpoint(account: Stored) -> Endpoint:
    """Return where a stored account leads: its own addresses, else its provider's usual ones.

    Variables that redirect a provider do not count here, and nothing of a `.env` file does. Raises
    UsageError or ConfigError for a provider that is not there any more, ConfigError and
    UnsafeAddress for an address that may not be used.
    """
    provider = catalog.find(account.provider)
    base_url = "" if provider.launcher or provider.program else _base_url(account, provider)
    services = {
        name: service_url(provider, name, url, f"the account {account.name}")
        for name, url in account.services.items()
    }
    offering = replace(provider, services={**_reachable(account, provider), **services})
    return Endpoint(offering, base_url, account.protocol)


def key(account: Stored) -> Found | None:
    """Return a stored account's key or access token, None when it has none.

    Raises VaultLocked when it does not open; `problem` says so from then on.
    """
    if held := HELD.find(account):
        return held
    if secret := _secret(account, "key"):
        return Found(secret, SOURCE)
    tokens = _secret(account, "oauth")
    if tokens is None:
        return None
    told = oauth.opened(tokens)
    if told is None:
        raise VaultLocked(
            f"What the vault keeps of the login of {account.name} makes no sense.",
            hint=f"Log in again: `%provider login {account.provider}`.",
        )
    same(f"vault {account.id} refresh", told.refresh_token)  # so that redaction knows it
    return Found(same(f"vault {account.id}", told.access_token), SOURCE, auth=BEARER)


def has_key(account: Stored) -> bool:
    """Say whether there is something to open; it is not opened."""
    return bool(account.sealed) or HELD.find(account) is not None


def problem(account: Stored) -> str:
    """Return why a stored account's secret did not open, "" when it did or nobody tried yet."""
    if HELD.find(account):
        return ""
    known = (_problems.get((account.id, kind)) for kind in account.sealed)
    return next((told for one, told in filter(None, known) if one == account), "")


def tried(account: Stored) -> str:
    """Open a stored account's secrets, return why one does not open, "" when all do."""
    try:
        key(account)
    except NbproviderError as error:
        return str(error)
    return ""


def value(account: Stored, provider: Provider, name: str) -> str:
    """Return the value of a placeholder of an account's address, "" when nobody says it."""
    return account.fields.get(name, "") or places.of_environment(provider, name)


def service_url(provider: Provider, service: str, text: str, where: str) -> str:
    """Return the whole address of a service; one that ends in a version or a host gets the path.

    So `http://gpu:8000/v1` does as well as `http://gpu:8000/v1/embeddings`. Raises ConfigError and
    UnsafeAddress, which name `where`, for an address that may not be used.
    """
    plain = replace(provider, base_path="", base_drop=(), address="url")
    url = address.base_url(plain, text, f"{service} of {where}")
    folder = urlsplit(url).path.strip("/")
    if folder and not _FOLDER.fullmatch(folder):
        return url
    usual, path = SERVICE_PATHS.get(service, ""), provider.services.get(service, "")
    if not path.startswith("/"):
        return f"{url}{'' if folder else '/v1'}{usual}"
    return f"{url}{'' if folder else provider.base_path}{path}"


def _secret(account: Stored, kind: Kind) -> Secret | None:
    """Return a secret; the vault opens it once for the account as it stands."""
    _problems.pop((account.id, kind), None)
    if kind not in account.sealed:
        return None
    try:
        return vault().secret(account, kind)
    except VaultLocked as error:
        _problems[account.id, kind] = account, str(error)
        raise


def _base_url(account: Stored, provider: Provider) -> str:
    value_of = partial(value, account, provider)
    if account.base_url:
        return _own_url(account, provider, value_of)
    if provider.base_url_with_key and has_key(account):
        return address.base_url(provider, provider.base_url_with_key, _file(provider))
    if not provider.base_url:
        raise ConfigError(
            f"The account {account.name} has no address yet.",
            hint=f"Give it one: `%provider account edit {account.name} --base-url URL`.",
        )
    text = filled(provider, value_of) if "{" in provider.base_url else provider.base_url
    url = address.base_url(provider, text, _file(provider))
    return versioned(provider, url, value_of("api_version"))


def _own_url(account: Stored, provider: Provider, value_of: Callable[[str], str]) -> str:
    known = {*provider.variables, *account.fields}
    parts = [name for name in PLACEHOLDER.findall(account.base_url) if name in known]
    text, version = unversioned(account.base_url)
    if parts:
        text = filled(replace(provider, base_url=text, base_url_for={}), value_of)
    url = address.base_url(provider, text, f"the account {account.name}")
    if not provider.versioned_path or text.rstrip("/").endswith(provider.base_path):
        return url
    return versioned(provider, url, version or value_of("api_version"))


def _reachable(account: Stored, provider: Provider) -> dict[str, str]:
    """Return the provider's services that this account may ask.

    Whole addresses in the provider's file are the vendor's own: a key of another server stays away.
    """
    if not account.base_url or not address.is_elsewhere(provider, account.base_url):
        return provider.services
    return {name: path for name, path in provider.services.items() if "://" not in path}


def _file(provider: Provider) -> str:
    return f"the file {provider.key}.toml"
