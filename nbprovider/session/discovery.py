"""The models of one account, found in the background; and whether one of them answers."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import find
from nbprovider.credentials import Account
from nbprovider.credentials.advice import advised
from nbprovider.flow import discover
from nbprovider.ledger import registered
from nbprovider.ledger.offers import Offer, Offered, offered
from nbprovider.protocols.contract import Listed
from nbprovider.session.session import Session
from nbprovider.session.trial import one_word
from nbprovider.types import Route
from nbprovider.view import money, seconds


async def models_of(session: Session, account: Account) -> tuple[Offered, ...]:
    """Return an account's models, asked now, and those that are registered for it.

    Raises ProviderError, MissingKey, VaultLocked or ConfigError for one that does not say.
    """
    listed = await _listed(session, Route(account.provider, "", account.name))
    return await asyncio.to_thread(described, session, account, listed)


async def _listed(session: Session, route: Route) -> tuple[Listed, ...]:
    from nbprovider import transport

    provider = find(route.provider)
    if named := provider.models.static:
        return tuple(Listed(model) for model in named)
    if provider.launcher:  # a server of our own is not started only to be asked
        return tuple(Listed(model) for model in (provider.default_model,) if model)
    access = await asyncio.to_thread(session.access, route)
    flow = advised(discover(access), route, access)
    return await transport.aresult(flow, session.network)


def described(
    session: Session, account: Account, listed: tuple[Listed, ...] = ()
) -> tuple[Offered, ...]:
    """Return what is known of an account's models: those that it lists, those registered for it."""
    known = registered(session.ledger)
    own = frozenset(model for model, names in known.items() if account.name in names)
    completed = tuple(_completed(account.provider, model) for model in listed)
    return tuple(offered(Offer(find(account.provider), account.name, completed, own)))


def _completed(provider: str, listed: Listed) -> Listed:
    """Return a model with what the snapshot knows where the provider's own list says nothing."""
    known = catalog.model(provider, listed.id)
    if known is None:
        return listed
    return replace(
        listed,
        context=listed.context or known.facts.context,
        max_output=listed.max_output or known.facts.max_output,
        can=known.facts.can if listed.can is None else listed.can,
    )


async def answers(session: Session, route: Route) -> str:
    """Have a route's model say one word; return in a sentence how that went.

    Raises what stood in the way. The ledger says that it was a test.
    """
    access = await asyncio.to_thread(session.access, route)
    answer = await session.atried(one_word(find(route.provider)), route, access)
    cost = money(answer.cost_nano, answer.cost_source)
    return f"It works: {route.model} answered in {seconds(answer.duration)} ({cost})."
