"""Fresh tokens for an account: renewed before they end, once, for all kernels that share it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprovider import catalog, credentials
from nbprovider.credentials import Access
from nbprovider.credentials.oauth import Tokens, login_of, opened
from nbprovider.credentials.signing import stored
from nbprovider.credentials.stored import Stored
from nbprovider.errors import NbproviderError, Unauthorized, Unavailable
from nbprovider.oauth_flow import refreshing
from nbprovider.types import Ref

if TYPE_CHECKING:
    from nbprovider import transport


def access(name: str, network: transport.Settings) -> Access:
    """Return the way to an account, with fresh tokens where it has any.

    May block. Raises like `credentials.access`, and Unauthorized, with the way to log in again,
    when the login has ended.
    """
    account = stored(name)
    if account is None or tuple(account.sealed) != ("oauth",):
        return credentials.access(name)
    freshen(account, network)
    found = credentials.access(name)
    spent = found.secret.reveal() if found.secret else ""

    def renew() -> Access:
        freshen(account, network, spent)
        return credentials.access(name)

    return replace(found, renew=renew)


def freshen(account: Stored, network: transport.Settings, refused: str = "") -> None:
    """Renew an account's tokens when they are about to end.

    `refused` is an access token that the provider did not take, "" for none: it is renewed too,
    unless another kernel did so already.
    """
    tokens = _tokens(account)
    if tokens is not None and _is_stale(tokens, refused):
        _Renewal(account, network, refused).run_to_end()


class _Renewal:
    """One renewal, in a thread of its own: an interrupt does not end it between use and keeping.

    A refresh token is good once. Were the answer lost, the login would be lost with it.
    """

    def __init__(self, account: Stored, network: transport.Settings, refused: str) -> None:
        self._account, self._network, self._refused = account, network, refused
        self._error: Exception | None = None
        self._done = threading.Event()

    def run_to_end(self) -> None:
        threading.Thread(target=self._run, name="nbprovider-renewal").start()
        # Not join: interrupted, it takes the thread for ended (CPython 3.11), and a kernel that
        # shuts down would not wait for it. In short turns, as an interrupt is felt on Windows.
        while not self._done.wait(0.1):
            pass
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._renew()
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that asked
            self._error = error
        finally:
            self._done.set()

    def _renew(self) -> None:
        from nbprovider import transport

        vault, oauth = credentials.vault(), login_of(catalog.find(self._account.provider))
        with vault.locked():
            earlier = _tokens(self._account)
            if earlier is None or not _is_stale(earlier, self._refused):
                return
            try:
                about = Ref(self._account.provider, "", self._account.name)
                new = transport.result(refreshing(oauth, earlier, about=about), self._network)
            except NbproviderError as error:
                self._give_up(error, earlier)
                return
            vault.seal(self._account.id, "oauth", new.sealed())

    def _give_up(self, error: NbproviderError, earlier: Tokens) -> None:
        """Raise the error, unless the token is still good for a moment."""
        if (
            isinstance(error, Unavailable)
            and not self._refused
            and time.time() < earlier.expires_at
        ):
            return
        if isinstance(error, Unauthorized):
            error.hint = f"Log in again: `{again(self._account)}`."
        raise error


def again(account: Stored) -> str:
    """Return the line that logs in to an account again."""
    name = "" if account.name == account.provider else f" {account.name}"
    return f"%provider login {account.provider}{name}"


def _is_stale(tokens: Tokens, refused: str) -> bool:
    return tokens.due(time.time()) or tokens.access_token == refused


def _tokens(account: Stored) -> Tokens | None:
    """Return an account's tokens as they are now; raises VaultLocked."""
    vault = credentials.vault()
    secret = vault.secret(vault.find(account.name) or account, "oauth")
    return opened(secret) if secret else None
