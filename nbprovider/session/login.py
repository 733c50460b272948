"""Log in to an account, and out of it: what begins a login, what completes it, what is kept."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from nbprovider import catalog, config, credentials
from nbprovider.catalog import Provider
from nbprovider.credentials import Secret
from nbprovider.credentials.oauth import Login, Plan, Tokens, begin, login_of, opened
from nbprovider.credentials.oauth_replies import redirected
from nbprovider.credentials.stored import Kind, Stored, new_id
from nbprovider.errors import ProviderError, UsageError, VaultLocked
from nbprovider.oauth_flow import DeviceCode, by_device, exchange, revoking
from nbprovider.session.details import check_name, free_name
from nbprovider.types import Ref, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbprovider.credentials.vault import Vault
    from nbprovider.session.session import Session

UNHEARD = 51234
"""The port of a redirect that nobody hears: its address is copied from the browser."""


class Whom:
    """Whose login it is: a provider, and the account's name.

    Raises UsageError, with what to do instead, where nobody can log in, and for a name that cannot
    be taken.
    """

    def __init__(self, name: str, account: str = "") -> None:
        stored = None if account else _named(name)
        self.provider = catalog.find(stored.provider) if stored else _provider(name)
        self.oauth = login_of(self.provider)
        self.account = stored.name if stored else account or self.provider.key
        found = stored or _named(self.account)
        if found is None or found.provider != self.provider.key:
            taken = [one.name for one in credentials.vault().accounts()]
            self.account = check_name(self.provider, self.account, taken)


class Logins:
    """The logins of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, whom: Whom, port: int = UNHEARD, redirect_uri: str = "") -> Login:
        """Return a new login; nothing is sent.

        Raises UsageError for a provider that is logged in to by device codes only.
        """
        if not whom.oauth.authorize:
            raise UsageError(
                f"{whom.provider.name} is logged in to by a code that one enters elsewhere.",
                hint=f"Run `%provider login {whom.provider.key}`.",
            )
        client_id = _client_id(whom) if whom.oauth.client_id_returned else ""
        of_us = installation() if whom.oauth.first_parameters else ""
        plan = Plan(whom.provider.key, whom.account, port, redirect_uri, client_id, of_us)
        return begin(whom.oauth, plan)

    def complete(self, login: Login, redirected_url: str) -> str:
        """Return the name of the account that is logged in to now.

        `redirected_url` is where the browser was led. Raises LoginFailed when it does not complete
        this login, and ProviderError when the provider cannot be asked.
        """
        from nbprovider import transport

        provider, flow = _completing(login, redirected_url)
        return _kept(provider, login.account, transport.result(flow, self._session.network))

    async def acomplete(self, login: Login, redirected_url: str) -> str:
        """Do as `complete` without blocking the event loop."""
        from nbprovider import transport

        provider, flow = _completing(login, redirected_url)
        found = await transport.aresult(flow, self._session.network)
        return await asyncio.to_thread(_kept, provider, login.account, found)

    def by_device(self, whom: Whom, show: Callable[[DeviceCode], None]) -> str:
        """Wait until somebody has entered a code elsewhere, return the account's name.

        `show` is called once with the code and the address. Raises like `complete`.
        """
        from nbprovider import transport

        about = Ref(whom.provider.key, "", whom.account)
        flow = by_device(whom.oauth, show, about=about)
        found = transport.result(flow, self._session.network)
        return _kept(whom.provider, whom.account, found)

    def end(self, name: str) -> str:
        """Log out of an account, return what the provider made of it, "" when all went well.

        What is kept here is removed in any case; where the provider cannot be told, the words say
        so. Raises UsageError when nobody is logged in.
        """
        account = _logged_in(name)
        provider = catalog.find(account.provider)
        vault = credentials.vault()
        trouble = self._revoked(provider, vault, account)
        kind: Kind = "oauth" if "oauth" in account.sealed else "key"
        left = {one: sealed for one, sealed in account.sealed.items() if one != kind}
        if left:
            vault.change(account.id, lambda now: replace(now, sealed=left))
        else:
            vault.purge(account.id)
        return trouble

    def _revoked(self, provider: Provider, vault: Vault, account: Stored) -> str:
        """Have the provider forget the login; return why it did not, "" when it did or cannot."""
        from nbprovider import transport

        oauth = login_of(provider)
        if oauth.gives == "key":
            return f"The key itself stays good until you delete it at {provider.key_url}."
        try:
            found = _tokens(vault, account)
            if found is not None:
                about = Ref(provider.key, "", account.name)
                transport.result(revoking(oauth, found, about), self._session.network)
        except (ProviderError, VaultLocked) as error:
            return f"But the provider could not be told: {error.message}"
        return ""


