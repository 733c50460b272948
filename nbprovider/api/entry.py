"""Logins for those who build their own page, and keys where they should not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbprovider.credentials.edge import EDGE
from nbprovider.session import current

if TYPE_CHECKING:
    from pathlib import Path

    from nbprovider.credentials.oauth import Login
    from nbprovider.credentials.scanning import Finding


def start_login(provider: str, account: str = "", *, redirect_uri: str = "") -> Login:
    """Begin a login for those who build their own page; lead somebody to its `url`.

    `account` names a stored account, the provider's own name when left out. The browser is led back
    to `redirect_uri`, left out: to 127.0.0.1, where nobody listens, so that its address can be
    copied. Nothing is sent. Raises UsageError where nobody can log in.
    """
    from nbprovider.session.login import Logins, Whom

    with EDGE:
        return Logins(current()).begin(Whom(provider, account), redirect_uri=redirect_uri)


def complete_login(login: Login, redirected_url: str) -> str:
    """Complete a login by the address that the browser was led to; return the account's name.

    The account is in the vault then, for all kernels. Raises LoginFailed, whose `code` says why,
    and ProviderError when the provider cannot be asked.
    """
    from nbprovider.session.login import Logins

    with EDGE:
        return Logins(current()).complete(login, redirected_url)


def scan(path: str | Path) -> tuple[Finding, ...]:
    """Return the keys that stand in a notebook's source, outputs and metadata, or in a text file.

    Each says where it is and what kind of key, and holds nothing of the key. Raises UsageError for
    a file that cannot be read.
    """
    from nbprovider.credentials import scanning

    return scanning.scan(path)
