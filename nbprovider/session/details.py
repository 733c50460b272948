"""What may be said of an account of the vault, checked before it is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypedDict, cast
from urllib.parse import urlsplit

from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.catalog.needs import placeholders, required
from nbprovider.catalog.spoken import OWN, is_spoken
from nbprovider.credentials import address
from nbprovider.credentials.places import ELSEWHERE
from nbprovider.credentials.stored import Stored
from nbprovider.credentials.templates import PLACEHOLDER, WORD, unversioned
from nbprovider.errors import UsageError
from nbprovider.routing import AUTO, ROLES
from nbprovider.spelling import did_you_mean

NAME = re.compile(r"\w[\w.-]{0,63}")


class Details(TypedDict, total=False):
    """What an account may have of its own; "" takes the provider's again."""

    base_url: str
    services: Mapping[str, str]
    model: str
    protocol: str
    fields: Mapping[str, str]


class NamedDetails(Details, total=False):
    """The same of a new account, with the name to give it."""

    name: str


def checked(provider: Provider, given: Mapping[str, object], kind: type = Details) -> Details:
    """Return the details in their usual form.

    Raises UsageError, with the nearest right word, for what a provider does not know, and
    ConfigError for an address that may not be used.
    """
    _known("detail", given, kind.__annotations__)
    told = cast("NamedDetails", {name: value for name, value in given.items() if value is not None})
    base_url, version = _base_url(provider, told.get("base_url", ""))
    fields = {**({"api_version": version} if version else {}), **told.get("fields", {})}
    _known("field", fields, placeholders(provider))
    _known("service", told.get("services", {}), _services())
    for name, value in fields.items():
        _check_field(name, value)
    _check_protocol(told.get("protocol", ""))
    found = cast("Details", {**told, "fields": fields})
    if "base_url" in told:
        found["base_url"] = base_url
    urls = told.get("services", {}).items()
    found["services"] = {name: _service_url(provider, name, url) for name, url in urls}
    return found


def applied(account: Stored, details: Details) -> Stored:
    """Return the account with these details in place of its own; an empty one is taken away."""
    return replace(
        account,
        base_url=details.get("base_url", account.base_url),
        services=_merged(account.services, details.get("services", {})),
        model=details.get("model", account.model).strip(),
        protocol=details.get("protocol", account.protocol),
        fields=_merged(account.fields, details.get("fields", {})),
    )


def check_name(provider: Provider, name: str, taken: Iterable[str]) -> str:
    """Return the name without white space around it.

    Raises UsageError for one that cannot be written on a line, that is taken, or that already means
    something else: another provider, a role, an alias.
    """
    name = name.strip()
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be an account's name.",
            hint="Take letters, digits, dots, dashes and underscores, as in `work` or `groq-2`.",
        )
    if name.lower() in map(str.lower, taken):
        raise UsageError(
            f"There is an account called {name!r} already.",
            hint=f"Take another name, or change that one: `%provider account edit {name}`.",
        )
    if why := _meaning(provider, name.lower()):
        raise UsageError(f"{name!r} is {why} already.", hint="Take another name.")
    return name


def check_address(provider: Provider, account: Stored) -> None:
    """Raise UsageError, which names what is lacking, for an account that leads nowhere."""
    lacking = [name for name in required(provider) if _lacks(provider, account, name)]
    if not lacking:
        return
    name = lacking[0]
    option = "--base-url URL" if name == "base_url" else f"--field {name}=VALUE"
    what = "address" if name == "base_url" else name
    raise UsageError(
        f"An account of {provider.name} needs its {what}.",
        hint=f"`%provider account add {provider.key} {option}`",
    )


def free_name(provider: Provider, taken: Collection[str]) -> str:
    """Return a name for one more account of the provider: `groq`, `groq-2`, `groq-3`, …."""
    used = {name.lower() for name in taken}
    names = (provider.key, *(f"{provider.key}-{number}" for number in range(2, len(used) + 3)))
    return next(name for name in names if name not in used)


def origins(provider: Provider, account: Stored) -> frozenset[str]:
    """Return the hosts, with scheme and port, that an account's key may go to."""
    known = {**provider.defaults, **account.fields}
    template = account.base_url or provider.base_url
    usual = PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), template)
    return frozenset(_origin(url) for url in (usual, *account.services.values()))


def leads_elsewhere(provider: Provider, before: Stored, after: Stored) -> bool:
    """Say whether a change would send an account's secret to a host that it did not go to."""
    return bool(before.sealed) and not origins(provider, after) <= origins(provider, before)


def _lacks(provider: Provider, account: Stored, name: str) -> bool:
    if account.base_url or (name != "base_url" and provider.base_url_with_key):
        return False
    if name in account.fields or name in ELSEWHERE:
        return False
    return not any(os.environ.get(variable) for variable in provider.variables.get(name, ()))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def _merged(own: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in {**own, **given}.items() if value}


def _known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = tuple(known)
    for name in given:
        if name not in known:
            there = f"There are: {', '.join(known)}." if known else "There are none."
            hint = did_you_mean(name, known) or there
            raise UsageError(f"There is no {what} {name!r} here.", hint=hint)


def _services() -> tuple[str, ...]:
    names = (name for provider in catalog.load().values() for name in provider.services)
    return tuple(sorted(set(names)))


def _base_url(provider: Provider, text: str) -> tuple[str, str]:
    """Return an address in its usual form, and Azure's version when it was written with one."""
    if not text.strip():
        return "", ""
    plain, version = unversioned(text.strip()) if provider.versioned_path else (text.strip(), "")
    return address.base_url(provider, plain, "base_url"), version


def _service_url(provider: Provider, name: str, text: str) -> str:
    """Return the whole address of a service; nothing is added to it, nothing dropped."""
    whole = replace(provider, base_path="", base_drop=(), address="url")
    return address.base_url(whole, text.strip(), f"service {name}") if text.strip() else ""


def _check_field(name: str, value: str) -> None:
    if value and not WORD.fullmatch(value):
        raise UsageError(
            f"The field {name} cannot be {value!r}: it is part of an address.",
            hint="Give its plain name, without slashes.",
        )


def _check_protocol(name: str) -> None:
    if name and not is_spoken(name):
        hint = did_you_mean(name, OWN) or f"There are: {', '.join(sorted(OWN))}."
        raise UsageError(f"There is no protocol {name!r}.", hint=hint)


def _meaning(provider: Provider, name: str) -> str:
    """Return what else a name means, "" for nothing."""
    from nbprovider.session.session import current  # it renews logins, which name accounts

    known = current().known()
    if name in {*ROLES, AUTO} or name in map(str.lower, known.roles):
        return "a role"
    if name in map(str.lower, known.aliases):
        return "an alias in settings.toml"
    if name in map(str.lower, known.chains):
        return "a chain"
    own = {provider.key, *map(str.lower, provider.aliases)}
    return "the name of a provider" if catalog.known(name) and name not in own else ""
