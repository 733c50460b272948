"""Tab completion of words, options, providers and models."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import get_args

from nbprovider import catalog, credentials, embedded
from nbprovider.config import Settings
from nbprovider.credentials.vault_file import Way
from nbprovider.ledger.costs import BY
from nbprovider.magics import (
    account,
    aside,
    attached,
    chats,
    costs,
    ledger,
    login,
    migrate,
    replay,
    schema,
    template,
    tools,
    vault,
)
from nbprovider.magics.options import OPTIONS, Option
from nbprovider.pull_flow import SERVICE
from nbprovider.session import current, kept, preferences
from nbprovider.session.chats import chats as kept_chats
from nbprovider.session.moving import movable
from nbprovider.session.templates import templates
from nbprovider.session.window import WORDS as WINDOWS

EMBEDDED = ("install", "status", "stop")


def complete(line: str) -> list[str]:
    """Return what the last word of a line may become; after a comma, what follows it may."""
    words = line.split()
    before = words if line.endswith(" ") else words[:-1]
    start = "" if line.endswith(" ") else words[-1].rpartition(",")[2]
    return [word for word in _candidates(before) if word.startswith(start)]


def _candidates(before: list[str]) -> list[str]:
    if before[:1] == ["%provider"]:
        return _after_provider(before[1:])
    if before[:1] == ["%explain"] and len(before) == 1:
        return ["error", *_after_chat([], aside.OPTIONS)]
    asking = before[:1] in (["%fix"], ["%explain"], ["%%explain"])
    return _after_chat(before[1:], aside.OPTIONS if asking else OPTIONS)


def _after_provider(before: list[str]) -> list[str]:
    from nbprovider.magics.provider import WORDS

    if not before:
        return list(WORDS)
    word, *rest = before
    candidates = _WORDS.get(word)
    return candidates(rest) if candidates else []


def _after_account(before: list[str]) -> list[str]:
    if not before:
        return list(account.WORDS)
    word = account.WORDS.get(before[0])
    if word is None:
        return []
    option = next((o for o in word.options if before[-1] in o.spellings), None)
    if option is not None and option.value:
        return list(option.choices)
    options = [option.spellings[-1] for option in word.options]
    names = _ACCOUNT_NAMES.get(before[0])
    return [*names(), *options] if names and len(before) == 1 else options


def _after_key(before: list[str]) -> list[str]:
    return [vault.KERNEL] if before else [*dict.fromkeys([*_accounts(), *_providers()])]


def _after_vault(before: list[str]) -> list[str]:
    return list(get_args(Way)) if before else list(vault.WORDS)


def _after_cost(before: list[str]) -> list[str]:
    options = _after_usage(before)
    return [*BY, *options] if options else []


def _after_usage(before: list[str]) -> list[str]:
    valued = {spelling for o in costs.OPTIONS if o.value for spelling in o.spellings}
    return [] if before and before[-1] in valued else [o.spellings[-1] for o in costs.OPTIONS]


def _after_login(before: list[str]) -> list[str]:
    if before:
        return [] if login.PASTE in before else [*_accounts(), login.PASTE]
    return [key for key, provider in catalog.load().items() if provider.oauth]


def _after_chats(before: list[str]) -> list[str]:
    if not before:
        return list(chats.WORDS)
    word = chats.WORDS.get(before[0])
    if word is None:
        return []
    named = _CHAT_NAMES.get(before[0]) if len(before) == 1 else None
    return [*(named() if named else ()), *(option.spellings[-1] for option in word.options)]


def _chats() -> list[str]:
    """Return the names of chats as they are written on a line."""
    kept = [one.name for one in kept_chats.list()]
    return [shlex.quote(name) for name in dict.fromkeys([*current().chats, *kept])]


def _deleted_chats() -> list[str]:
    return [shlex.quote(one.name) for one in kept_chats.deleted()]


def _after_config(before: list[str]) -> list[str]:
    """Return the settings; of one that has few values, these."""
    if not before:
        return list(Settings.__struct_fields__)
    return preferences.values(before[0]) if len(before) == 1 else []


def _after_template(before: list[str]) -> list[str]:
    word = template.WORDS.get(before[0]) if before else None
    if not before or word is None:
        return [] if before else list(template.WORDS)
    named = templates.names() if len(before) == 1 and before[0] != "list" else []
    return [*named, *(option.spellings[-1] for option in word.options)]


def _words(_: list[str]) -> list[str]:
    from nbprovider.magics.provider import WORDS

    return list(WORDS)


def _after_chat(before: list[str], options: tuple[Option, ...] = OPTIONS) -> list[str]:
    option = next((o for o in options if before and before[-1] in o.spellings), None)
    if option is None or not option.value:
        models = _models() if options is OPTIONS else []
        return [*(o.spellings[-1] for o in options), *models]
    candidates = _OF_OPTION.get(option.name)
    return candidates(before) if candidates else list(option.choices)


def _providers() -> list[str]:
    return list(catalog.load())


def _accounts() -> list[str]:
    return list(kept.names(credentials.vault()))


def _gone() -> list[str]:
    return [one.name for one in credentials.vault().removed()]


def _models() -> list[str]:
    """Return the names that mean a model: aliases, accounts, and their usual models."""
    session = current()
    settings = session.settings
    named = [*settings.aliases, *settings.roles]
    for found in session.accounts():
        provider = catalog.find(found.provider)
        usual = dict.fromkeys([provider.default_model, provider.small_model])
        named += [found.name, *filter(None, usual)]
    return [*dict.fromkeys(named), *catalog.load(), embedded.MODEL]


_OF_OPTION: dict[str, Callable[[list[str]], list[str]]] = {
    **dict.fromkeys(("model", "models", "compare"), lambda _: _models()),
    "provider": lambda _: [*dict.fromkeys([*_accounts(), *_providers()])],
    "chat": lambda _: _chats(),
    "image": lambda _: attached.candidates(),
    "context": lambda _: ["above", "above:3", "run", "run:3"],
    "schema": lambda _: schema.candidates(),
    "tools": lambda _: tools.candidates(),
    "template": lambda _: templates.names(),
    "with": template.parameters,
    "window": lambda _: list(WINDOWS),
}
"""Option of `%%chat` → its values, where they are not all counted in the table of options."""

_WORDS: dict[str, Callable[[list[str]], list[str]]] = {
    **dict.fromkeys(("use", "route", "models", "test"), lambda _: _models()),
    "auth": lambda before: [] if before else _providers(),
    "guide": lambda _: _providers(),
    "cost": _after_cost,
    "usage": _after_usage,
    "key": _after_key,
    "account": _after_account,
    "vault": _after_vault,
    "chats": _after_chats,
    "login": _after_login,
    "logout": lambda _: _accounts(),
    "migrate": lambda _: [migrate.ALL, *(one.name for one in movable())],
    "template": _after_template,
    "replay": lambda before: [] if before else list(replay.WORDS),
    "config": _after_config,
    "embedded": lambda _: list(EMBEDDED),
    "pull": lambda _: [p.key for p in catalog.load().values() if SERVICE in p.services],
    "prices": lambda before: [] if before else ["update", *_models()],
    "ledger": lambda before: [] if before else list(ledger.WORDS),
    "help": _words,
}
"""Word of `%provider` → what may follow it, from what stands between."""

_CHAT_NAMES: dict[str, Callable[[], list[str]]] = {
    **dict.fromkeys(("open", "show", "export", "rename", "fork", "delete"), _chats),
    **dict.fromkeys(("restore", "purge"), _deleted_chats),
}
"""Word of `%provider chats` → the names that it may be about."""

_ACCOUNT_NAMES: dict[str, Callable[[], list[str]]] = {
    "add": _providers,
    **dict.fromkeys(("show", "edit", "rename", "test", "prefer", "remove"), _accounts),
    **dict.fromkeys(("restore", "purge"), _gone),
}
"""Word of `%provider account` → the names that it may be about."""