def _completing(
    login: Login, redirected_url: str
) -> tuple[Provider, Generator[Step, Any, Tokens | Secret]]:
    """Return whose login it is, and the flow that completes it."""
    provider = catalog.find(login.provider)
    oauth = login_of(provider)
    granted = redirected(oauth, login, redirected_url)
    return provider, exchange(oauth, login, granted)


def installation() -> str:
    """Return this installation's own name, a UUID that is made once."""
    path = config.made(config.home().data) / "installation"
    if not path.exists():
        new = path.with_suffix(f".{uuid.uuid4().hex}")
        new.write_text(f"urn:uuid:{uuid.uuid4()}\n", encoding="utf-8")
        new.replace(path)
    return path.read_text(encoding="utf-8").strip()


def _provider(name: str) -> Provider:
    """Return the provider of this name, also by the name of its program."""
    if catalog.known(name):
        return catalog.find(name)
    word = name.strip().lower()
    programs = (one for one in catalog.load().values() if one.program)
    mine = next((one for one in programs if one.program and one.program.name == word), None)
    return mine or catalog.find(name)


def _named(name: str) -> Stored | None:
    return credentials.vault().find(name)


def _logged_in(name: str) -> Stored:
    """Return the stored account of this name, or the only one of this provider."""
    vault = credentials.vault()
    account = vault.find(name)
    if account is None and catalog.known(name):
        key = catalog.find(name).key
        of_provider = [one for one in vault.accounts() if one.provider == key]
        account = of_provider[0] if len(of_provider) == 1 else None
    if account is None or catalog.find(account.provider).oauth is None:
        raise UsageError(
            f"Nobody is logged in to {name!r}.", hint="`%provider account list` shows the accounts."
        )
    return account


def _client_id(whom: Whom) -> str:
    """Return the client id that the provider gave an account, "" for none."""
    account = _named(whom.account)
    found = _tokens(credentials.vault(), account) if account else None
    return found.client_id if found else ""


def _tokens(vault: Vault, account: Stored) -> Tokens | None:
    """Return an account's tokens, None when it has none, or none that can be read."""
    try:
        secret = vault.secret(account, "oauth")
    except VaultLocked:
        return None
    return opened(secret) if secret else None


def _kept(provider: Provider, name: str, found: Tokens | Secret) -> str:
    """Keep what a login gave, in place of what the same account had; return its name.

    It is for the provider's own address: one that the account was given elsewhere is taken away.
    Another person's account is not overwritten: then a new one gets a free name.
    """
    vault = credentials.vault()
    kind: Kind = "oauth" if isinstance(found, Tokens) else "key"
    secret = found.sealed() if isinstance(found, Tokens) else found
    with vault.locked():
        account = vault.find(name)
        if account is not None and _is_somebody_elses(vault, account, provider, found):
            name, account = free_name(provider, [one.name for one in vault.accounts()]), None
        if account is None:
            return vault.add(Stored(new_id(), provider.key, name), {kind: secret}).name
        sealed = vault.seal(account.id, kind, secret).sealed
        only = {kind: sealed[kind]}
        home = {"base_url": "", "services": {}, "sealed": only}
        return vault.change(account.id, lambda now: replace(now, **home)).name


def _is_somebody_elses(
    vault: Vault, account: Stored, provider: Provider, found: Tokens | Secret
) -> bool:
    if account.provider != provider.key:
        return True
    earlier = _tokens(vault, account)
    new = found.subject if isinstance(found, Tokens) else ""
    return bool(earlier and earlier.subject and new and earlier.subject != new)
