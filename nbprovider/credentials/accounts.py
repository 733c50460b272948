"""Which accounts there are, found anew at every question.

A *loose* account is what variables, a keychain or an entered key make of a provider: one a
provider, with its name. The *stored* ones are those of the vault, any number a provider.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials import stored_access
from nbprovider.credentials.places import Places
from nbprovider.credentials.sources import HELD, Found, is_early
from nbprovider.credentials.stored import Stored
from nbprovider.errors import ConfigError, NbproviderError, UnsafeAddress

FIRST = ("anthropic", "openrouter", "openai")
KINDS = ("cloud", "gateway", "custom", "local", "embedded", "subscription")


class Account(Struct, frozen=True):
    """One way to one provider, without its key.

    - `provider`: the provider's key; `name`: the account's own, the provider's for a loose one
    - `source`: in words, where the key or the address was found: "vault" for a stored one
    - `model`: the account's default model, "" for the provider's
    - `has_key`: whether there is a key; a stored one is not opened for that
    - `problem`: why it cannot be used as it stands, "" when it can, as far as is known
    - `unused`: key variables that are set, but come after the one that is used
    - `id`: the stored account's, "" for a loose one
    - `services`, `protocol`: service → its own whole address, and its own protocol, "" for the
      provider's
    """

    provider: str
    name: str
    base_url: str
    source: str
    model: str = ""
    has_key: bool = False
    problem: str = ""
    unused: tuple[str, ...] = ()
    id: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    protocol: str = ""


def accounts(*, embedded: bool = False) -> list[Account]:
    """Return every account that is configured, the preferred first.

    A loose one is configured when its key was found, or, where it needs none, its address was
    given; `embedded` says whether the embedded model is installed. The order: Anthropic,
    OpenRouter, OpenAI, the other clouds (last those whose credentials may be meant for something
    else: AWS, Google), servers of one's own, the embedded model. Among a provider's: what this
    kernel or the environment gives, the vault's in their order, what a keychain, Colab or a `.env`
    file gives. Of two of one name the first is there.

    Nothing is opened: a stored account shows its `problem` once somebody tried.
    """
    places = Places()
    found = [*_loose(places, embedded=embedded), *stored()]
    if not found:
        places.forget()
    return list(_by_name(sorted(found, key=_rank)))


def stored() -> Iterator[Account]:
    """Yield the vault's accounts, in its order, but for those whose provider is not there."""
    for one in stored_access.listed():
        provider = catalog.load().get(one.provider)
        if provider is not None and provider.kind != "retired":
            yield _of_vault(one, provider)


def loose(provider: Provider, places: Places, *, embedded: bool = False) -> Account | None:
    """Return the provider's loose account, None when it has none."""
    key = places.key(provider)
    source = _source(provider, key, places, embedded=embedded)
    if not source:
        return None
    base_url, problem = _address(provider, places)
    return Account(
        provider.key,
        provider.key,
        base_url,
        source,
        has_key=key is not None,
        problem=problem,
        unused=places.unused(provider, key),
    )


def is_before_vault(account: Account) -> bool:
    """Say whether a loose account comes before the stored ones of its provider.

    Credentials that sign may be meant for something else: they come after.
    """
    signed = catalog.load()[account.provider].signing != "header" and not account.has_key
    return is_early(account.source) and not signed


def _loose(places: Places, *, embedded: bool) -> Iterator[Account]:
    # The preferred ones first: where looking takes its time, not all may be looked for at once.
    for provider in sorted(catalog.load().values(), key=_preference):
        if provider.kind != "retired" and (one := loose(provider, places, embedded=embedded)):
            yield one


def _of_vault(one: Stored, provider: Provider) -> Account:
    try:
        at, problem = stored_access.endpoint(one), stored_access.problem(one)
    except NbproviderError as error:
        return _described(one, "", dict(one.services), str(error))
    if not problem and provider.needs_key and provider.signing == "header":
        problem = "" if stored_access.has_key(one) else "No key is stored."
    own = {name: url for name, url in at.provider.services.items() if name in one.services}
    return _described(one, at.base_url, own, problem)


def _described(one: Stored, base_url: str, services: Mapping[str, str], problem: str) -> Account:
    return Account(
        one.provider,
        one.name,
        base_url,
        stored_access.SOURCE,
        model=one.model,
        has_key=stored_access.has_key(one),
        problem=problem,
        id=one.id,
        services=services,
        protocol=one.protocol,
    )


def _by_name(found: Iterable[Account]) -> Iterator[Account]:
    """Yield the accounts but for those whose name an earlier one has."""
    taken: set[str] = set()
    for account in found:
        name = account.name.casefold()
        if name not in taken:
            taken.add(name)
            yield account


def _source(provider: Provider, key: Found | None, places: Places, *, embedded: bool) -> str:
    """Return where the account comes from, "" when it is not configured."""
    if provider.launcher == "object":
        return "registered in this kernel"
    if provider.launcher:
        return "installed" if embedded else ""
    if provider.program:
        path = shutil.which(provider.program.name)
        return f"program {path}" if path else ""
    if not _is_addressed(provider, places) or not _speaks_for_itself(provider, places):
        return ""
    if key:
        return key.source
    if provider.signing != "header":
        return places.identity(provider)
    return "" if provider.needs_key else _given(provider, places)


def _is_addressed(provider: Provider, places: Places) -> bool:
    return bool(provider.base_url or places.redirect(provider))


def _speaks_for_itself(provider: Provider, places: Places) -> bool:
    original = catalog.load().get(provider.stands_in_for)
    if original is None or HELD.find(provider):
        return True
    return places.takes_over(provider, original)


def _given(provider: Provider, places: Places) -> str:
    if redirect := places.redirect(provider):
        return redirect.source
    return "its provider file" if provider.kind == "custom" else ""


def _address(provider: Provider, places: Places) -> tuple[str, str]:
    try:
        return places.base_url(provider), ""
    except (ConfigError, UnsafeAddress) as error:
        return "", str(error)


def _rank(account: Account) -> tuple[int, int, bool, str, int]:
    provider = catalog.load()[account.provider]
    first, kind, key = _preference(provider)
    signed = provider.signing != "header" and not account.has_key
    standing = 1 if account.id else 0 if is_before_vault(account) else 2
    return first, kind, signed, key, standing


def _preference(provider: Provider) -> tuple[int, int, str]:
    name = provider.stands_in_for or provider.key
    first = FIRST.index(name) if name in FIRST else len(FIRST)
    kind = KINDS.index(provider.kind) if provider.kind in KINDS else len(KINDS)
    return first, kind, provider.key
