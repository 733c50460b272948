"""The vault's secrets: sealed under a vault key, and opened."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from msgspec.structs import replace

from nbprovider.credentials import keychain, sealing, vault_key
from nbprovider.credentials.sealing import binding
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Kind, Sealed, Stored
from nbprovider.credentials.vault_disk import Disk
from nbprovider.credentials.vault_draft import Draft
from nbprovider.credentials.vault_file import Header, VaultKey, Way
from nbprovider.errors import UsageError, VaultLocked

Key = tuple[VaultKey, bytearray]
"""A vault key and what the file says of it."""


class Seals:
    """Seal and open; what was opened is kept alive, so that redaction goes on knowing it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._opened: dict[tuple[str, Kind], tuple[Sealed, bytes, Secret]] = {}

    def seal(self, draft: Draft, account: Stored, kind: Kind, secret: Secret) -> Sealed:
        """Seal a secret for an account as it is given, under the draft's current key."""
        if not secret:
            raise UsageError("An empty key is not kept.", hint="Enter it again.")
        return _sealed(self._current(draft), account, kind, secret)

    def secret(self, header: Header | None, account: Stored, kind: Kind) -> Secret | None:
        """Return an account's secret, None when it has none; raises VaultLocked."""
        sealed = account.sealed.get(kind)
        if sealed is None:
            return None
        bound = binding(account, kind)
        before = self._opened.get((account.id, kind))
        if before and before[:2] == (sealed, bound):
            return before[2]
        secret = self._open(header, account, sealed, bound)
        self._opened[account.id, kind] = (sealed, bound, secret)
        return secret

    def rekey(self, draft: Draft, way: Way | None) -> tuple[Stored, ...]:
        """Seal what opens under a new key; return the accounts of which something does not."""
        header = draft.header
        made = vault_key.make(way, self._disk) if way else self._strongest()
        self._adopt(draft, *made)
        return tuple([one for one in draft.whole() if not self._resealed(draft, header, one, made)])

    def _resealed(self, draft: Draft, header: Header, account: Stored, made: Key) -> bool:
        """Seal what opens of an account under the new key; say whether that was all."""
        sealed = dict(account.sealed)
        for kind in account.sealed:
            with suppress(VaultLocked):
                secret = self.secret(header, account, kind)
                if secret:
                    sealed[kind] = _sealed(made, account, kind, secret)
        draft.become(replace(account, sealed=sealed), at=account.id)
        return all(one.key == made[0].id for one in sealed.values())

    def trouble(self, header: Header | None) -> str:
        """Return why the current key is not to be had, "" when it is, or there is none."""
        if header is None or not header.keys:
            return ""
        try:
            vault_key.obtain(header.keys[0], self._disk)
        except VaultLocked as error:
            return str(error)
        return ""

    def forget_unused(self, those: Iterable[VaultKey], after: Header | None) -> None:
        """Take keys out of the keychain that nothing is sealed under any more."""
        kept = {key.id for key in after.keys} if after else set()
        for key in those:
            if key.way == "keychain" and key.id not in kept:
                keychain.forget(key.id)

    def _open(self, header: Header | None, account: Stored, sealed: Sealed, bound: bytes) -> Secret:
        told = header.key(sealed.key) if header else None
        if told is None:
            raise VaultLocked(
                f"The vault no longer says how the key of {account.name} was sealed.",
                hint=_again(account),
            )
        key = vault_key.obtain(told, self._disk)
        try:
            return sealing.to_secret(sealing.unseal(key, sealed, bound))
        except sealing.Unopened:
            raise VaultLocked(
                f"The key of {account.name} does not open: the vault's file was changed by"
                " something else.",
                hint=_again(account),
            ) from None

    def _current(self, draft: Draft) -> Key:
        """Return the key to seal under: the vault's, or a new one where that cannot come back."""
        keys = draft.header.keys
        if not keys:
            return self._first(draft)
        try:
            return keys[0], vault_key.obtain(keys[0], self._disk)
        except VaultLocked:
            if instead := self._instead(draft, keys[0].way):
                return instead
            raise

    def _first(self, draft: Draft) -> Key:
        if any(account.sealed for account in draft.whole()):
            raise VaultLocked(
                "The vault no longer says how its keys were sealed.",
                hint="`%provider vault rekey` begins anew; then enter the keys again.",
            )
        return self._adopt(draft, *self._strongest())

    def _instead(self, draft: Draft, way: Way) -> Key | None:
        """Return another key, of a way that is no weaker, in place of one of another machine."""
        if way == "passphrase":
            return None
        for told in draft.header.keys[1:]:
            if told.way == way:
                with suppress(VaultLocked):
                    return told, vault_key.obtain(told, self._disk)
        made = vault_key.strongest(self._disk, way)
        return self._adopt(draft, *made) if made else None

    def _strongest(self) -> Key:
        made = vault_key.strongest(self._disk)
        if made is None:
            raise VaultLocked(
                "No way to keep a vault key works here.", hint="`%provider doctor` says why."
            )
        return made

    def _adopt(self, draft: Draft, told: VaultKey, key: bytearray) -> Key:
        """Make a key the current one."""
        draft.header = replace(draft.header, keys=(told, *draft.header.keys))
        return told, key


def _sealed(by: Key, account: Stored, kind: Kind, secret: Secret) -> Sealed:
    told, key = by
    text = sealing.to_bytes(secret)
    try:
        return sealing.seal(key, text, binding(account, kind), told.id)
    finally:
        text[:] = bytes(len(text))


def _again(account: Stored) -> str:
    return f"Enter it again: `%provider key {account.name}`; or remove the account."
