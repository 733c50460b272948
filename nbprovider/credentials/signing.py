"""The way to one account: its address, its key, and the header that carries the key."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Program, Provider
from nbprovider.credentials import aws, google
from nbprovider.credentials.places import Places
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.sources import Found
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

    May block where a key is not all: AWS or Google may be asked for a token. Raises UsageError for
    an unknown name, MissingKey when no key is found, ConfigError for an address or a key that
    cannot be used, and ProviderError when a token is refused or cannot be had.
    """
    provider = catalog.find(name)
    if provider.program:
        return _by_program(provider, provider.program)
    places = Places()
    base_url = places.base_url(provider)
    found = places.key(provider)
    if found is None:
        if signer := _signer(provider, places):
            return Access(Endpoint(provider, base_url), None, "", signer)
        if provider.needs_key:
            raise _missing(provider, places)
        return Access(Endpoint(provider, base_url), None, "")
    _check(provider, found)
    return _by_key(provider, base_url, found)


def _by_key(provider: Provider, base_url: str, found: Found) -> Access:
    """Return the way of a key: by its beginning, by where it was found, or the usual one."""
    key = found.secret.reveal()
    usual = provider.auth_by_env.get(found.env, provider.auth)
    by_prefix = (way for start, way in provider.auth_by_prefix.items() if key.startswith(start))
    more = (told for start, told in provider.headers_by_prefix.items() if key.startswith(start))
    headers = {**provider.headers, **next(more, {})}
    endpoint = Endpoint(replace(provider, headers=headers), base_url)
    return Access(endpoint, found.secret, next(by_prefix, usual), source=found.source)


def sign(request: Request, access: Access) -> Request:
    """Return the request with the provider's headers, and the key or a signature on it."""
    headers = {**request.headers, **access.endpoint.provider.headers}
    if access.secret is not None and access.auth:
        name, _, value = access.auth.partition(": ")
        headers[name] = value.replace("{key}", access.secret.reveal())
    signed = Request(request.method, request.url, headers, request.body)
    return access.signer(signed) if access.signer else signed


def _signer(provider: Provider, places: Places) -> Callable[[Request], Request] | None:
    """Return what signs in place of a key, None where nothing does."""
    if provider.signing == "sigv4":
        return aws.signer(provider, places.value, places.variable(provider, "region"))
    if provider.signing == "google":
        return google.signer(provider, places.value)
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
    return f"Enter one by `%provider key {provider.key}`"


def _missing(provider: Provider, places: Places) -> MissingKey:
    if other := places.stand_in(provider):
        return MissingKey(
            f"No key for {provider.name}: {' and '.join((*other.env, *other.base_url_env))} speak"
            f" for another server.",
            hint=f"Ask it as `{other.key}:MODEL`, or set {provider.env[0]}.",
        )
    logs_in = provider.oauth is not None and provider.oauth.gives == "tokens"
    step = f"Log in by `%provider login {provider.key}`" if logs_in else _step(provider)
    if not provider.env:
        return MissingKey(f"No key for {provider.name} was entered.", hint=f"{step}.")
    from_where = f" ({provider.key_url} has keys)" if provider.key_url else ""
    return MissingKey(
        f"No key for {provider.name}: {', '.join((*provider.env, *provider.identity_env))} not set,"
        " neither in the environment nor in a .env file.",
        hint=f"{step}, or set {provider.env[0]}{from_where}.",
    )
