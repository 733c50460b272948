"""The vault: one file of accounts and their sealed secrets, for all kernels of a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Kind, Stored


class Vault:
    """Accounts in a file of the user's alone; every change is made under a lock, whole or not."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def accounts(self) -> tuple[Stored, ...]:
        """Return the accounts in use, the preferred first; a damaged record is left out."""
        raise NotImplementedError

    def removed(self) -> tuple[Stored, ...]:
        """Return the accounts that were removed, and can be restored."""
        raise NotImplementedError

    def find(self, name: str) -> Stored | None:
        """Return the account in use of this name, case ignored."""
        raise NotImplementedError

    def add(self, account: Stored, secrets: Mapping[Kind, Secret]) -> Stored:
        """Keep a new account; raises UsageError when its name is taken."""
        raise NotImplementedError

    def change(self, account_id: str, edit: Callable[[Stored], Stored]) -> Stored:
        """Change an account as it stands now, return what it became."""
        raise NotImplementedError

    def seal(self, account_id: str, kind: Kind, secret: Secret) -> Stored:
        """Keep a secret of an account, in place of an earlier one."""
        raise NotImplementedError

    def secret(self, account: Stored, kind: Kind = "key") -> Secret | None:
        """Return an account's secret, None when it has none; raises VaultLocked."""
        raise NotImplementedError

    def prefer(self, account_id: str) -> None:
        """Put an account before all others."""
        raise NotImplementedError

    def purge(self, account_id: str) -> None:
        """Remove an account for good."""
        raise NotImplementedError

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other kernel from changing the vault."""
        yield
