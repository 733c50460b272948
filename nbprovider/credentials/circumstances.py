"""What is known of an account and of this machine when a call has failed."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from nbprovider import config
from nbprovider.catalog import Provider
from nbprovider.credentials.address import is_private
from nbprovider.credentials.places import Places
from nbprovider.credentials.shapes import prefix_trouble
from nbprovider.credentials.signing import Access
from nbprovider.errors import ConfigError, UnsafeAddress

PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
"""Variables of other programs; here `proxy` in settings.toml is what counts."""

CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and Podman put into a container."""


class Circumstances(Struct, frozen=True):
    """What is known when a call to an account has failed; no secret is among it.

    - `account`: its name; `base_url`: its address
    - `source`: where its key was found, in words, "" when none was sent
    - `mixed_up`: a sentence when the key begins like another provider's, "" otherwise
    - `odd`: whether the key begins like none of the provider's
    - `login`: what `%provider login` takes where tokens of a login were sent, "" for a key
    - `redirect`: where a variable gave the address, in words, "" where none did
    - `signed`: whether requests carry a signature, and so the time; `identity`: where, in words,
      the credentials for it are spoken of, "" when nowhere
    - `contained`: whether this kernel runs in a container
    - `proxy`: the setting; `ignored`: a proxy variable that is set, and not read, "" for none
    """

    provider: Provider
    account: str
    base_url: str = ""
    source: str = ""
    mixed_up: str = ""
    odd: bool = False
    login: str = ""
    redirect: str = ""
    signed: bool = False
    identity: str = ""
    contained: bool = False
    proxy: str = ""
    ignored: str = ""

    @property
    def host(self) -> str:
        """The host of the account's address, "" when it has none."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_near(self) -> bool:
        """Whether the address is on this machine or in a private network."""
        return not self.host or is_private(self.host)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the address is another than the provider's own."""
        return self.base_url != self.provider.base_url.rstrip("/")


def circumstances(access: Access, account: str) -> Circumstances:
    """Return what is known of an account that was just asked, and of this machine."""
    provider = access.endpoint.provider
    key = access.secret.reveal() if access.secret else ""
    own_name = "" if account == provider.key else f" {account}"
    return Circumstances(
        provider,
        account,
        access.endpoint.base_url,
        source=access.source,
        mixed_up=prefix_trouble(provider, key) if key else "",
        odd=bool(key and provider.key_prefix and not key.startswith(provider.key_prefix)),
        login=f"{provider.key}{own_name}" if access.renew else "",
        redirect=_redirect(access),
        signed=access.signer is not None,
        identity=Places().identity(provider) if access.signer else "",
        contained=any(mark.exists() for mark in CONTAINERS),
        proxy=config.settings().proxy,
        ignored=next((name for name in PROXIES if os.environ.get(name)), ""),
    )


def _redirect(access: Access) -> str:
    """Return where a variable gave the address that was asked, "" where none did."""
    places, endpoint = Places(), access.endpoint
    redirect = places.redirect(endpoint.provider)
    try:
        given = places.base_url(endpoint.provider) if redirect else ""
    except (ConfigError, UnsafeAddress):
        return ""
    return redirect.source if redirect and given == endpoint.base_url else ""
