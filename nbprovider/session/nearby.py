"""Which servers of one's own answer at their usual addresses on this machine."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider
from nbprovider.credentials import Access
from nbprovider.credentials.places import Places
from nbprovider.errors import NbproviderError
from nbprovider.flow import discover
from nbprovider.session.session import Session

PATIENCE = 2.0
"""Seconds that a server on this machine has to answer."""


class Nearby(Struct, frozen=True):
    """A server that answers without a key: whose it seems to be, where, its chat models."""

    provider: str
    base_url: str
    models: tuple[str, ...]


async def nearby(session: Session, only: str = "") -> tuple[Nearby, ...]:
    """Ask the usual addresses of all local providers, or of one, at once; no key is sent.

    Of several providers that share an address the first by name is taken.
    """
    known = [p for p in catalog.load().values() if p.kind == "local" and only in ("", p.key)]
    here = await asyncio.to_thread(_addresses, known)
    found = await asyncio.gather(*(_asked(session, p, url) for url, p in here.items()))
    return tuple(one for one in found if one is not None)


def _addresses(known: list[Provider]) -> dict[str, Provider]:
    places = Places()
    found: dict[str, Provider] = {}
    for provider in known:
        try:
            found.setdefault(places.base_url(provider), provider)
        except NbproviderError:
            continue
    return found


async def _asked(session: Session, provider: Provider, base_url: str) -> Nearby | None:
    from nbprovider import transport

    access = Access(Endpoint(provider, base_url), None, "", account=provider.key)
    try:
        async with asyncio.timeout(PATIENCE):
            listed = await transport.aresult(discover(access), session.network)
    except (NbproviderError, TimeoutError):
        return None
    chatting = (one.id for one in listed if provider.models.chats(one.id))
    return Nearby(provider.key, base_url, tuple(chatting))
