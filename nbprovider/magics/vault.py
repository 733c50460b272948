"""`%provider key` and `%provider vault`: keys on their way into the vault, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

from nbprovider import catalog, config
from nbprovider.credentials import vault
from nbprovider.credentials.places import Places
from nbprovider.credentials.sources import is_early
from nbprovider.credentials.vault_file import Way
from nbprovider.errors import ConfigError, UsageError
from nbprovider.magics.stray_key import stray
from nbprovider.session import current
from nbprovider.session.accounts import accounts
from nbprovider.session.entry import Entry
from nbprovider.spelling import did_you_mean
from nbprovider.view import Note, Table

KERNEL = "kernel"
"""The word that keeps a key out of the vault."""

UNTIL_THE_END = "the key is kept until this kernel ends"

KEY_USAGE = "NAME [kernel]"


def key(name: str, *rest: str) -> Note:
    """Ask for a key without showing it; keep it in the vault, or for this kernel only."""
    if rest and rest != (KERNEL,):
        raise stray(rest, f"%provider key {KEY_USAGE}")
    if rest:
        accounts.hold(name)
        return Note(f"{name}: {UNTIL_THE_END}; nothing was written.")
    _check_place(name)
    if variable := _readdressed(name):
        accounts.hold(name)
        return Note(
            f"{name}: {UNTIL_THE_END}, for the address in {variable}: a key in"
            f" the vault goes to an address of its own. `%provider account add {name} --name NAME"
            " --base-url URL` keeps both."
        )
    entered = accounts.enter(name)
    said = (f"{entered.name}: the key is in the vault now.", entered.warning, _outranked(entered))
    return Note(" ".join(filter(None, said)))


def run(word: str = "", *rest: str) -> Table | Note:
    """Say how the vault is kept; `rekey` seals its secrets under a new key."""
    if not word:
        return _status()
    if word not in _WORDS:
        hint = did_you_mean(word, _WORDS) or f"There is: {', '.join(_WORDS)}."
        raise UsageError(f"`%provider vault` does not know {word!r}.", hint=hint)
    return _WORDS[word](*rest)


def _check_place(name: str) -> None:
    """Raise ConfigError, before anything is typed, where the vault cannot be written."""
    try:
        config.made(vault().path.parent)
    except ConfigError as error:
        hint = f"{error.hint} Or hold the key for this kernel: `%provider key {name} kernel`."
        raise ConfigError(error.message, hint=hint) from None


def _readdressed(name: str) -> str:
    """Return the variable that leads a provider elsewhere, "" for an account of the vault."""
    if vault().find(name) or not catalog.known(name):
        return ""
    redirect = Places().redirect(catalog.find(name))
    return redirect.source if redirect and is_early(redirect.source) else ""


def _outranked(entered: Entry) -> str:
    """Return what comes before a key just entered, "" for nothing."""
    first = next((a for a in current().accounts() if a.provider == entered.provider), None)
    if first is None or first.id or not first.has_key:
        return ""
    if first.name == entered.name:
        other = f"`%provider account rename {entered.name} NEW`"
        return f"But {first.source} comes first: unset it, or have both: {other}."
    return f"But {first.source} comes first: ask `{entered.name}:MODEL`, or unset it."


def _status() -> Table:
    kept = vault()
    entries = accounts.list()
    locked = [entry.name for entry in entries if entry.locked]
    rows = (
        ("file", str(kept.path) if kept.path.exists() else f"{kept.path} (not there yet)"),
        ("protection", kept.protection()),
        ("accounts", f"{len(entries)}, and {len(accounts.removed())} removed"),
        ("locked", ", ".join(locked) or "none"),
        *(("note", note) for note in kept.notes()),
    )
    return Table(("vault", ""), rows, note=kept.advice())


def _rekey(way: str = "") -> Note:
    if way and way not in get_args(Way):
        hint = did_you_mean(way, get_args(Way)) or f"There are: {', '.join(get_args(Way))}."
        raise UsageError(f"There is no protection called {way!r}.", hint=hint)
    kept = vault()
    locked = kept.rekey(cast("Way", way) if way else None)
    names = ", ".join(account.name for account in locked)
    left = f" Still locked, and left as they were: {names}." if names else ""
    return Note(f"The vault is sealed anew. {kept.protection()}{left}")


_WORDS: dict[str, Callable[..., Table | Note]] = {"rekey": _rekey}

WORDS = tuple(_WORDS)
