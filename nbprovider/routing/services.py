"""Which account and model a service is asked of: embeddings, speech, transcription."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog import Provider
from nbprovider.credentials import Account
from nbprovider.errors import MissingKey, NbproviderError, UsageError
from nbprovider.routing.known import Known
from nbprovider.routing.resolve import asked_role, resolve
from nbprovider.types import Route


class Service(Struct, frozen=True):
    """Something that providers offer besides chat.

    `key` names it in a provider's file, `role` in settings.toml, `does` in a sentence.
    """

    key: str
    role: str
    does: str


EMBEDDINGS = Service("embeddings", "embedding", "makes embeddings")
SPEECH = Service("tts", "tts", "speaks")
TRANSCRIPTION = Service("stt", "stt", "transcribes")


class NoUsualModel(UsageError):
    """An account was meant without a model, and nobody says which is its usual one."""

    def __init__(self, account: Account, name: str, service: Service) -> None:
        super().__init__(
            f"{name} has no usual model that {service.does}.",
            hint=f'Name one: model="{account.name}:MODEL".',
        )
        self.account = account


def service_route(name: str | None, service: Service, known: Known) -> Route:
    """Return the route to a service by a model's name, or, without one, to the usual model.

    A name means what it means for a chat, among the accounts that have the service; a provider's or
    an account's alone means its usual model for it. No name means, in order: the role in
    settings.toml, the active account, the first account that has a usual model.

    Raises UsageError where no model is meant, or its provider has no such service; it names those
    that have.
    """
    offering = _offering(service, known)
    word = (name or "").strip()
    if word:
        _refuse_lacking(word, service, known)
        return replace(_named(word, service, offering), role=asked_role(word, known))
    if role := known.roles.get(service.role, "").strip():
        _refuse_lacking(role, service, known)
        route = _named(role, service, offering)
        why = f"the role {service.role!r} is {role!r}; {route.reason}"
        return replace(route, reason=why, role=service.role)
    return _usual(service, known, offering)


def _offering(service: Service, known: Known) -> Known:
    """Return what is known of those accounts that have the service."""
    accounts = (a for a in known.accounts if _has(a, service, known))
    return replace(
        known, accounts=tuple(accounts), environment_model="", chat_model="", default_model=""
    )


def _has(account: Account, service: Service, known: Known) -> bool:
    """Say whether an account has a service: by an address of its own, or by its provider."""
    return service.key in account.services or _offers(known.providers[account.provider], service)


def _offers(provider: Provider, service: Service) -> bool:
    return service.key in provider.services


def _refuse_lacking(name: str, service: Service, known: Known) -> None:
    """Raise UsageError where a name begins, or ends, with an account that has no such service."""
    head, tail = name.partition(":")[0], name.rpartition("@")[2]
    account = known.meant(head) or known.meant(tail)
    if account and not _has(account, service, known):
        raise _lacking(known.providers[account.provider], service, known)


def _named(name: str, service: Service, known: Known) -> Route:
    head, _, model = name.partition(":")
    if not model and (alone := _account(head, known)):
        return _by_default(alone, service, known, f"{head!r} alone")
    for account in known.accounts:
        if known.providers[account.provider].service_models.get(service.key) == name:
            return known.route_by(account, name, f"{account.name} has it for what {service.does}")
    try:
        route = resolve(name, known)
    except MissingKey:
        owner = _owner(name, service, known)
        if owner is None:
            raise _nobody(service, known) from None
        return known.route(owner, name, f"{owner.name} has it for what {service.does}")
    has = known.account(route.account) is not None  # of those that have the service
    if not (has or _offers(known.providers[route.provider], service)):
        raise _lacking(known.providers[route.provider], service, known)
    return route


def _owner(name: str, service: Service, known: Known) -> Provider | None:
    """Return the provider whose usual model this is; its missing key is said when it is needed."""
    providers = known.providers.values()
    return next((p for p in providers if p.service_models.get(service.key) == name), None)


def _account(word: str, known: Known) -> Account | None:
    """Return the account that a word names, or its provider's; None when it names neither."""
    if account := known.meant(word):
        return account
    provider = known.provider(word)
    if provider is None:
        return None
    return known.account_of(provider) or Account(provider.key, provider.key, "", "")


def _usual(service: Service, known: Known, offering: Known) -> Route:
    try:
        active = resolve(None, known).account
    except NbproviderError:
        active = ""
    accounts = sorted(offering.accounts, key=lambda account: account.name != active)
    if not accounts:
        raise _nobody(service, known)
    able = [a for a in accounts if service.key in known.providers[a.provider].service_models]
    first, *_ = able or accounts
    which = "the active account" if first.name == active else "the first account"
    return _by_default(first, service, known, f"no model given: {which} that {service.does}")


def _by_default(account: Account, service: Service, known: Known, why: str) -> Route:
    provider = known.providers[account.provider]
    if not _has(account, service, known):
        raise _lacking(provider, service, known)
    model = provider.service_models.get(service.key, "")
    if not model:
        raise NoUsualModel(account, provider.name, service)
    return known.route_by(account, model, why)


def _lacking(provider: Provider, service: Service, known: Known) -> UsageError:
    return UsageError(
        f"{provider.name} has no service that {service.does}.",
        hint=f"These have: {', '.join(_providers(service, known))}.",
    )


def _nobody(service: Service, known: Known) -> UsageError:
    return UsageError(
        f"No account is configured that {service.does}.",
        hint=f"These providers have the service: {', '.join(_providers(service, known))}."
        " `%provider guide NAME` says how to begin with one.",
    )


def _providers(service: Service, known: Known) -> Iterator[str]:
    """Yield the providers that have the service, those of configured accounts first."""
    configured = {account.provider for account in known.accounts}
    offering = [p for p in known.providers.values() if _offers(p, service)]
    yield from (p.key for p in sorted(offering, key=lambda p: (p.key not in configured, p.key)))
