"""Find an account of the vault by its name, in use, removed or damaged."""

from __future__ import annotations

from collections.abc import Iterable

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials import stored_access
from nbprovider.credentials.stored import Stored
from nbprovider.credentials.vault import Vault
from nbprovider.credentials.vault_file import Damaged
from nbprovider.errors import ConfigError, NbproviderError, UsageError
from nbprovider.spelling import did_you_mean


def names(vault: Vault) -> tuple[str, ...]:
    """Return the names of the accounts in use."""
    return tuple(account.name for account in vault.accounts())


def in_use(vault: Vault, name: str) -> Stored:
    """Return the account in use of this name, case ignored.

    Raises UsageError when there is none, which says so where it was removed or is damaged.
    """
    if account := vault.find(name):
        return account
    if damaged(vault, name):
        raise UsageError(
            f"The record of {name!r} is damaged.",
            hint=f"`%provider key {name}` mends it, `%provider account remove {name}` drops it.",
        )
    if _last(vault.removed(), name):
        raise UsageError(
            f"The account {name!r} was removed.", hint=f"`%provider account restore {name}`"
        )
    raise nobody(name, names(vault))


def if_readable(name: str) -> Stored | None:
    """Return the account in use of this name, None when there is none or no vault to be read."""
    meant = name.casefold()
    return next((one for one in stored_access.listed() if one.name.casefold() == meant), None)


def removed(vault: Vault, name: str) -> Stored:
    """Return the account of this name that was removed last.

    Raises UsageError when none was, which says so where the account is in use.
    """
    if account := _last(vault.removed(), name):
        return account
    if vault.find(name):
        raise UsageError(
            f"The account {name!r} is in use.", hint=f"`%provider account remove {name}` first."
        )
    raise nobody(name, tuple(account.name for account in vault.removed()))


def damaged(vault: Vault, name: str) -> Damaged | None:
    """Return the damaged record that is called so, or has this id."""
    meant = name.casefold()
    told = (({label(vault, one).casefold(), one.id}, one) for one in vault.damaged())
    return next((one for words, one in told if meant in words), None)


def label(vault: Vault, record: Damaged) -> str:
    """Return what to call a damaged record: its name, where that can be read and is free."""
    is_free = record.name and vault.find(record.name) is None
    return record.name if is_free else record.id


def nobody(name: str, known: Iterable[str]) -> UsageError:
    """Return the error of a name that no account has, with the nearest one."""
    hint = did_you_mean(name, known) or "`%provider account list` shows them all."
    return UsageError(f"No account is called {name!r}.", hint=hint)


def provider_of(account: Stored) -> Provider:
    """Return an account's provider; raises UsageError when its file is gone or makes no sense."""
    try:
        return catalog.find(account.provider)
    except NbproviderError:
        raise UsageError(
            f"The account {account.name!r} is of the provider {account.provider!r}, which is not"
            " known here.",
            hint="Put its provider file back, or remove the account.",
        ) from None


def takes_accounts(name: str) -> Provider:
    """Return the provider; raises UsageError or ConfigError for one that takes no accounts."""
    provider = catalog.find(name)
    catalog.refuse_ended(provider)
    if provider.program:
        raise UsageError(
            f"{provider.name} takes no key: `{provider.program.name}` has a login of its own.",
            hint=f"`%provider guide {provider.key}` tells how to log in.",
        )
    if provider.launcher:
        raise ConfigError(
            f"{provider.name} takes no account: it runs here.",
            hint=f"Ask it as `%%chat {provider.key}`.",
        )
    return provider


def _last(accounts: tuple[Stored, ...], name: str) -> Stored | None:
    meant = [one for one in accounts if one.name.casefold() == name.casefold()]
    return max(meant, key=lambda one: one.deleted_at or one.changed, default=None)
