"""`%provider`: one table of words, each a small function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from nbprovider import catalog, config
from nbprovider.credentials import oauth
from nbprovider.errors import UsageError
from nbprovider.magics import (
    account,
    audit,
    catalog_table,
    chats,
    costs,
    doctor,
    embedded,
    forms,
    guide,
    ledger,
    listing,
    login,
    migrate,
    preferences,
    prices,
    pulling,
    reconcile,
    replay,
    routes,
    scan,
    spending,
    status,
    template,
    vault,
)
from nbprovider.magics.line_words import split
from nbprovider.magics.options import parse_words
from nbprovider.routing import AUTO
from nbprovider.session import Session, current
from nbprovider.spelling import nearest
from nbprovider.types import Route
from nbprovider.view import Note, Table

AUTOMATIC = "each question gets the cheap model or the strong one: `%provider role` says which"


class Word(Struct, frozen=True):
    """One word that `%provider` understands.

    `usage` is what follows it; `at_most` how many words that are.
    """

    run: Callable[..., Any]
    usage: str
    help: str
    at_least: int = 0
    at_most: int = 0


def run(line: str) -> Any:
    """Run a `%provider` line, return what the cell shows.

    Raises UsageError, with the nearest right spelling, for a word that there is not.
    """
    words = split(line)
    if not words:
        return status.table(current())
    name, *rest = words
    word = _find(name)
    if not word.at_least <= len(rest) <= word.at_most:
        raise UsageError(f"`%provider {name}` is used so: %provider {name} {word.usage}".rstrip())
    return word.run(*rest)


def _find(name: str) -> Word:
    word = WORDS.get(name)
    if word is None:
        near = nearest(name, WORDS)
        hint = f"Did you mean `%provider {near}`?" if near else "`%provider help` lists all."
        raise UsageError(f"%provider does not know {name!r}.", hint=hint)
    return word


def _use(model: str, *rest: str) -> Note:
    """Make a model the active one, or a chat's; ask for its key if there is none."""
    session = current()
    chat = parse_words(rest, (routes.CHAT,)).get("chat")
    if session.replay.mode == "only":
        return _named(session, model, chat)
    route = session.route(model)
    if session.replay.mode == "off" and not listing.usable(session, route):
        _enter(route)
    meant = session.planner.pinned(model)
    if chat is not None:
        session.chat(chat).model = meant
        return Note(f"The chat {chat} goes on with {meant} ({route.reason}).")
    session.active = meant
    session.chat(session.opened).model = None
    why = AUTOMATIC if meant == AUTO else route.reason
    return Note(f"{meant} is active now ({why}).{_outranked()}")


def _named(session: Session, model: str, chat: str | None) -> Note:
    """Make a model the active one where nobody is asked: it needs no account, nor a meaning."""
    if chat is not None:
        session.chat(chat).model = model
    else:
        session.active, session.chat(session.opened).model = model, None
    return Note(f"{model} is active now; replay is `only`: its recorded answers are given again.")


def _enter(route: Route) -> None:
    """Log in where that is the way, ask for a key elsewhere."""
    if oauth.is_logged_in_to(catalog.find(route.provider)):
        login.log_in(route.account or route.provider)
    else:
        vault.key(route.account or route.provider)


def _outranked() -> str:
    """Return what keeps the active model from being taken, "" when nothing does."""
    named = config.environment_model()
    return f" But NBPROVIDER_MODEL is {named!r}, which comes first: unset it." if named else ""


def _last() -> Any:
    """Return the last answer."""
    answer = current().last
    if answer is None:
        raise UsageError("Nothing was answered yet.", hint="Ask something with %%chat.")
    return answer


def _help(name: str = "") -> Any:
    """Return what the words mean."""
    if name:
        word = _find(name)
        return Table(("use", "what it does"), ((_spelled(name, word), word.help),))
    rows = tuple((_spelled(name, word), word.help) for name, word in WORDS.items())
    return Table(("use", "what it does"), rows, note="`%%chat?` explains how to ask.")


def _spelled(name: str, word: Word) -> str:
    return f"`%provider {name} {word.usage}".rstrip() + "`"


