"""The vault: one file of accounts and their sealed secrets, for all kernels of a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from nbprovider import config
from nbprovider.credentials import vault_file, vault_words
from nbprovider.credentials.sealing import binding
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Kind, Sealed, Stored, new_id
from nbprovider.credentials.vault_disk import Disk, Stamp, is_fresh
from nbprovider.credentials.vault_draft import Draft
from nbprovider.credentials.vault_file import Content, Damaged, VaultKey, Way
from nbprovider.credentials.vault_seals import Seals
from nbprovider.errors import ConfigError, VaultLocked


class _Seen(NamedTuple):
    stamp: Stamp
    content: Content


class Vault:
    """Accounts in a file of the user's alone; every change is made under a lock, whole or not.

    Methods that read raise ConfigError for a file that is a link or somebody else's. Those that
    change raise it too for a folder or disk that cannot be written, and VaultLocked when another
    kernel holds the lock for a minute; the file is then as it was.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or _usual()
        self._disk = Disk(self._path)
        self._seals = Seals(self._disk)
        self._seen: _Seen | None = None

    @property
    def path(self) -> Path:
        """The file, which need not exist."""
        return self._path

    def accounts(self) -> tuple[Stored, ...]:
        """Return the accounts in use, the preferred first; a damaged record is left out."""
        return tuple(one for one in self._content().stored() if one.deleted_at is None)

    def removed(self) -> tuple[Stored, ...]:
        """Return the accounts that were removed, and can be restored."""
        return tuple(one for one in self._content().stored() if one.deleted_at is not None)

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the records that are not as they were written.

        `seal` mends one whose `account` is not None; `purge` removes any.
        """
        return self._content().damaged()

    def find(self, name: str) -> Stored | None:
        """Return the account in use of this name, case ignored."""
        meant = name.casefold()
        return next((one for one in self.accounts() if one.name.casefold() == meant), None)

    def add(self, account: Stored, secrets: Mapping[Kind, Secret]) -> Stored:
        """Keep a new account; raises UsageError when its name is taken."""
        with self._changing() as draft:
            draft.add(replace(account, sealed={}))  # before a key is made for it
            sealed = {
                kind: self._seals.seal(draft, account, kind, one) for kind, one in secrets.items()
            }
            kept = replace(account, sealed=sealed)
            draft.become(kept, at=account.id)
            return kept

    def change(
        self,
        account_id: str,
        edit: Callable[[Stored], Stored],
        secrets: Mapping[Kind, Secret] = MappingProxyType({}),
    ) -> Stored:
        """Change an account as it stands now, and its `secrets` with it; return what it became.

        Where the change says anew where the key goes, its other secrets are opened and sealed for
        that; raises VaultLocked when they do not open (`edit` may drop them: `sealed={}`). Raises
        UsageError for a name that is taken, and for an account that is gone or damaged.
        """
        with self._changing() as draft:
            old = draft.stored(account_id)
            new = replace(edit(old), id=old.id, created=old.created)
            kept = [kind for kind in new.sealed if kind in old.sealed and kind not in secrets]
            sealed = {kind: self._moved(draft, old, new, kind) for kind in kept}
            for kind, secret in secrets.items():
                sealed[kind] = self._seals.seal(draft, new, kind, secret)
            return draft.put(replace(new, sealed=sealed), at=account_id)

    def seal(self, account_id: str, kind: Kind, secret: Secret) -> Stored:
        """Keep a secret of an account, in place of an earlier one; mends a damaged record.

        Raises VaultLocked when the vault's key is not to be had, UsageError when the account is
        gone, or so damaged that it says nothing.
        """
        with self._changing() as draft:
            record = draft.record(account_id)
            account = _mended(record, draft) if isinstance(record, Damaged) else record
            account = account or draft.stored(account_id)
            sealed = self._seals.seal(draft, account, kind, secret)
            return draft.put(
                replace(account, sealed={**account.sealed, kind: sealed}), at=account_id
            )

    def secret(self, account: Stored, kind: Kind = "key") -> Secret | None:
        """Return an account's secret as it stands now, None when it has none.

        Raises VaultLocked when it does not open, and when the account was removed, damaged or
        sent elsewhere since it was read: the secret is for `account` as it is given alone.
        """
        content = self._content()
        try:
            return self._seals.secret(content.header, _now(account, kind, content), kind)
        except VaultLocked:
            if content == self._content():
                raise
        return self.secret(account, kind)  # the vault was re-keyed in between

    def prefer(self, account_id: str) -> None:
        """Put an account before all others."""
        with self._changing() as draft:
            draft.prefer(account_id)

    def purge(self, account_id: str) -> None:
        """Remove an account, or a damaged record, for good."""
        with self._changing() as draft:
            draft.purge(account_id)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other kernel from changing the vault; this thread may change it meanwhile."""
        with self._disk.locked():
            yield

    def rekey(self, way: Way | None = None) -> tuple[Stored, ...]:
        """Seal every secret under a new key, the strongest there is unless `way` names one.

        All at once or nothing. Returns the accounts with a secret that does not open: they stay as
        they are, and open where they did before. Raises VaultLocked when the way is not there.
        """
        keys: set[VaultKey] = set()
        with self.locked():
            try:
                with self._changing() as draft:
                    keys |= set(draft.header.keys)
                    locked = self._seals.rekey(draft, way)
                    keys |= set(draft.header.keys)
            finally:
                self._seals.forget_unused(keys, self._content().header)
        return locked

    def way(self) -> Way | None:
        """Return where the vault's key comes from, None while no secret is kept."""
        header = self._content().header
        return header.keys[0].way if header and header.keys else None

    def protection(self) -> str:
        """Return, in plain words, what keeps the secrets."""
        return vault_words.protection(self.way())

    def advice(self) -> str:
        """Return how the protection could be stronger, "" when it could not."""
        return vault_words.advice(self.way())

    def trouble(self) -> str:
        """Return why the vault's key is not to be had here, "" when it is; may take a second."""
        return self._seals.trouble(self._content().header)

    def notes(self) -> tuple[str, ...]:
        """Return what was found and mended, or could not be, since this kernel began."""
        return tuple(self._disk.notes.values())

    def _content(self) -> Content:
        """Return what the file says; it is read when it changed."""
        stamp = self._disk.stamp()
        if stamp is None:
            return Content()
        if self._seen and self._seen.stamp == stamp:
            return self._seen.content
        content = vault_file.parse(self._disk.read())
        self._seen = None if is_fresh(stamp) else _Seen(stamp, content)
        return content

    @contextmanager
    def _changing(self) -> Iterator[Draft]:
        with self._disk.locked():
            content = vault_file.parse(self._disk.read())
            if content.header and content.header.version > vault_file.VERSION:
                raise ConfigError(
                    f"{self._path} was written by a newer nbprovider.", hint="Upgrade nbprovider."
                )
            draft = Draft(content)
            yield draft
            after = draft.content()
            if after != content:
                self._disk.write(vault_file.write(after))

    def _moved(self, draft: Draft, old: Stored, new: Stored, kind: Kind) -> Sealed:
        if binding(old, kind) == binding(new, kind):
            return old.sealed[kind]
        secret = self._seals.secret(draft.header, old, kind)
        return self._seals.seal(draft, new, kind, secret or Secret(""))


