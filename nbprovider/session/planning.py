"""What a model's name means in this kernel, and who is asked in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider import config, routing
from nbprovider.catalog import load
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.ledger import estimate, registered
from nbprovider.ledger.names import name as remember
from nbprovider.ledger.names import named
from nbprovider.recordings import Asked
from nbprovider.routing.difficulty import Correction, Estimate, Tier, fingerprints, question_of
from nbprovider.routing.difficulty import estimate as difficulty
from nbprovider.types import Call, Route

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat
    from nbprovider.session.session import Session

ROLE_OF: dict[Tier, str] = {"cheap": "cheap", "strong": "boss"}
"""Tier → the role that says which model it is."""


class Plan(Struct, frozen=True):
    """The routes of a call in the order of trying, and what the footer should say of the choice.

    - `asked`: what the call is recorded by, None where nothing is recorded
    - `replayed`: whether a recording answers it, and nobody is asked
    """

    routes: tuple[Route, ...]
    note: str = ""
    asked: Asked | None = None
    replayed: bool = False

    def led_by(self, route: Route) -> Plan:
        """Return the plan with this of its routes asked first: who has answered once goes on."""
        return replace(self, routes=(route, *(one for one in self.routes if one != route)))


class Planner:
    """Turn names into routes, by all that is known in a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._defaults: dict[str, str] = {}
        self._asked: Call | None = None

    def known(self, chat: Chat | None = None) -> routing.Known:
        """Return all that the meaning of a model's name depends on."""
        session, settings = self._session, self._session.settings
        known = routing.Known(
            providers=load(),
            accounts=tuple(
                replace(account, model=account.model or self._defaults.get(account.name, ""))
                for account in session.accounts()
            ),
            aliases=settings.aliases,
            roles={**settings.roles, **named(session.ledger, "role")},
            environment_model=config.environment_model(),
            chat_model=(chat.model if chat else None) or "",
            default_model=session.active or settings.model,
            registered=registered(session.ledger),
            chains={n: tuple(v) for n, v in named(session.ledger, "chain").items()},
        )
        return _with_tier("strong", known)

    def route(self, name: str | None, chat: Chat | None = None) -> Route:
        """Return what a model's name, or none, means here, with the reason.

        A server of one's own that has no default model is asked for its first. Raises UsageError
        or MissingKey, with the next step, when the name means nothing.
        """
        return routing.resolve(name, self._settled(name, chat))

    def meant(self, name: str | None) -> tuple[tuple[Route, ...], tuple[Route, ...]]:
        """Return all routes that a name means, of a chain in its order, and who may stand in.

        Raises what `route` raises.
        """
        known = self._settled(name, None)
        meant = routing.resolved(name, known)
        everybody = routing.plan(name, known, routing.Needs())
        return meant, everybody[len(meant) :] if self._session.settings.fallback else ()

    def plan(self, name: str | None, call: Call, chat: Chat | None) -> Plan:
        """Return the routes of a call: a chain's, or the one and those that may stand in for it.

        Raises what `route` raises.
        """
        self._asked = call
        known, note = self._settled(name, chat), ""
        if _is_auto(name, known):
            estimated = self.estimate(call)
            known = _with_tier(estimated.tier, known)
            note = f"auto: {estimated.tier} ({estimated.why})"
        wanted = routing.needs(call, estimate.asked(call))
        return Plan(routing.plan(name, known, wanted), note)

    def pinned(self, name: str, chat: Chat | None = None) -> str:
        """Return what a chat keeps of a model's name: its full name, of a chain or `auto` its own.

        While answers are replayed a name that means nothing here is kept as it is: what was
        recorded by it is found by it. Raises what `route` raises else.
        """
        replay = self._session.replay
        if replay.mode == "only":
            return name
        try:
            route = self.route(name, chat)
        except NbproviderError:
            if replay.mode == "off":
                raise
            return name
        chains = named(self._session.ledger, "chain")
        meant = name if name in chains or name.lower() == routing.AUTO else str(route.ref)
        replay.called(name, meant, chat)
        return meant

    def of_tier(self, tier: Tier) -> str:
        """Return the model string of a tier, "" when there is none yet."""
        return _of_tier(tier, self.known())

    def estimate(self, call: Call) -> Estimate:
        """Return how hard a call looks, with the user's corrections of earlier estimates."""
        told = named(self._session.ledger, "correction").values()
        return difficulty(call, [_correction(value) for value in told])

    def _settled(self, name: str | None, chat: Chat | None) -> routing.Known:
        """Return what is known once an account without a usual model was asked for its first."""
        known = self.known(chat)
        try:
            routing.resolve(name, known)
        except routing.NoDefaultModel as error:
            first = self._session.models.first(error.account)
            if first is None:
                raise
            self._defaults[error.account.name] = first
            return self.known(chat)
        return known

    def correct(self, wanted: Tier) -> None:
        """Remember that the last question, and those like it, are for the other tier.

        Only fingerprints of its words are kept. Raises UsageError before the first question.
        """
        if self._asked is None:
            raise UsageError("Nothing was asked yet.", hint="Ask something with `%%chat auto`.")
        words = fingerprints(question_of(self._asked))
        value = msgspec.to_builtins(Correction(words, wanted))
        name = str(crc32(repr(words).encode()))
        remember(self._session.ledger, "correction", name, value)


def _is_auto(name: str | None, known: routing.Known) -> bool:
    """Say whether the name, or what counts without one, is `auto`."""
    unnamed = (
        known.environment_model,
        known.chat_model,
        known.default_model,
        known.roles.get("chat", ""),
    )
    word = name or next(filter(None, unnamed), "")
    return word.strip().lower() == routing.AUTO


def _with_tier(tier: Tier, known: routing.Known) -> routing.Known:
    return replace(known, auto=_of_tier(tier, known))


def _of_tier(tier: Tier, known: routing.Known) -> str:
    """Return the model of a tier: its role's, else the first account's small or usual one."""
    if role := known.roles.get(ROLE_OF[tier], ""):
        return role
    for account in known.accounts:
        provider = known.providers[account.provider]
        usual = known.default_of(account)
        model = (provider.small_model or usual) if tier == "cheap" else usual
        if model:
            return f"{account.name}:{model}"
    return ""


def _correction(value: Any) -> Correction:
    return msgspec.convert(value, Correction)
