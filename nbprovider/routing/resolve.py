"""What a model string means: one route, and the rule that chose it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from nbprovider.errors import MissingKey, NbproviderError, UsageError
from nbprovider.routing.known import Known
from nbprovider.routing.rules import RULES, by_rules, words
from nbprovider.spelling import did_you_mean
from nbprovider.types import Route

ROLES = ("chat", "boss", "worker", "cheap", "fast", "vision", "embedding", "tts", "stt")

AUTO = "auto"
"""The name that means a cheap model or a strong one, by how hard the question looks."""


def resolve(name: str | None, known: Known) -> Route:
    """Return the route that a name means, or that none means here; nothing is looked up.

    A name goes by nine rules, in order: 1 an alias or role of the user's; 2 `model@account`;
    3 `provider:model`; 4 `vendor/model`; 5 `model:tag`; 6 a known beginning; 7 a registered model;
    8 the default account; 9 the first account. No name means, in order: NBPROVIDER_MODEL, the
    chat's own model, the default, the first account with a default model (Anthropic, OpenRouter and
    OpenAI come first, the embedded model last).

    Of a chain it is the first. Raises UsageError for a name that is unknown or means several
    things, MissingKey when nothing is configured; both name the next step.
    """
    return resolved(name, known)[0]


def resolved(name: str | None, known: Known) -> tuple[Route, ...]:
    """Return the routes that a name means: those of a chain in its order, else the one.

    Raises what `resolve` raises.
    """
    word = (name or "").strip()
    return _named(word, known) if word else _unnamed(known)


def asked_role(name: str | None, known: Known) -> str:
    """Return the role or chain by whose name, or for want of one, a model is asked; "" for none."""
    unset = "chat" if known.roles.get("chat", "").strip() else ""
    given = (name or "", known.environment_model, known.chat_model, known.default_model, unset)
    word = next(filter(None, map(str.strip, given)), "")
    if word in known.chains:
        return word
    roles = {*ROLES, AUTO, *map(str.lower, known.roles)}
    return word.lower() if word.lower() in roles else ""


def _named(name: str, known: Known) -> tuple[Route, ...]:
    target, way = _translated(name, known)
    if not target:
        return (replace(_by_account(known), reason=f"rule 1: the role {name!r} is not set"),)
    if members := known.chains.get(target):
        return tuple(_members(target, way, members, known))
    route = by_rules(target, known, RULES)
    if route is None:
        raise _unknown(target, known)
    return (replace(route, reason=f"{way}{route.reason}"),)


def _members(chain: str, way: str, members: tuple[str, ...], known: Known) -> Iterator[Route]:
    """Yield a chain's routes; its members are models, accounts and aliases, but no chains."""
    alone = replace(known, chains={})
    for number, member in enumerate(members, 1):
        route = resolve(member, alone)
        place = f"{way}rule 1: {chain!r} is a chain, number {number} of {len(members)}"
        yield replace(route, reason=f"{place}: {route.reason}")


def _translated(name: str, known: Known) -> tuple[str, str]:
    """Apply rule 1 as long as it applies; return the name it ends with, and the way in words.

    The name is "" for the role chat when it is not set.
    """
    seen: list[str] = []
    way = ""
    while (target := _own(name, known)) is not None and target != name:
        if name in seen:
            raise _circle([*seen, name])
        seen.append(name)
        if not target:
            return "", ""
        way += f"rule 1: {name!r} stands for {target!r}; "
        name = target
    return name, way


def _own(name: str, known: Known) -> str | None:
    """Return what an alias or a role stands for, None when the name is neither."""
    target = _looked_up(name, known.aliases) or _looked_up(name, known.roles)
    if target:
        return target
    role = name.lower()
    if role == AUTO:
        return known.auto or None
    if role not in ROLES:
        return None
    if role == "chat":
        return ""
    raise UsageError(
        f"The role {role!r} has no model yet.",
        hint=f"Give it one: `%provider role {role} MODEL`.",
    )


def _looked_up(name: str, names: Mapping[str, str]) -> str:
    folded = {key.lower(): value for key, value in names.items()}
    return (names.get(name) or folded.get(name.lower(), "")).strip()


def _circle(names: list[str]) -> UsageError:
    way = " → ".join(names)
    return UsageError(
        f"These names lead in a circle: {way}.",
        hint="Change one of them: `%provider role`, or settings.toml.",
    )


def _unnamed(known: Known) -> tuple[Route, ...]:
    preferences = {
        "NBPROVIDER_MODEL": known.environment_model,
        "the chat's own model": known.chat_model,
        "the default model": known.default_model,
        "the role 'chat'": known.roles.get("chat", ""),
    }
    for what, model in preferences.items():
        if model.strip():
            why = f"no model given: {what} is {model!r}; "
            routes = _named(model.strip(), known)
            return tuple(replace(route, reason=f"{why}{route.reason}") for route in routes)
    return (_by_account(known),)


def _by_account(known: Known) -> Route:
    """Return the default model of the first account that has one."""
    for account in known.accounts:
        if known.default_of(account):
            provider = known.providers[account.provider]
            reason = f"no model given: {provider.name} is the first account ({account.source})"
            return known.route_by(account, "", reason)
    if known.accounts:
        return known.route_by(known.accounts[0], "", "")
    raise _nothing_configured()


def _unknown(name: str, known: Known) -> NbproviderError:
    meant = did_you_mean(name, words(known))
    if known.accounts or meant:
        hint = meant or "`%provider models` lists what can be asked."
        return UsageError(f"No account knows a model {name!r}.", hint=hint)
    return _nothing_configured()


def _nothing_configured() -> MissingKey:
    return MissingKey(
        "No account is configured: no key was found, and the embedded model is not installed.",
        hint="Run `%provider embedded install` for a small free model, or enter a key by"
        " `%provider key anthropic`.",
    )
