"""An account of the vault as a reader sees it: no secret is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, field

from nbprovider import catalog
from nbprovider.credentials.stored import Kind, Stored
from nbprovider.credentials.vault import Vault
from nbprovider.credentials.vault_file import Damaged
from nbprovider.errors import VaultLocked
from nbprovider.view import Table

SECRETS: dict[Kind, str] = {"key": "key", "oauth": "login"}
"""Kind of secret → its name for a reader."""


class Entry(Struct, frozen=True):
    """One account; `nbprovider.accounts.show(name)`.

    - `base_url`: its own address, "" for the provider's; `address` is the one that is used, as far
      as the account itself says it
    - `services`: service → its own whole address; `fields`: parts of the address, such as a region
    - `model`, `protocol`: its own choice, "" for the provider's
    - `holds`: its secrets: "key", "login", both, or "none"
    - `locked`: why the secret does not open, "" when it does
    - `removed`: when it was removed, None while it is in use; all times are UTC
    - `warning`: what was odd about the last change, "" for nothing
    """

    name: str
    provider: str
    address: str = ""
    base_url: str = ""
    services: dict[str, str] = field(default_factory=dict)
    model: str = ""
    protocol: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    holds: str = ""
    locked: str = ""
    created: datetime | None = None
    changed: datetime | None = None
    removed: datetime | None = None
    warning: str = ""

    def table(self) -> Table:
        """Return all that is known of the account, a row a thing."""
        return Table(("account", self.name), tuple(self._rows()), note=self.warning)

    def _rows(self) -> Iterator[tuple[str, str]]:
        yield "provider", self.provider
        yield "address", self.address or "the provider's"
        yield from ((f"service {name}", url) for name, url in self.services.items())
        yield "model", self.model or "the provider's"
        if self.protocol:
            yield "protocol", self.protocol
        yield from self.fields.items()
        yield "secret", _secret(self)
        for what, when in (("created", self.created), ("changed", self.changed)):
            if when:
                yield what, _day(when)
        if self.removed:
            yield "removed", f"{_day(self.removed)}; `%provider account restore {self.name}`"

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the account in any front end."""
        return self.table()._repr_mimebundle_()


def of(vault: Vault, account: Stored) -> Entry:
    """Return an account of the vault as a reader sees it; its secrets are tried, not shown."""
    return Entry(
        account.name,
        account.provider,
        address(account),
        account.base_url,
        dict(account.services),
        account.model,
        account.protocol,
        dict(account.fields),
        ", ".join(SECRETS[kind] for kind in account.sealed) or "none",
        next(filter(None, (_locked(vault, account, kind) for kind in account.sealed)), ""),
        account.created,
        account.changed,
        account.deleted_at,
    )


def of_damaged(record: Damaged, name: str) -> Entry:
    """Return a damaged record as a reader sees it; what can be read of it may be wrong."""
    seems = record.account
    return Entry(
        name,
        seems.provider if seems else "?",
        seems.base_url if seems else "",
        holds="damaged",
        locked="its record is damaged",
    )


def address(account: Stored) -> str:
    """Return where an account leads, as far as it says so itself."""
    template = account.base_url
    if not template and catalog.known(account.provider):
        template = getattr(catalog.load().get(account.provider), "base_url", "")
    for name, value in account.fields.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def _locked(vault: Vault, account: Stored, kind: Kind) -> str:
    """Return why a secret does not open, "" when it does, or while the account is not in use."""
    if account.deleted_at:
        return ""
    try:
        vault.secret(account, kind)
    except VaultLocked as error:
        return error.message
    return ""


class Listing(tuple[Entry, ...]):
    """Accounts in the vault's order, the preferred first; shown as a table."""

    __slots__ = ()

    def table(self) -> Table:
        """Return the accounts, a row each."""
        rows = tuple((e.name, e.provider, e.address, e.model, _secret(e)) for e in self)
        none = (("none yet", "", "", "", "`%provider key NAME` enters one"),)
        return Table(
            ("account", "provider", "address", "model", "secret"), rows or none, note=self._note()
        )

    def _note(self) -> str:
        if any(entry.removed for entry in self):
            return (
                "`%provider account restore NAME` brings one back, `%provider account purge NAME`"
                " ends it for good."
            )
        locked = next((entry.name for entry in self if entry.locked), "")
        if locked:
            return (
                f"A locked account does not open here: `%provider key {locked}` enters its key"
                f" again, `%provider account remove {locked}` takes it away. The others work."
            )
        return "`%provider` shows what was found besides these." if self else ""

    def __repr__(self) -> str:
        return self.table().plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the accounts in any front end."""
        return self.table()._repr_mimebundle_()


def _secret(entry: Entry) -> str:
    return f"locked: {entry.locked}" if entry.locked else entry.holds


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
