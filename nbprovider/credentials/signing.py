"""The way to one account: its address, its key, and the header that carries the key."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Program, Provider
from nbprovider.credentials import aws, google, oauth, places, stored_access
from nbprovider.credentials.accounts import is_before_vault, loose
from nbprovider.credentials.places import Places
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.sources import Found
from nbprovider.credentials.stored import Stored
from nbprovider.errors import ConfigError, MissingKey
from nbprovider.types import Ref, Request


class Access(Struct, frozen=True):
    """Where to send a request and how to sign it; `auth` is a header template with `{key}`.

    `secret` is None where a call needs no key, or where a `signer` puts a signature on the request
    in its place. A provider with a launcher has no address until its server runs: whoever starts it
    makes its Access. `source` says in words where the key was found. `renew` gives the way with
    another token when the provider does not take this one; it may block, and raises Unauthorized.
    `account` is the name of the account, "" where nobody said.
    """

    endpoint: Endpoint
    secret: Secret | None
    auth: str
    signer: Callable[[Request], Request] | None = None
    source: str = ""
    renew: Callable[[], Access] | None = None
    account: str = ""

    def about(self, model: str = "") -> Ref:
        """Return what a request by this way is for, as the audit notes it."""
        return Ref(self.endpoint.provider.key, model, self.account)


def access(name: str) -> Access:
    """Return the way to an account, by its name or its provider's.

    A provider's name means its first account: what is `accounts`'s order. May block where a key is
    not all: AWS or Google may be asked for a token. Raises UsageError for an unknown name,
    MissingKey when no key is found, VaultLocked for a stored one that does not open, ConfigError
    for an address or a key that cannot be used, and ProviderError when a token is refused or cannot
    be had.
    """
    here = Places()
    meant = _meant(name, here)
    if isinstance(meant, Stored):
        return _stored(meant)
    if meant.program:
        return _by_program(meant, meant.program)
    return _loose(meant, here)


def stored(name: str) -> Stored | None:
    """Return the account of the vault that `access` would take for a name, None for a loose one.

    Raises UsageError for an unknown name.
    """
    meant = _meant(name, Places())
    return meant if isinstance(meant, Stored) else None


def way_to(account: Stored) -> Access:
    """Return the way to an account of the vault, or to one that is not kept yet.

    The key of the latter has to be held. May block and raises as `access` does.
    """
    return _stored(account)


def _meant(name: str, here: Places) -> Stored | Provider:
    """Return the stored account, or the provider of the loose one, that a name means."""
    word, named = name.strip().casefold(), stored_access.called(name)
    if named and not catalog.known(word):
        return named
    provider = catalog.find(name)
    own = loose(provider, here)
    is_first = own is not None and is_before_vault(own)
    if named and not (is_first and provider.key == word):
        return named
    if own and (is_first or provider.key == word):
        return provider
    kept = stored_access.listed()
    return next((one for one in kept if one.provider == provider.key), provider)


def _loose(provider: Provider, here: Places) -> Access:
    """Return the way to a provider by what this kernel, variables or a keychain say."""
    found = here.key(provider)
    base_url = here.base_url(provider)
    if found:
        return _by_key(Endpoint(provider, base_url), found)
    if signer := _signer(provider, here.value, lambda: here.variable(provider, "region")):
        return Access(Endpoint(provider, base_url), None, "", signer)
    if provider.needs_key:
        here.forget()
        raise _missing(provider, here)
    return Access(Endpoint(provider, base_url), None, "")


def _stored(account: Stored) -> Access:
    """Return the way to an account of the vault: its own address, its own key."""
    endpoint = stored_access.endpoint(account)
    provider = endpoint.provider
    if found := stored_access.key(account):
        return _by_key(endpoint, found)
    region = partial(stored_access.value, account, provider, "region")
    if signer := _signer(provider, places.in_environment, region):
        return Access(endpoint, None, "", signer)
    if provider.needs_key:
        raise MissingKey(
            f"The account {account.name} has no key.",
            hint=f"Enter one by `%provider key {account.name}`.",
        )
    return Access(endpoint, None, "")


def _by_key(endpoint: Endpoint, found: Found) -> Access:
    """Return the way of a key: by its beginning, by where it was found, or the usual one."""
    provider = endpoint.provider
    _check(provider, found)
    key = found.secret.reveal()
    usual = found.auth or provider.auth_by_env.get(found.env, provider.auth)
    by_prefix = (way for start, way in provider.auth_by_prefix.items() if key.startswith(start))
    more = (told for start, told in provider.headers_by_prefix.items() if key.startswith(start))
    headers = {**provider.headers, **next(more, {})}
    at = replace(endpoint, provider=replace(provider, headers=headers))
    return Access(at, found.secret, next(by_prefix, usual), source=found.source)


def sign(request: Request, access: Access) -> Request:
    """Return the request with the provider's headers, and the key or a signature on it."""
    headers = {**request.headers, **access.endpoint.provider.headers}
    if access.secret is not None and access.auth:
        name, _, value = access.auth.partition(": ")
        headers[name] = value.replace("{key}", access.secret.reveal())
    signed = Request(request.method, request.url, headers, request.body)
    return access.signer(signed) if access.signer else signed


def _signer(
    provider: Provider, values: Callable[..., str], region: Callable[[], str]
) -> Callable[[Request], Request] | None:
    """Return what signs in place of a key, None where nothing does."""
    if provider.signing == "sigv4":
        return aws.signer(provider, values, region())
    if provider.signing == "google":
        return google.signer(provider, values)
    return None


def _by_program(provider: Provider, program: Program) -> Access:
    """Return the way to a program that is run here; it has a login of its own."""
    if shutil.which(program.name) is None:
        raise ConfigError(
            f"`{program.name}` is not installed, or not on this kernel's PATH.",
            hint=f"Install it in a terminal: `{program.install}`.",
        )
    return Access(Endpoint(provider, ""), None, "")


def _check(provider: Provider, found: Found) -> None:
    """Refuse a key that no header can carry: an HTTP client's own error would show it."""
    if not re.fullmatch(r"[\x21-\x7e]+", found.secret.reveal()):
        raise ConfigError(
            f"The key for {provider.name} ({found.source}) holds a space or a letter that no key"
            " has.",
            hint="Copy it again, without anything around it.",
        )


def _step(provider: Provider) -> str:
    """Return what to do without a key."""
    if oauth.is_logged_in_to(provider):
        return f"Log in by `%provider login {provider.key}`"
    return f"Enter one by `%provider key {provider.key}`"


def _missing(provider: Provider, places: Places) -> MissingKey:
    if other := places.stand_in(provider):
        return MissingKey(
            f"No key for {provider.name}: {' and '.join((*other.env, *other.base_url_env))} speak"
            f" for another server.",
            hint=f"Ask it as `{other.key}:MODEL`, or set {provider.env[0]}.",
        )
    step = _step(provider)
    if not provider.env:
        return MissingKey(f"No key for {provider.name} was entered.", hint=f"{step}.")
    from_where = f" ({provider.key_url} has keys)" if provider.key_url else ""
    return MissingKey(
        f"No key for {provider.name}: {', '.join((*provider.env, *provider.identity_env))} not set,"
        " neither in the environment nor in a .env file, and no account of it is stored.",
        hint=f"{step}, or set {provider.env[0]}{from_where}.",
    )