def _mended(record: Damaged, draft: Draft) -> Stored | None:
    """Return what a damaged record seems to say, with a name that is free."""
    seems = record.account
    if seems is None:
        return None
    own = seems.id if seems.id == record.id else new_id()
    return replace(seems, id=own, name=draft.free(seems.name))


def _now(account: Stored, kind: Kind, content: Content) -> Stored:
    """Return the record as it stands; raises VaultLocked when it leads elsewhere by now."""
    now = next((one for one in content.stored() if one.id == account.id), None)
    if now is None:
        raise _gone(account, content)
    if binding(now, kind) != binding(account, kind):
        raise VaultLocked(
            f"The account {account.name} was changed just now.", hint="Run the cell again."
        )
    return now


def _gone(account: Stored, content: Content) -> VaultLocked:
    if content.damaged():
        return VaultLocked(
            f"The vault's record of {account.name} is damaged.",
            hint="Enter its key again, or remove it by `%provider account purge`.",
        )
    return VaultLocked(
        f"The account {account.name} is no longer in the vault.",
        hint="`%provider account list` shows what there is.",
    )


def _usual() -> Path:
    return config.home().data / "vault" / "accounts.jsonl"


_vaults: dict[Path, Vault] = {}
_making = Lock()


def vault() -> Vault:
    """Return the user's vault; nothing is created."""
    path = _usual()
    with _making:
        return _vaults.setdefault(path, Vault(path))
