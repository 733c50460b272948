"""Which accounts there are, found anew at every question."""

from __future__ import annotations

import shutil

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.credentials.places import Places
from nbprovider.credentials.sources import HELD, Found
from nbprovider.errors import ConfigError, UnsafeAddress

FIRST = ("anthropic", "openrouter", "openai")
KINDS = ("cloud", "gateway", "custom", "local", "embedded", "subscription")


class Account(Struct, frozen=True):
    """One way to one provider, without its key.

    - `provider`: the provider's key; `name`: the account's own, the same for one from a variable
    - `source`: in words, where the key or the address was found
    - `model`: the account's default model, "" for the provider's
    - `problem`: why it cannot be used as it stands, "" when it can
    - `unused`: key variables that are set, but come after the one that is used
    """

    provider: str
    name: str
    base_url: str
    source: str
    model: str = ""
    has_key: bool = False
    problem: str = ""
    unused: tuple[str, ...] = ()


def accounts(*, embedded: bool = False) -> list[Account]:
    """Return every account that is configured, the preferred first.

    One is configured when its key was found, or, where it needs none, its address was given;
    `embedded` says whether the embedded model is installed. The order: Anthropic, OpenRouter,
    OpenAI, the other clouds (last those whose credentials may be meant for something else: AWS,
    Google), servers of one's own, the embedded model.
    """
    places = Places()
    alive = (provider for provider in catalog.load().values() if provider.kind != "retired")
    found = (_account(provider, places, embedded=embedded) for provider in alive)
    return sorted(filter(None, found), key=_rank)


def _account(provider: Provider, places: Places, *, embedded: bool) -> Account | None:
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


def _rank(account: Account) -> tuple[int, int, bool, str]:
    provider = catalog.load()[account.provider]
    name = provider.stands_in_for or provider.key
    first = FIRST.index(name) if name in FIRST else len(FIRST)
    signed = provider.signing != "header" and not account.has_key
    return first, KINDS.index(provider.kind), signed, provider.key
