"""What there is: providers, models, routes; and whether an account answers."""

from __future__ import annotations

from typing import Any

from nbprovider import catalog
from nbprovider.api import offers
from nbprovider.catalog import Provider
from nbprovider.errors import MissingKey, UsageError
from nbprovider.session import Session, current
from nbprovider.session import tried as asked
from nbprovider.session.tried import Tried
from nbprovider.types import Route
from nbprovider.view import Note, Table


def providers() -> Table:
    """Return every provider, and whether it is configured."""
    first = reversed(current().accounts())
    found = {one.provider: f"vault {one.name}" if one.id else one.source for one in first}
    rows = tuple(
        (p.key, p.name, p.kind, found.get(p.key, "no"), _key_from(p))
        for p in catalog.load().values()
    )
    note = (
        "Set one of the variables, or run `%provider key NAME`; `%provider guide NAME` tells more."
    )
    wrong = tuple(
        (key, "its file is wrong", "", "no", str(e)) for key, e in catalog.broken().items()
    )
    return Table(("name", "provider", "kind", "configured", "key from"), rows + wrong, note=note)


def _key_from(provider: Provider) -> str:
    if provider.succeeded_by:
        return f"it has ended: use {provider.succeeded_by}"
    if provider.program:
        return f"the login of `{provider.program.name}`"
    names = ", ".join(provider.env)
    if provider.needs_key:
        return names or f"`%provider key {provider.key}`"
    return f"no key needed ({names})" if names else "no key needed"


def models(*words: str) -> Any:
    """Return the models that an account offers, or all do, as a DataFrame, asked of them now.

    The first word may be an account's name; the others must be in a model's row.
    """
    accounts = {account.name for account in current().accounts()}
    named = words[:1] if words and (words[0] in accounts or catalog.known(words[0])) else ()
    return offers.models(*named, search=" ".join(words[len(named) :]))


def register(model: str) -> Note:
    """Remember a model for its account, also one that no list has."""
    found = current().models.register(model)
    return Note(f"{found.ref} is registered: `{found.model}` alone means it from now on.")


def unregister(model: str) -> Note:
    """Forget a registered model."""
    was = current().models.unregister(model)
    return Note(f"{model} is forgotten." if was else f"{model} was not registered.")


def route(model: str = "") -> Table:
    """Return what a model's name, or none, means here, by which rule, and who may stand in."""
    meant, others = current().planner.meant(model or None)
    name = model or "(none)"
    rows = tuple((name, r.provider, r.model, r.account, r.reason) for r in meant)
    refs = ", ".join(f"`{route.ref}`" for route in others)
    note = f"When it does not answer, these are asked: {refs}." if refs else ""
    return Table(("name", "provider", "model", "account", "why"), rows, note=note)


def tried(name: str = "") -> Tried:
    """Return how a very short call to an account went, and what it cost."""
    return asked.tried(current(), name or None)


def usable(session: Session, chosen: Route) -> bool:
    """Say whether a route's key is there, or not needed."""
    if catalog.find(chosen.provider).launcher:
        return _launchable(session)
    try:
        session.access(chosen)
    except MissingKey:
        return False
    return True


def _launchable(session: Session) -> bool:
    if not any(account.provider == "embedded" for account in session.accounts()):
        raise UsageError(
            "The embedded model is not installed.", hint="Run `%provider embedded install`."
        )
    return True
