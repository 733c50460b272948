"""What the vault is to become: a change in the making, under the lock."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from nbprovider.credentials.stored import Stored
from nbprovider.credentials.vault_file import Content, Damaged, Header
from nbprovider.errors import UsageError


class Draft:
    """The records as they are being changed; nothing is on disk yet."""

    def __init__(self, content: Content) -> None:
        self.header = content.header or Header()
        self.records = list(content.records)

    def content(self) -> Content:
        """Return the whole, with the vault keys that something is still sealed under."""
        used = {sealed.key for one in self.whole() for sealed in one.sealed.values()}
        if not any(isinstance(one, Damaged) for one in self.records):
            first, *others = self.header.keys or (None,)
            keys = tuple(
                key for key in (first, *others) if key and (key is first or key.id in used)
            )
            self.header = replace(self.header, keys=keys)
        return Content(self.header, tuple(self.records))

    def whole(self) -> list[Stored]:
        """Return the records that are as they were written."""
        return [one for one in self.records if isinstance(one, Stored)]

    def record(self, account_id: str) -> Stored | Damaged:
        """Return a record; raises UsageError when there is none of this id."""
        for one in self.records:
            if one.id == account_id:
                return one
        raise UsageError(
            "This account is no longer in the vault.", hint="`%provider account list` shows them."
        )

    def stored(self, account_id: str) -> Stored:
        """Return a whole record; raises UsageError when it is damaged."""
        one = self.record(account_id)
        if isinstance(one, Stored):
            return one
        raise UsageError(
            f"The record of {one.name or one.id} is damaged.",
            hint="Enter its key again, or purge it.",
        )

    def put(self, account: Stored, *, at: str) -> Stored:
        """Replace the record of the id `at`; raises UsageError when the name is taken."""
        self._check_name(account, at)
        changed = replace(account, changed=datetime.now(UTC))
        self.become(changed, at=at)
        return changed

    def become(self, account: Stored, *, at: str) -> None:
        """Replace the record of the id `at`, and nothing else."""
        self.records = [account if one.id == at else one for one in self.records]

    def add(self, account: Stored) -> None:
        """Add a record after the others; raises UsageError when its name or id is taken."""
        self._check_name(account, "")
        if any(one.id == account.id for one in self.records):
            raise UsageError("This account is in the vault already.", hint="Change it instead.")
        self.records.append(account)

    def prefer(self, account_id: str) -> None:
        """Put a record before all others."""
        first = self.record(account_id)
        self.records = [first, *(one for one in self.records if one is not first)]

    def purge(self, account_id: str) -> None:
        """Drop a record."""
        gone = self.record(account_id)
        self.records = [one for one in self.records if one is not gone]

    def free(self, name: str) -> str:
        """Return the name, with a number when it is taken."""
        taken, tried, number = self._names(""), name or "account", 2
        while tried.casefold() in taken:
            tried, number = f"{name}-{number}", number + 1
        return tried

    def _names(self, but: str) -> set[str]:
        in_use = (one for one in self.whole() if one.deleted_at is None and one.id != but)
        return {one.name.casefold() for one in in_use}

    def _check_name(self, account: Stored, but: str) -> None:
        if not account.name.strip():
            raise UsageError("An account needs a name.", hint="Give it a short word.")
        if account.deleted_at is None and account.name.casefold() in self._names(but):
            raise UsageError(
                f"There is an account {account.name!r} already.", hint="Take another name."
            )