WORDS: dict[str, Word] = {
    "use": Word(_use, "MODEL [-c CHAT]", "make a model the active one, or a chat's", 1, 3),
    "list": Word(listing.providers, "", "every provider, and whether it is configured"),
    "catalog": Word(catalog_table.frame, "[WORDS]", "every provider, as a DataFrame", 0, 9),
    "guide": Word(guide.page, "[NAME]", "how to begin with a provider: key, models, trouble", 0, 1),
    "choose": Word(guide.choose, "", "who to take for what matters to you"),
    "models": Word(listing.models, "[NAME] [WORDS]", "the models on offer, asked now", 0, 9),
    "register": Word(listing.register, "MODEL", "remember a model, also one of no list", 1, 1),
    "unregister": Word(listing.unregister, "MODEL", "forget a registered model", 1, 1),
    "route": Word(listing.route, "[MODEL]", "what a model's name means here, and why", 0, 1),
    "chain": Word(
        routes.chain, "WORD [NAME] [MODELS]", "named lists of models: create, edit, show, …", 0, 40
    ),
    "role": Word(
        routes.role, "[NAME] [MODEL]", "the model for a role, or any word; - for none", 0, 2
    ),
    "next": Word(routes.following, "[-c CHAT]", "go on with the next of a chat's --models", 0, 2),
    "chats": Word(chats.run, "[WORD]", "the chats that are kept: list, search, open, …", 0, 999),
    "explain": Word(
        routes.explain, "PROMPT", "how hard a question looks to `auto`, and why", 1, 999
    ),
    "correct": Word(routes.correct, "TIER", "the last question was a cheap, or strong, one", 1, 1),
    "budget": Word(spending.budget, "[SCOPE] [USD]", "what may be spent, and what is", 0, 2),
    "health": Word(routes.health, "[WORD] [NAME]", "how accounts do; reset or probe one", 0, 2),
    "prices": Word(
        prices.run, prices.USAGE, "what a model costs, and why; update fetches new prices", 0, 1
    ),
    "usage": Word(costs.usage, "[--since WHEN] [OPTIONS]", "every call as a DataFrame", 0, 9),
    "cost": Word(
        costs.cost, "[BY …] [--since WHEN] [OPTIONS]", "what calls cost, by model, day, …", 0, 30
    ),
    "test": Word(listing.tried, "[NAME]", "ask an account for one word, say how it went", 0, 1),
    "auth": Word(forms.auth, "[NAME]", "a form: enter a key or log in, test, save", 0, 1),
    "accounts": Word(forms.accounts, "", "a form: all accounts, to test, change, remove"),
    "discover": Word(
        forms.discover, "[NAME]", "a form: find models, search, register, give roles", 0, 1
    ),
    "defaults": Word(forms.defaults, "", "a form: the model for each role, chains, budgets"),
    "key": Word(
        replay.needless(vault.key),
        vault.KEY_USAGE,
        "enter a key, unseen, for all notebooks or one",
        1,
        9,
    ),
    "account": Word(account.run, "WORD", "the accounts of the vault: list, add, test, …", 0, 99),
    "vault": Word(vault.run, "[rekey]", "how keys are kept; seal them anew", 0, 2),
    "migrate": Word(migrate.run, migrate.USAGE, "move keys that lie elsewhere in here", 0, 99),
    "login": Word(
        replay.needless(login.log_in),
        login.USAGE,
        "log in, where a login takes the place of a key",
        1,
        3,
    ),
    "logout": Word(login.log_out, "NAME", "remove what a login gave", 1, 1),
    "pull": Word(
        replay.needless(pulling.pull), "MODEL [ACCOUNT]", "have Ollama download a model", 1, 2
    ),
    "last": Word(_last, "", "show the last answer again"),
    "audit": Word(audit.run, "[WORD]", "the requests sent: a number of them, or verify", 0, 1),
    "scan": Word(scan.run, "[NOTEBOOK]", "look for keys in a notebook, or here", 0, 9),
    "ledger": Word(
        ledger.run, ledger.USAGE, "the file of all calls: check, repair, backup, vacuum", 0, 2
    ),
    "reconcile": Word(
        reconcile.run, reconcile.USAGE, "the ledger beside a provider's own export", 1, 40
    ),
    "template": Word(
        template.run, "[WORD]", "questions to ask again: list, show, save, edit, delete", 0, 9
    ),
    "replay": Word(
        replay.run, replay.USAGE, "on, only, off: give recorded answers again, without keys", 0, 2
    ),
    "config": Word(
        preferences.run, preferences.USAGE, "every setting with its default; set one", 0, 9
    ),
    "doctor": Word(doctor.table, "", "check keys, files, network and versions"),
    "embedded": Word(embedded.run, "install|status|stop", "the model on this machine", 0, 1),
    "help": Word(_help, "[WORD]", "this list, or more about one word", 0, 1),
}
"""The words by name, in the order of the help."""
