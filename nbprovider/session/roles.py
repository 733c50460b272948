"""Who takes which part: roles and specialties, each a word that stands for a model."""

from __future__ import annotations

import re

from nbprovider import routing
from nbprovider.errors import UsageError
from nbprovider.ledger.names import name as remember
from nbprovider.ledger.names import named, unname
from nbprovider.session.session import Session, current
from nbprovider.spelling import did_you_mean
from nbprovider.view import Table

NAME = re.compile(r"[A-Za-z][\w-]*")


def roles() -> dict[str, str]:
    """Return role → model string; what was set by `set_role` comes before settings.toml."""
    session = current()
    return {**session.settings.roles, **named(session.ledger, "role")}


def set_role(role: str, model: str) -> str:
    """Give a role its model; return what the role stands for.

    `role` is one of chat, boss, worker, cheap, fast, vision, embedding, tts, stt, or any other word
    as a specialty: `set_role("coder", "claude-opus-5-5")`. `model` is a model's name in any form, a
    chain, or an account. Raises UsageError for a word that means something else already, and for a
    model that means nothing.
    """
    session = current()
    _check(role, session)
    meant = session.planner.pinned(model)
    remember(session.ledger, "role", role.lower(), meant)
    return meant


def unset_role(role: str) -> bool:
    """Take a role's model away; return whether one was set (settings.toml is left alone)."""
    return unname(current().ledger, "role", role.lower())


def table() -> Table:
    """Return the roles, a row each: who has it, and since where it is said."""
    session = current()
    own, told = named(session.ledger, "role"), session.settings.roles
    words = dict.fromkeys((*routing.ROLES, *told, *own))
    rows = tuple(
        (role, own.get(role) or told.get(role) or "", _source(role, own, told)) for role in words
    )
    note = "`%provider role NAME MODEL` sets one; any word may be a specialty, such as `coder`."
    return Table(("role", "model", "set by"), rows, note=note)


def _source(role: str, own: dict[str, str], told: dict[str, str]) -> str:
    if role in own:
        return "`%provider role`"
    return "settings.toml" if role in told else ""


def _check(role: str, session: Session) -> None:
    known = session.known()
    if not NAME.fullmatch(role):
        raise UsageError(
            f"{role!r} cannot be a role's name.", hint="Take a word of letters, such as `coder`."
        )
    if role.lower() in routing.ROLES:
        return
    taken = known.account(role) or known.provider(role) or role in known.chains
    if taken or role.lower() == routing.AUTO:
        hint = did_you_mean(role, routing.ROLES) or "Take another word."
        raise UsageError(f"{role!r} means something else already.", hint=hint)
