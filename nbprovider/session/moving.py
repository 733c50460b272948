"""Keys that are kept elsewhere, moved into the vault; where they were, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import Provider, find
from nbprovider.credentials import migration
from nbprovider.credentials.migration import Migratable
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.credentials.vault import Vault, vault
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.session import details, kept
from nbprovider.spelling import did_you_mean


class Movable(Struct, frozen=True):
    """A key that could be moved, without the key.

    - `account`: what it would become; `name`: that account's name
    - `where`: the place that has it now, in words
    - `doubt`: why it may be another provider's, "" for no doubt
    - `problem`: why it cannot be moved, "" when it can
    """

    account: Stored
    where: str
    doubt: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """The name of the account that it would become."""
        return self.account.name


def movable() -> tuple[Movable, ...]:
    """Return every key that is found outside the vault and not in it; nothing is changed."""
    return tuple(one for one, _ in _paired(vault()))


def move(names: Iterable[str] = ()) -> tuple[Movable, ...]:
    """Move the keys of these names into the vault, or all that are beyond doubt; return them.

    Raises UsageError for a name that `movable` does not have, or whose key cannot be moved.
    """
    here = vault()
    paired = _paired(here)
    wanted = [_named(name, paired) for name in dict.fromkeys(names)]
    chosen = wanted or [pair for pair in paired if not pair[0].doubt and not pair[0].problem]
    for one, key in chosen:
        here.add(one.account, {"key": key.secret})
    return tuple(one for one, _ in chosen)


def _paired(here: Vault) -> list[tuple[Movable, Migratable]]:
    taken = list(kept.names(here))
    found = []
    for key in migration.found():
        one = _movable(key, taken)
        taken.append(one.name)
        found.append((one, key))
    return found


def _movable(key: Migratable, taken: list[str]) -> Movable:
    of = find(key.provider)
    name = details.free_name(of, taken)
    bare = Stored(new_id(), of.key, name, base_url=key.base_url)
    try:
        return Movable(_account(of, bare, key), key.where, key.doubt)
    except NbproviderError as error:
        return Movable(bare, key.where, key.doubt, str(error))


def _account(of: Provider, bare: Stored, key: Migratable) -> Stored:
    known = details.checked(of, {"base_url": key.base_url, "fields": key.fields})
    account = details.applied(replace(bare, base_url=""), known)
    details.check_address(of, account)
    return account


def _named(name: str, paired: list[tuple[Movable, Migratable]]) -> tuple[Movable, Migratable]:
    by_name = {one.name: (one, key) for one, key in paired}
    if name.lower() not in by_name:
        hint = did_you_mean(name, by_name) or "`%provider migrate` shows what was found."
        raise UsageError(f"No key was found that would become {name!r}.", hint=hint)
    one, key = by_name[name.lower()]
    if one.problem:
        raise UsageError(f"The key in {one.where} cannot be moved.", hint=one.problem)
    return one, key
