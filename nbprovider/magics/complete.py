"""Tab completion of words, options, providers and models."""

from __future__ import annotations

from nbprovider import catalog, embedded
from nbprovider.magics.options import OPTIONS
from nbprovider.pull_flow import SERVICE
from nbprovider.session import current

EMBEDDED = ("install", "status", "stop")


def complete(line: str) -> list[str]:
    """Return what the last word of a line may become."""
    words = line.split()
    before = words if line.endswith(" ") else words[:-1]
    start = "" if line.endswith(" ") else words[-1]
    return [word for word in _candidates(before) if word.startswith(start)]


def _candidates(before: list[str]) -> list[str]:
    if before[:1] == ["%provider"]:
        return _after_provider(before[1:])
    return _after_chat(before[1:])


def _after_provider(before: list[str]) -> list[str]:
    from nbprovider.magics.provider import WORDS

    if not before:
        return list(WORDS)
    match before[0]:
        case "use" | "route" | "models" | "test":
            return _models()
        case "key" | "guide":
            return list(catalog.load())
        case "embedded":
            return list(EMBEDDED)
        case "pull":
            return [p.key for p in catalog.load().values() if SERVICE in p.services]
        case "help":
            return list(WORDS)
        case _:
            return []


def _after_chat(before: list[str]) -> list[str]:
    option = next((o for o in OPTIONS if before and before[-1] in o.spellings), None)
    if option is None or not option.value:
        return [*(o.spellings[-1] for o in OPTIONS), *_models()]
    match option.name:
        case "model":
            return _models()
        case "provider":
            return list(catalog.load())
        case "chat":
            return list(current().chats)
        case _:
            return list(option.choices)


def _models() -> list[str]:
    """Return the names that mean a model: aliases, accounts, and their usual models."""
    session = current()
    settings = session.settings
    named = [*settings.aliases, *settings.roles]
    for account in session.accounts():
        provider = catalog.find(account.provider)
        usual = dict.fromkeys([provider.default_model, provider.small_model])
        named += [account.name, *filter(None, usual)]
    return [*dict.fromkeys(named), *catalog.load(), embedded.MODEL]
