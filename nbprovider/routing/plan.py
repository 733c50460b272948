"""The routes of one call, in the order they are tried."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.catalog.model import Ability, snapshot
from nbprovider.credentials import Account
from nbprovider.routing.known import Known
from nbprovider.routing.resolve import asked_role, resolved
from nbprovider.routing.rules import GATEWAY
from nbprovider.types import Call, Media, Route

NO_STAND_INS = frozenset({"local", "embedded"})
"""Kinds of providers that answer for another only where a chain says so: they may be tiny."""


class Needs(Struct, frozen=True):
    """What a call asks of a model: abilities, kinds of media, and room for so many tokens."""

    abilities: tuple[Ability, ...] = ()
    media: tuple[str, ...] = ()
    tokens: int = 0


def needs(call: Call, tokens: int) -> Needs:
    """Return what a call of about so many tokens asks of a model."""
    parts = [part for message in call.messages for part in message.parts]
    media = tuple(dict.fromkeys(part.kind for part in parts if isinstance(part, Media)))
    wanted: dict[Ability, bool] = {
        "vision": "image" in media,
        "pdf": "document" in media,
        "tools": bool(call.tools),
    }
    abilities = tuple(ability for ability, is_wanted in wanted.items() if is_wanted)
    return Needs(abilities, media, tokens + (call.options.max_tokens or 0))


def alone(name: str | None, known: Known) -> tuple[Route, ...]:
    """Return the one route that a name means, of a chain the first."""
    return resolved(name, known)[:1]


def plan(name: str | None, known: Known, wanted: Needs) -> tuple[Route, ...]:
    """Return the routes to try for a name: a chain's, or the one and those that may stand in.

    Without a chain, any other account may stand in that is able to serve the call: first the same
    model by another account or gateway, then other providers' usual models. Models of one's own
    machine never do. For a provider that is not configured nobody does: its key is missing.

    Raises what `resolve` raises.
    """
    role = asked_role(name, known)
    routes = tuple(replace(route, role=role) for route in _planned(name, known, wanted))
    return _different(routes)


def _planned(name: str | None, known: Known, wanted: Needs) -> tuple[Route, ...]:
    routes = resolved(name, known)
    if len(routes) > 1 or _is_chain(name, known):
        return routes
    return (*routes, *_stand_ins(routes[0], known, wanted))


def able(provider: Provider, model: str, wanted: Needs) -> str:
    """Return why a model cannot serve a call, "" where nothing known says so."""
    if refused := [kind for kind in wanted.media if kind in provider.quirks.refuse]:
        return f"takes no {refused[0]}"
    facts = catalog.model(provider.key, model)
    if facts is None:
        return ""
    lacking = [ability for ability in wanted.abilities if facts.can(ability) is False]
    if lacking:
        return f"has no {lacking[0]}"
    context = facts.facts.context
    return f"reads {context:,} tokens only" if context and context < wanted.tokens else ""


def _is_chain(name: str | None, known: Known) -> bool:
    return (name or "").strip() in known.chains


def _stand_ins(first: Route, known: Known, wanted: Needs) -> Iterator[Route]:
    """Yield the routes by other accounts that may answer in the first one's place."""
    if known.account(first.account) is None:
        return
    accounts = [a for a in known.accounts if a.name != first.account and _may_stand_in(a, known)]
    same = [a for a in accounts if a.provider == first.provider]
    for account in same:
        yield Route(account.provider, first.model, account.name, "the same model")
    for account in accounts:
        model = _elsewhere(first, account) or known.default_of(account)
        provider = known.providers[account.provider]
        if account not in same and model and not able(provider, model, wanted):
            yield Route(account.provider, model, account.name, f"in place of {first.ref}")


def _may_stand_in(account: Account, known: Known) -> bool:
    provider = known.providers[account.provider]
    return not (account.problem or provider.launcher or provider.kind in NO_STAND_INS)


def _elsewhere(first: Route, account: Account) -> str:
    """Return the gateway's name of a maker's model, "" where it is not known to have it."""
    if account.provider != GATEWAY:
        return ""
    listed = snapshot().models.get(GATEWAY, {})
    names = (f"{first.provider}/{first.model}", f"{first.provider}/{_dotted(first.model)}")
    return next((name for name in names if name in listed), "")


def _dotted(model: str) -> str:
    """Return a model's name with a point in its version, as gateways write it."""
    head, _, tail = model.rpartition("-")
    return f"{head}.{tail}" if tail.isdigit() and head[-1:].isdigit() else model


def _different(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    found: dict[tuple[str, str], Route] = {}
    for route in routes:
        found.setdefault((route.account, route.model), route)
    return tuple(found.values())
