"""One look at every place that may hold a key or an address.

What happens when a variable redirects a provider follows the vendors' own SDKs: the provider's key
goes to the given address. One case differs, because two providers share its variables:

- ANTHROPIC_API_KEY, with or without ANTHROPIC_BASE_URL: the account `anthropic`, at that address.
- ANTHROPIC_AUTH_TOKEN alone, without another address: `anthropic`, the token as a Bearer.
- ANTHROPIC_AUTH_TOKEN and an ANTHROPIC_BASE_URL that leads elsewhere, without ANTHROPIC_API_KEY:
  the account `anthropic-compatible`. The token is that server's, so `anthropic` does not see it,
  and a key that is entered for `anthropic` goes to Anthropic itself.
- With both keys set the first wins, as in the SDK; the token is reported as unused.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials import address, aws, google
from nbprovider.credentials.colab import COLAB
from nbprovider.credentials.keychain_keys import KEYCHAIN, is_wanted
from nbprovider.credentials.sources import (
    FILE,
    HELD,
    Found,
    Source,
    Variables,
    dot_env,
    environment,
)
from nbprovider.credentials.templates import filled, unversioned, versioned
from nbprovider.errors import ConfigError

ELSEWHERE = {"region": aws.region, "project": google.project}
"""Placeholder of an address → where else its value may be: files of the vendors' own tools."""


class Redirect(Struct, frozen=True):
    """An address as a variable gives it, and the place in words."""

    text: str
    source: str


class Places:
    """What this kernel, the environment, the keychain, Colab and `.env` say at this moment.

    The vault is not among them: each of its accounts has its key and address to itself.
    """

    def __init__(self) -> None:
        own, file = environment(), dot_env()
        self._variables: tuple[Variables, ...] = (own, file)
        keychain = (KEYCHAIN,) if is_wanted() else ()
        self._stored: tuple[Source, ...] = (own, *keychain, COLAB, file)

    def key(self, provider: Provider) -> Found | None:
        """Return the provider's key from the first place that has one."""
        held = HELD.find(provider)
        if held or self.stand_in(provider):
            return held
        return self._stored_key(provider)

    def every(self, provider: Provider) -> Iterator[Found]:
        """Yield every key of the provider's that there is, the one to use first."""
        if held := HELD.find(provider):
            yield held
        if not self.stand_in(provider):
            yield from self._all_stored(provider)

    def redirect(self, provider: Provider) -> Redirect | None:
        """Return the address that a variable gives the provider, None for the usual one."""
        return None if self.stand_in(provider) else self._redirect(provider)

    def stand_in(self, provider: Provider) -> Provider | None:
        """Return the provider that the variables make answer in this one's place."""
        others = (p for p in catalog.load().values() if p.stands_in_for == provider.key)
        return next((other for other in others if self.takes_over(other, provider)), None)

    def takes_over(self, other: Provider, original: Provider) -> bool:
        """Say whether `other` is the one that the variables which both share speak for."""
        key, redirect = self._stored_key(original), self._redirect(other)
        if key is None or redirect is None or key.env not in other.env:
            return False
        return address.is_elsewhere(original, redirect.text)

    def base_url(self, provider: Provider) -> str:
        """Return the provider's address; "" for one whose server is started on first use.

        Raises ConfigError for an address that may not be used, or when there is none.
        """
        redirect = self.redirect(provider)
        if redirect is None:
            return self._usual(provider)
        self._refuse_stray(provider, redirect)
        if not provider.versioned_path:
            return address.base_url(provider, redirect.text, redirect.source)
        text, version = unversioned(redirect.text)
        url = address.base_url(provider, text, redirect.source)
        if text.rstrip("/").endswith(provider.base_path):
            return url
        return versioned(provider, url, version or self.variable(provider, "api_version"))

    def value(self, *names: str) -> str:
        """Return the value of the first of these environment names that is set, "" for none."""
        found = (place.get(name) for place in self._variables for name in place.names(names))
        return next(found, "")

    def variable(self, provider: Provider, name: str) -> str:
        """Return the value of a placeholder of the provider's address, "" when nobody says it."""
        told = self.value(*provider.variables.get(name, ()))
        if not told and name in ELSEWHERE:
            told = ELSEWHERE[name](self.value)
        return told or provider.defaults.get(name, "")

    def identity(self, provider: Provider) -> str:
        """Return, in words, where credentials for signing are spoken of, "" when nowhere."""
        for place in self._variables:
            for name in place.names(provider.identity_env):
                return place.say(name)
        return ""

    def _usual(self, provider: Provider) -> str:
        if provider.base_url_with_key and self.key(provider):
            return address.base_url(provider, provider.base_url_with_key, _file(provider))
        if not provider.base_url or "{" not in provider.base_url:
            return _usual(provider)
        text = filled(provider, lambda name: self.variable(provider, name))
        url = address.base_url(provider, text, _file(provider))
        return versioned(provider, url, self.variable(provider, "api_version"))

    def unused(self, provider: Provider, found: Found | None) -> tuple[str, ...]:
        """Return the key variables that are set, but not used."""
        if self.stand_in(provider):
            return ()
        names = dict.fromkeys(n for place in self._variables for n in place.names(provider.env))
        return tuple(name for name in names if found is None or name != found.env)

    def _refuse_stray(self, provider: Provider, redirect: Redirect) -> None:
        """Refuse an address of a `.env` file for a key that the same file does not give.

        The file comes with whatever folder one opens: it could lead the key to anybody.
        """
        if not redirect.source.startswith(FILE):
            return
        key = self.key(provider)
        source = key.source if key else self._lent(provider)
        if not source or source.startswith(FILE):
            return
        raise ConfigError(
            f"The address of {provider.name} is in a .env file, its key is elsewhere"
            f" ({source}): the key is not sent there.",
            hint="Put both into the environment, or both into the .env file.",
        )

    def _lent(self, provider: Provider) -> str:
        """Return where credentials for signing may come from, "" when there are none to lend."""
        return "" if provider.signing == "header" else self.identity(provider) or "this computer"

    def forget(self) -> None:
        """Look anew for what was not found, where looking takes its time."""
        KEYCHAIN.forget()
        COLAB.forget()

    def _stored_key(self, provider: Provider) -> Found | None:
        return next(self._all_stored(provider), None)

    def _all_stored(self, provider: Provider) -> Iterator[Found]:
        for source in self._stored:
            yield from source.every(provider)

    def _redirect(self, provider: Provider) -> Redirect | None:
        for place in self._variables:
            for name in place.names(provider.base_url_env):
                return Redirect(place.get(name), place.say(name))
        return None


def of_environment(provider: Provider, name: str) -> str:
    """Return the value of a placeholder as the environment says it, never a `.env` file.

    Where it says nothing: as the files of the vendor's own tools do, or the provider's default.
    """
    told = in_environment(*provider.variables.get(name, ()))
    if not told and name in ELSEWHERE:
        told = ELSEWHERE[name](in_environment)
    return told or provider.defaults.get(name, "")


def in_environment(*names: str) -> str:
    """Return the value of the first of these names that the environment has, "" for none."""
    place = environment()
    return next((place.get(name) for name in place.names(names)), "")


def _usual(provider: Provider) -> str:
    if provider.launcher or provider.program:
        return ""
    if provider.base_url:
        return address.base_url(provider, provider.base_url, _file(provider))
    names = " or ".join(provider.base_url_env) or "base_url in its provider file"
    raise ConfigError(f"{provider.name} has no address yet.", hint=f"Set {names} to it.")


def _file(provider: Provider) -> str:
    return f"the file {provider.key}.toml"
