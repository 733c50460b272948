"""The life of an account: `nbprovider.accounts`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from msgspec.structs import replace

from nbprovider import credentials
from nbprovider.credentials import Secret
from nbprovider.credentials.edge import edged
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.credentials.vault import Vault, vault
from nbprovider.errors import UsageError
from nbprovider.session import carried, details, entry, kept, keys
from nbprovider.session.carried import Imported
from nbprovider.session.details import Details, NamedDetails
from nbprovider.session.entry import Entry, Listing
from nbprovider.session.session import current
from nbprovider.session.tried import Tried, tried_whole


@edged
class Accounts:
    """The accounts that are kept in the vault, any number of a provider.

    A key that is left out is asked for, unseen; one given in code is taken as it is. Methods raise
    UsageError for what is no account, ConfigError where the vault cannot be used, MissingKey where
    nobody can be asked, and VaultLocked where a secret is needed that does not open.
    """

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the accounts in any front end."""
        return self.list()._repr_mimebundle_()

    def list(self) -> Listing:
        """Return the accounts in use, the preferred first, and what of the vault is damaged."""
        here = vault()
        found = (entry.of(here, account) for account in here.accounts())
        damaged = (entry.of_damaged(one, kept.label(here, one)) for one in here.damaged())
        return Listing((*found, *damaged))

    def removed(self) -> Listing:
        """Return the accounts that were removed, and can be restored."""
        here = vault()
        return Listing(entry.of(here, account) for account in here.removed())

    def show(self, name: str) -> Entry:
        """Return all that is known of an account but its secret."""
        here = vault()
        return entry.of(here, kept.in_use(here, name))

    def add(
        self, provider: str, key: str | Secret | None = None, **more: Unpack[NamedDetails]
    ) -> Entry:
        """Keep a new account of a provider: `add("groq", name="work", model="…")`.

        - `name`: the provider's when that is free
        - `base_url`: its own address; `services`: service → its own whole address, as
          `{"tts": "https://…/audio/speech"}`
        - `model`, `protocol`: in place of the provider's; `fields`: parts of the address, as
          `{"region": "eu-west-1"}`

        No key is asked for where the provider needs none, or signs by other credentials.
        """
        here, of = vault(), kept.takes_accounts(provider)
        known = details.checked(of, more, NamedDetails)
        taken = kept.names(here)
        name = details.check_name(of, more.get("name") or details.free_name(of, taken), taken)
        account = details.applied(Stored(new_id(), of.key, name), known)
        details.check_address(of, account)
        wanted = key is not None or (of.needs_key and of.signing == "header")
        secret = keys.taken(of, account, key) if wanted else None
        added = here.add(account, {"key": secret} if secret else {})
        return keys.warned(entry.of(here, added), of, secret)

    def enter(self, name: str, key: str | Secret | None = None) -> Entry:
        """Keep a key for an account, in place of an earlier one, also of one that does not open.

        A provider's name makes the account when there is none.
        """
        here = vault()
        account = keys.meant(here, name)
        if account is None:
            of = kept.takes_accounts(name)
            new = Stored(new_id(), of.key, of.key)
            details.check_address(of, new)
            return self.add(of.key, keys.taken(of, new, key), name=of.key)
        of = kept.provider_of(account)
        secret = keys.taken(of, account, key)
        return keys.warned(entry.of(here, here.seal(account.id, "key", secret)), of, secret)

    def edit(self, name: str, key: str | Secret | None = None, **more: Unpack[Details]) -> Entry:
        """Change an account: `edit("work", model="…")`; "" takes the provider's again.

        A service or field of "" is taken away, others stay. A change that leads the key to another
        host needs the key again: whoever changes an address must know it. Raises UsageError then.
        """
        here = vault()
        account = kept.in_use(here, name)
        of = kept.provider_of(account)
        known = details.checked(of, more)
        if key is None and not more:
            raise UsageError("Nothing was given to change.", hint="As: edit(name, model=…).")
        secret = keys.taken(of, details.applied(account, known), key) if key is not None else None

        def changed(now: Stored) -> Stored:
            after = details.applied(now, known)
            details.check_address(of, after)
            if not details.leads_elsewhere(of, now, after):
                return after
            if secret is None:
                raise _wants_key(now)
            return replace(after, sealed={})

        after = here.change(account.id, changed, {"key": secret} if secret else {})
        return keys.warned(entry.of(here, after), of, secret)

    def rename(self, name: str, new: str) -> Entry:
        """Give an account another name."""
        here = vault()
        account = kept.in_use(here, name)
        others = [one for one in kept.names(here) if one != account.name]
        new = details.check_name(kept.provider_of(account), new, others)
        return self._changed(here, account, lambda now: replace(now, name=new))

    def remove(self, name: str) -> Entry:
        """Take an account out of use; `restore` brings it back.

        A damaged record cannot be kept: it is gone for good.
        """
        here = vault()
        if here.find(name) is None and (record := kept.damaged(here, name)):
            gone = entry.of_damaged(record, kept.label(here, record))
            here.purge(record.id)
            return gone
        account = kept.in_use(here, name)
        return self._changed(here, account, lambda now: replace(now, deleted_at=datetime.now(UTC)))

    def restore(self, name: str, new: str = "") -> Entry:
        """Bring an account back that was removed, by another name where its own is taken."""
        here = vault()
        account = kept.removed(here, name)
        back = details.check_name(kept.provider_of(account), new or account.name, kept.names(here))
        return self._changed(here, account, lambda now: replace(now, deleted_at=None, name=back))

    def purge(self, name: str) -> Entry:
        """Remove an account that was removed already, with its secret, for good."""
        here = vault()
        account = kept.removed(here, name)
        here.purge(account.id)
        return entry.of(here, replace(account, sealed={}))

    def prefer(self, name: str) -> Entry:
        """Put an account before the others: it is taken where only its provider is named."""
        here = vault()
        account = kept.in_use(here, name)
        here.prefer(account.id)
        return entry.of(here, account)

    def hold(self, name: str, key: str | Secret | None = None) -> None:
        """Hold a key for this kernel alone, of a provider or an account; nothing is written.

        It comes before every other key.
        """
        account = kept.if_readable(name)
        of = kept.provider_of(account) if account else kept.takes_accounts(name)
        credentials.hold(account or of, keys.taken(of, account, key))

    def test(self, name: str) -> Tried:
        """Ask an account for one word; say how it went, and how many models it lists.

        This is a real call and costs a little. Raises a ProviderError when it fails.
        """
        return tried_whole(current(), kept.in_use(vault(), name).name)

    def export(self, path: str | Path) -> Path:
        """Write the accounts in use to a new file, `.toml` or `.json`, without their secrets."""
        return carried.write(Path(path).expanduser(), vault().accounts())

    def import_(self, path: str | Path) -> Imported:
        """Add the accounts of an exported file; those whose name is taken are left out.

        Their keys are not in the file: the result says which need one.
        """
        here = vault()
        return carried.read_into(here, Path(path).expanduser())

    def _changed(self, here: Vault, account: Stored, edit: keys.Edit) -> Entry:
        return entry.of(here, here.change(account.id, edit))


def _wants_key(account: Stored) -> UsageError:
    return UsageError(
        f"That would send the key of {account.name!r} to another host.",
        hint="Give the key again with the change: `edit(name, key, base_url=…)`.",
    )


accounts = Accounts()
"""The accounts of whoever runs this kernel."""
