"""Where each provider's key comes from, and what lies unused: for who asks why."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials import address, stored_access
from nbprovider.credentials.accounts import is_before_vault, loose
from nbprovider.credentials.colab import COLAB
from nbprovider.credentials.keychain_keys import KEYCHAIN
from nbprovider.credentials.places import Places
from nbprovider.credentials.shapes import prefix_trouble
from nbprovider.credentials.sources import Found
from nbprovider.credentials.stored import Stored
from nbprovider.credentials.vault import vault
from nbprovider.errors import MissingKey, NbproviderError


class Origin(Struct, frozen=True):
    """Where a provider's key comes from, all in words, and no key in them.

    - `winner`: what the provider's name means now, "" when nothing can be used
    - `others`: stored accounts that are asked by their own names
    - `unused`: what holds a key too, and is not used
    - `problems`: what is wrong with any of them
    """

    provider: str
    winner: str
    others: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def report() -> list[Origin]:
    """Return the origin of each provider's key, of those for which anything is found.

    Everything is looked at anew, and every stored secret is opened: this may take a second.
    """
    places = Places()
    places.forget()
    kept = stored_access.listed()
    known = catalog.load()
    found = [_origin(provider, places, kept) for provider in known.values()]
    lost = [_lost(one) for one in kept if one.provider not in known]
    return [origin for origin in (*found, *lost) if origin != Origin(origin.provider, "")]


def notes() -> tuple[str, ...]:
    """Return, in sentences, what keeps keys from being found: a locked keychain and the like."""
    return tuple(filter(None, (_vault_trouble(), *_damage(), KEYCHAIN.note(), COLAB.note())))


def _origin(provider: Provider, places: Places, kept: tuple[Stored, ...]) -> Origin:
    own = tuple(one for one in kept if one.provider == provider.key)
    keys = tuple(places.every(provider))
    account = loose(provider, places)
    is_first = account is not None and is_before_vault(account)
    used = [one for one in own if not (is_first and _is_called(one, provider))]
    shadowed = [_say(one) for one in own if one not in used]
    if account and (is_first or not used):
        winner, others, spare = account.source, used, keys[1:] if account.has_key else keys
    else:
        winner, others, spare = _say(used[0]) if used else "", used[1:], keys
    return Origin(
        provider.key,
        winner,
        tuple(map(_say, others)),
        (*shadowed, *(found.source for found in spare)),
        (*_trouble(provider, places, keys), *(f for one in own for f in _stored_trouble(one))),
    )


def _is_called(account: Stored, provider: Provider) -> bool:
    return account.name.casefold() == provider.key


def _say(account: Stored) -> str:
    return f"vault {account.name}"


def _trouble(provider: Provider, places: Places, keys: tuple[Found, ...]) -> Iterator[str]:
    account = loose(provider, places)
    if account and account.problem:
        yield account.problem
    redirect = places.redirect(provider)
    if redirect and address.is_elsewhere(provider, redirect.text):
        return  # another server's keys look as they like
    for found in keys:
        if told := prefix_trouble(provider, found.secret.reveal()):
            yield f"{found.source}: {told}"


def _stored_trouble(account: Stored) -> Iterator[str]:
    for told in _findings(account):
        yield f"{_say(account)}: {told}"


def _findings(account: Stored) -> Iterator[str]:
    try:
        at, found = stored_access.endpoint(account), stored_access.key(account)
    except NbproviderError as error:
        yield str(error)
        return
    if found is None:
        if at.provider.needs_key and at.provider.signing == "header":
            yield "No key is stored."
        return
    is_own = not account.base_url or not address.is_elsewhere(at.provider, account.base_url)
    if is_own and not found.auth and (told := _shape(at.provider, found)):
        yield told


def _shape(provider: Provider, found: Found) -> str:
    try:
        return prefix_trouble(provider, found.secret.reveal())
    except MissingKey:  # wiped at this moment
        return ""


def _lost(account: Stored) -> Origin:
    return Origin(
        account.provider, "", unused=(_say(account),), problems=(*_stored_trouble(account),)
    )


def _vault_trouble() -> str:
    try:
        vault().accounts()
    except NbproviderError as error:
        return str(error)
    return ""


def _damage() -> Iterator[str]:
    try:
        for record in vault().damaged():
            yield f"The vault's record {record.name or record.id} is damaged."
    except NbproviderError:
        return
