"""The vault's secrets: sealed under a vault key, and opened."""

from __future__ import annotations

from msgspec.structs import replace

from nbprovider.credentials import keychain, sealing, vault_key
from nbprovider.credentials.sealing import binding
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Kind, Sealed, Stored
from nbprovider.credentials.vault_disk import Disk
from nbprovider.credentials.vault_draft import Draft
from nbprovider.credentials.vault_file import Header, VaultKey, Way
from nbprovider.errors import UsageError, VaultLocked


class Seals:
    """Seal and open; what was opened is kept alive, so that redaction goes on knowing it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._opened: dict[tuple[str, Kind], tuple[Sealed, bytes, Secret]] = {}

    def seal(self, draft: Draft, account: Stored, kind: Kind, secret: Secret) -> Sealed:
        """Seal a secret for an account as it is given, under the draft's current key."""
        if not secret:
            raise UsageError("An empty key is not kept.", hint="Enter it again.")
        told, key = self._current(draft)
        return _sealed(key, told.id, account, kind, secret)

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
        told, key = vault_key.make(way or vault_key.choose(self._disk.notes), self._disk)
        header = draft.header
        locked: list[Stored] = []
        for account in [one for one in draft.records if isinstance(one, Stored)]:
            sealed = dict(account.sealed)
            for kind in account.sealed:
                try:
                    secret = self.secret(header, account, kind)
                except VaultLocked:
                    locked.append(account)
                else:
                    sealed[kind] = _sealed(key, told.id, account, kind, secret or Secret(""))
            draft.put(replace(account, sealed=sealed), at=account.id)
        draft.header = replace(header, keys=(told, *header.keys))
        return tuple(dict.fromkeys(locked))

    def forget_unused(self, before: tuple[VaultKey, ...], after: Header | None) -> None:
        """Take keys out of the keychain that nothing is sealed under any more."""
        kept = {key.id for key in after.keys} if after else set()
        for key in before:
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

    def _current(self, draft: Draft) -> tuple[VaultKey, bytearray]:
        """Return the key to seal under: the vault's, or a new one where that cannot come back."""
        keys = draft.header.keys
        if not keys:
            return self._new(draft, vault_key.choose(self._disk.notes))
        try:
            return keys[0], vault_key.obtain(keys[0], self._disk)
        except VaultLocked:
            return self._instead(draft)

    def _instead(self, draft: Draft) -> tuple[VaultKey, bytearray]:
        """Return another key, never a weaker one, in place of one of another machine."""
        way = draft.header.keys[0].way
        for told in draft.header.keys[1:]:
            if told.way == way:
                try:
                    return told, vault_key.obtain(told, self._disk)
                except VaultLocked:
                    continue
        best = vault_key.choose(self._disk.notes)
        strength = vault_key.STRENGTH.index
        if way == "passphrase" or strength(best) < strength(way):
            vault_key.obtain(draft.header.keys[0], self._disk)  # says what to do
        return self._new(draft, best)

    def _new(self, draft: Draft, way: Way) -> tuple[VaultKey, bytearray]:
        told, key = vault_key.make(way, self._disk)
        draft.header = replace(draft.header, keys=(told, *draft.header.keys))
        return told, key


def _sealed(key: bytearray, name: str, account: Stored, kind: Kind, secret: Secret) -> Sealed:
    text = sealing.to_bytes(secret)
    try:
        return sealing.seal(key, text, binding(account, kind), name)
    finally:
        text[:] = bytes(len(text))


def _again(account: Stored) -> str:
    return f"Enter it again: `%provider key {account.name}`; or remove the account."
