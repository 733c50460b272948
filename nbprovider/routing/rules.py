"""The rules by which a model's name finds its route, in order; the first that speaks decides.

Rule 1, the user's own names, is applied before these: see `resolve`. Each function takes the name
and what is known, and returns a route with its reason, or None when it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable

from nbprovider.catalog import Provider, refuse_broken
from nbprovider.credentials import Account
from nbprovider.errors import UsageError
from nbprovider.routing.known import Known
from nbprovider.spelling import nearest
from nbprovider.types import Route

Rule = Callable[[str, Known], Route | None]

GATEWAY = "openrouter"
LOCAL = "ollama"


def by_rules(name: str, known: Known, rules: tuple[Rule, ...]) -> Route | None:
    """Return the route of the first rule that has one."""
    return next(filter(None, (rule(name, known) for rule in rules)), None)


def at_account(name: str, known: Known) -> Route | None:
    """Rule 2: `model@account`, also `provider:model@account`."""
    head, at, tail = name.rpartition("@")
    if not at or not head or not tail or "/" in tail:  # some ids begin with @, as @cf/meta/llama
        return None
    refuse_broken(tail)
    account = known.meant(tail) or _unconfigured(tail, known)
    if account is None:
        raise _no_account(tail, known)
    model = _without_provider(head, account, known)
    return known.route_by(account, model, f"rule 2: {tail!r} is an account")


def of_provider(name: str, known: Known) -> Route | None:
    """Rule 3: `provider:model` or `account:model`; the first word alone takes the default model."""
    head, colon, model = name.partition(":")
    refuse_broken(head)
    what = "its default model" if not model else f"its model {model!r}"
    if account := known.meant(head):
        return known.route_by(account, model, f"rule 3: {head!r} is an account, {what}")
    if provider := known.provider(head):
        return known.route(provider, model, f"rule 3: {head!r} is {provider.name}, {what}")
    if colon and not model:
        raise UsageError(f"No provider is called {head!r}.", hint=_hint(head, known))
    return None


def with_slash(name: str, known: Known) -> Route | None:
    """Rule 4: `vendor/model` is OpenRouter's, else the vendor's own, where configured."""
    vendor, slash, model = name.partition("/")
    if not slash:
        return None
    gateway, named = known.provider(GATEWAY), known.provider(vendor)
    if gateway and known.account_of(gateway):
        return known.route(gateway, name, "rule 4: a '/', and OpenRouter is configured")
    if named and known.account_of(named):
        return known.route(named, model, f"rule 4: a '/', and {named.name} is configured")
    return None


def with_colon(name: str, known: Known) -> Route | None:
    """Rule 5: `model:tag` is Ollama's."""
    head, colon, _ = name.partition(":")
    ollama = known.provider(LOCAL)
    if not colon or ollama is None:
        return None
    near = nearest(head, _provider_words(known))
    doubt = f" (did you mean the provider {near!r}?)" if near else ""
    return known.route(ollama, name, f"rule 5: a ':' after no provider's name is Ollama's{doubt}")


def by_prefix(name: str, known: Known) -> Route | None:
    """Rule 6: the longest beginning that a provider file claims; a configured provider first.

    A name with a slash is a gateway's or a host's name for a model: rule 4 has seen it already.
    """
    claims = [] if "/" in name else _claims(name.lower(), known)
    if not claims:
        return None
    prefix, provider = _only(name, claims, known)
    reason = f"rule 6: {prefix!r} is a prefix of {provider.name}"
    model = "" if name.lower() == prefix else name
    stand_in = _stand_in(provider, known)
    if stand_in is None:
        return known.route(provider, model, reason)
    return known.route(stand_in, model, f"{reason}, which {stand_in.name} stands in for")


def by_registration(name: str, known: Known) -> Route | None:
    """Rule 7: a model that is registered for an account."""
    accounts = [a for a in map(known.account, known.registered.get(name, ())) if a]
    if not accounts:
        return None
    default = [a for a in accounts if a.name == known.default_account]
    if len(accounts) > 1 and not default:
        choices = " or ".join(f"`{name}@{account.name}`" for account in accounts)
        raise UsageError(f"Several accounts have {name!r}.", hint=f"Write {choices}.")
    account = (default or accounts)[0]
    return known.route_by(account, name, f"rule 7: registered for the account {account.name!r}")


