"""A key on its way into the vault: given in code, or asked for, unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from nbprovider import catalog, credentials
from nbprovider.catalog import Provider
from nbprovider.credentials import Secret
from nbprovider.credentials.stored import Stored
from nbprovider.credentials.vault import Vault
from nbprovider.errors import MissingKey
from nbprovider.session import details, kept
from nbprovider.session.entry import Entry

Edit = Callable[[Stored], Stored]


def taken(provider: Provider, account: Stored | None, key: str | Secret | None) -> Secret:
    """Return a key that was given; asked for, unseen, when it is None.

    Who is asked is told where the key will go, where that is not the provider's own address.
    Raises MissingKey for an empty one, or where nobody can be asked.
    """
    if key is None:
        return credentials.ask(provider, _told(provider, account))
    secret = key if isinstance(key, Secret) else Secret(key)
    if not secret:
        raise MissingKey("The key is empty.", hint=f"{provider.name} has no such key.")
    credentials.check_key(provider, secret, "as given")
    return secret


def for_change(vault: Vault, name: str, more: Mapping[str, object]) -> Secret | None:
    """Return the key that a change needs again, asked for; None for one that needs none."""
    before = kept.in_use(vault, name)
    provider = kept.provider_of(before)
    after = details.applied(before, details.checked(provider, more))
    elsewhere = details.leads_elsewhere(provider, before, after)
    return taken(provider, after, None) if elsewhere else None


def meant(vault: Vault, name: str) -> Stored | None:
    """Return the account that a key is for, None for one still to be made.

    A damaged record counts, as far as it says what it was. Raises UsageError for a name that is
    neither an account's nor a provider's.
    """
    if account := vault.find(name):
        return account
    if (record := kept.damaged(vault, name)) and record.account:
        return replace(record.account, id=record.id)
    if not catalog.known(name):
        raise kept.nobody(name, (*kept.names(vault), *catalog.load()))
    return vault.find(catalog.find(name).key)


def warned(entry: Entry, provider: Provider, secret: Secret | None) -> Entry:
    """Return the entry with what is odd about its key."""
    trouble = credentials.prefix_trouble(provider, secret.reveal()) if secret else ""
    return replace(entry, warning=trouble)


def _told(provider: Provider, account: Stored | None) -> str:
    if account is None:
        return ""
    own = "" if account.name == provider.key else f"the account {account.name}"
    usual = details.origins(provider, Stored("", provider.key, ""))
    elsewhere = sorted(details.origins(provider, account) - usual)
    return ", ".join(filter(None, [own, *(f"for {origin}" for origin in elsewhere)]))
