"""What somebody has said so far of an account that is to be kept or changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from nbprovider import credentials
from nbprovider.catalog import Provider
from nbprovider.catalog.needs import placeholders, required
from nbprovider.credentials import Found, Secret, Stored
from nbprovider.credentials.places import Places
from nbprovider.credentials.shapes import prefix_trouble
from nbprovider.credentials.stored import new_id
from nbprovider.errors import UsageError
from nbprovider.session import details, kept
from nbprovider.session.accounts import accounts
from nbprovider.session.details import Details, NamedDetails
from nbprovider.session.entry import Entry

SERVICE = "service "
FIELD = "field "


class Draft:
    """A provider, words by the names of the form's fields, and a key that no page shows.

    `account` is the one that is changed, None for a new one.
    """

    def __init__(self, provider: Provider, account: Stored | None = None) -> None:
        self.provider = provider
        self.account = account
        self.words: dict[str, str] = _known(account) if account else {}
        self.secret: Secret | None = None
        self.source = ""

    def take(self, secret: Secret, source: str = "") -> None:
        """Take a key in place of an earlier one; `source` is the place that it was found in.

        Raises ConfigError for what is no key.
        """
        credentials.check_key(self.provider, secret, source or "as entered")
        self.forget()
        self.secret, self.source = secret, source

    def forget(self) -> None:
        """Wipe the key."""
        if self.secret is not None:
            self.secret.wipe()
        self.secret, self.source = None, ""

    def key_note(self) -> str:
        """Return what is to be known of the key, which is not shown."""
        if self.secret is None:
            begins = " or ".join(self.provider.key_prefix)
            usual = f"Usually begins with {begins}" if begins else ""
            return f"{usual}." if usual else ""
        told = f"Taken from {self.source}." if self.source else "Entered."
        length = f"{len(self.secret.reveal())} characters, not kept yet."
        trouble = prefix_trouble(self.provider, self.secret.reveal())
        return " ".join(filter(None, (told, length, trouble)))

    def lacks_key(self) -> bool:
        """Say whether the account could not be asked without a key that is still to be entered."""
        of = self.provider
        kept_already = self.account is not None and bool(self.account.sealed)
        return of.needs_key and of.signing == "header" and not self.secret and not kept_already

    def stored(self) -> Stored:
        """Return the account as it would be kept; raises UsageError for what cannot be."""
        if self.lacks_key():
            raise UsageError("A key is needed first.", hint="Enter it above.")
        known = details.checked(self.provider, self._details(), NamedDetails)
        before = self.account or Stored(new_id(), self.provider.key, self.name())
        after = details.applied(before, known)
        details.check_address(self.provider, after)
        if self.secret is None and details.leads_elsewhere(self.provider, before, after):
            raise UsageError(
                "That leads to another host, where the kept key must not go.",
                hint="Enter the key again.",
            )
        return after

    def name(self) -> str:
        """Return what the account is to be called."""
        taken = kept.names(credentials.vault())
        return self.words.get("name", "").strip() or details.free_name(self.provider, taken)

    def keep(self) -> Entry:
        """Keep the account, or its change, in the vault; the key is wiped here.

        Raises UsageError, ConfigError or VaultLocked for what cannot be kept.
        """
        self.stored()
        secret = Secret(self.secret.reveal()) if self.secret else None
        entry = self._changed(secret) if self.account else self._added(secret)
        self.forget()
        return entry

    def _added(self, secret: Secret | None) -> Entry:
        more = cast("NamedDetails", {**self._details(), "name": self.name()})
        return accounts.add(self.provider.key, secret, **more)

    def _changed(self, secret: Secret | None) -> Entry:
        assert self.account is not None  # noqa: S101 - by the caller
        entry = accounts.edit(self.account.name, secret, **self._details())
        new = self.words.get("name", "").strip()
        return accounts.rename(entry.name, new) if new and new != entry.name else entry

    def _details(self) -> Details:
        """Return what is said; of an account that is changed an empty word takes it away."""
        own = _known(self.account) if self.account else {}
        told = {k: v.strip() for k, v in self.words.items() if v.strip() or own.get(k)}
        found: dict[str, object] = {
            name: told[name] for name in ("base_url", "model", "protocol") if name in told
        }
        for start, name in ((SERVICE, "services"), (FIELD, "fields")):
            if parts := {k.removeprefix(start): v for k, v in told.items() if k.startswith(start)}:
                found[name] = parts
        return cast("Details", found)


def asked(provider: Provider) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the fields to show, and of those to fold away."""
    needed = tuple(_field(name) for name in required(provider))
    extra = [_field(name) for name in ("base_url", *placeholders(provider))]
    services = (SERVICE + name for name in SERVICES if name in provider.services)
    folded = (*(name for name in extra if name not in needed), *services)
    return needed, () if provider.program or provider.launcher else folded


SERVICES = ("embeddings", "tts", "stt", "rerank", "images")
"""Services that may have an address of their own."""


def elsewhere(provider: Provider) -> Found | None:
    """Return a key of the provider that is found outside the vault, None where there is none."""
    return Places().key(provider)


def _field(name: str) -> str:
    return name if name == "base_url" else FIELD + name


def _known(account: Stored) -> dict[str, str]:
    return dict(_told(account))


def _told(account: Stored) -> Iterator[tuple[str, str]]:
    yield "name", account.name
    yield from (("base_url", account.base_url), ("model", account.model))
    if account.protocol:
        yield "protocol", account.protocol
    yield from ((SERVICE + name, url) for name, url in account.services.items())
    yield from ((FIELD + name, value) for name, value in account.fields.items())