def by_default_account(name: str, known: Known) -> Route | None:
    """Rule 8: the default account takes what nothing else speaks for."""
    account = known.account(known.default_account) or _of_default_model(known)
    if account is None or account not in known.remote():
        return None
    return known.route_by(account, name, f"rule 8: the default account{_doubt(name, known)}")


def by_first_account(name: str, known: Known) -> Route | None:
    """Rule 9: the first configured account; the embedded model is no other one by name."""
    first = next(iter(known.remote()), None)
    if first is None:
        return None
    return known.route_by(first, name, f"rule 9: the first configured account{_doubt(name, known)}")


SPEAKING: tuple[Rule, ...] = (
    at_account,
    of_provider,
    with_slash,
    with_colon,
    by_prefix,
    by_registration,
)
RULES: tuple[Rule, ...] = (*SPEAKING, by_default_account, by_first_account)


def words(known: Known) -> list[str]:
    """Return the words that may have been meant by a name that means nothing."""
    models = (p.default_model for p in known.providers.values() if p.default_model)
    return [*known.aliases, *known.roles, *_provider_words(known), *models, *known.registered]


def _provider_words(known: Known) -> list[str]:
    aliases = (alias for p in known.providers.values() for alias in p.aliases)
    return [*(account.name for account in known.accounts), *known.providers, *aliases]


def _hint(word: str, known: Known) -> str:
    near = nearest(word, _provider_words(known))
    return f"Did you mean `{near}:`?" if near else "`%provider list` shows them all."


def _doubt(name: str, known: Known) -> str:
    near = nearest(name, words(known))
    return f", as nothing else speaks for {name!r}" + (f" (did you mean {near!r}?)" if near else "")


def _unconfigured(name: str, known: Known) -> Account | None:
    provider = known.provider(name)
    if provider is None:
        return None
    return known.account_of(provider) or Account(provider.key, provider.key, "", "")


def _no_account(name: str, known: Known) -> UsageError:
    names = ", ".join(account.name for account in known.accounts) or "none"
    near = nearest(name, _provider_words(known))
    meant = f"Did you mean {near!r}? " if near else ""
    return UsageError(f"No account is called {name!r}.", hint=f"{meant}Configured: {names}.")


def _without_provider(head: str, account: Account, known: Known) -> str:
    """Return the model of `provider:model` or `provider`, which must be the account's own."""
    word, colon, model = head.partition(":")
    provider = known.provider(word)
    if provider is None:
        return head
    if provider.key != account.provider:
        owner = known.providers[account.provider].name
        raise UsageError(
            f"The account {account.name!r} belongs to {owner}, not to {provider.name}.",
            hint=f"Leave out `@{account.name}` or `{word}{colon}`.",
        )
    return model


def _claims(name: str, known: Known) -> list[tuple[str, Provider]]:
    """Return the longest prefix of the name that is claimed, with each provider claiming it."""
    all_ = [
        (prefix.lower(), provider)
        for provider in known.providers.values()
        for prefix in provider.model_prefixes
        if name.startswith(prefix.lower())
    ]
    longest = max((len(prefix) for prefix, _ in all_), default=0)
    return [claim for claim in all_ if len(claim[0]) == longest]


def _only(name: str, claims: list[tuple[str, Provider]], known: Known) -> tuple[str, Provider]:
    configured = [claim for claim in claims if known.account_of(claim[1])]
    left = configured or claims
    if len(left) == 1:
        return left[0]
    choices = " or ".join(f"`{provider.key}:{name}`" for _, provider in left)
    raise UsageError(f"{name!r} could be of several providers.", hint=f"Write {choices}.")


def _stand_in(provider: Provider, known: Known) -> Provider | None:
    if known.account_of(provider):
        return None
    others = (known.providers[account.provider] for account in known.accounts)
    return next((other for other in others if other.stands_in_for == provider.key), None)


def _of_default_model(known: Known) -> Account | None:
    model = known.aliases.get(known.default_model, known.default_model)
    route = by_rules(model, known, SPEAKING) if model else None
    return known.account(route.account) if route else None
