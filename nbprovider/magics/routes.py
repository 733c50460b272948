"""`%provider chain|role|next|correct|health`: who is asked, in which order, and how they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.magics import subwords
from nbprovider.magics.options import Line, Option, parse_words
from nbprovider.magics.subwords import Subword
from nbprovider.session import current, roles
from nbprovider.session.chains import chains
from nbprovider.spelling import did_you_mean
from nbprovider.view import Note, Table

CHAT = Option(("-c", "--chat"), "NAME", "the chat that is meant (default: main)")


def chain(word: str = "list", *rest: str) -> Any:
    """Create, show, change or forget a chain."""
    return subwords.run("chain", _CHAIN, word, rest)


def _created(line: Line) -> Note:
    name, *members = line.words
    return Note(f"{name}: {' → '.join(chains.create(name, members))}.")


def _edited(line: Line) -> Note:
    name, *members = line.words
    return Note(f"{name}: {' → '.join(chains.edit(name, members))}.")


def _shown(line: Line) -> Table:
    (name,) = line.words
    members = chains.show(name)
    rows = tuple((str(number), member) for number, member in enumerate(members, 1))
    return Table(("", name), rows)


def _deleted(line: Line) -> Note:
    (name,) = line.words
    chains.delete(name)
    return Note(f"The chain {name} is gone.")


MOST = 40
"""Members that one line may give a chain."""

_CHAIN = {
    "list": Subword(lambda _: chains.table(), "", "all chains"),
    "show": Subword(_shown, "NAME", "its members in their order", (), 1, 1),
    "create": Subword(_created, "NAME MODEL …", "keep a new one", (), 2, MOST),
    "edit": Subword(_edited, "NAME MODEL …", "give it other members", (), 2, MOST),
    "delete": Subword(_deleted, "NAME", "forget it", (), 1, 1),
}


def role(name: str = "", model: str = "") -> Any:
    """Show the roles, or give one its model; `-` takes it away."""
    if not name:
        return roles.table()
    if not model:
        meant = roles.roles().get(name.lower())
        return Note(f"{name}: {meant}." if meant else f"The role {name} has no model yet.")
    if model == "-":
        return _taken_away(name)
    return Note(f"{name}: {roles.set_role(name, model)}.")


def _taken_away(name: str) -> Note:
    """Take a role's model away."""
    if roles.unset_role(name):
        return Note(f"The role {name} has no model of its own any more.")
    known = roles.roles()
    if name.lower() in known:
        raise UsageError(f"The role {name!r} is set in settings.toml.", hint="Change it there.")
    raise UsageError(
        f"The role {name!r} has no model.",
        hint=did_you_mean(name, known) or "`%provider role` shows them all.",
    )


def following(*words: str) -> Note:
    """Move a chat to the next model of its `--models`."""
    name = _chat_name(words)
    chat = current().chat(name)
    if chat.next() is None:
        others = [other for other, one in current().chats.items() if one.cycle]
        hint = f"The chat {others[0]} has: `%provider next -c {others[0]}`." if others else ""
        raise UsageError(
            f"The chat {name!r} has no models to go through.",
            hint=hint or "Name them in a cell: `%%chat --models MODEL,MODEL`.",
        )
    return Note(f"{name} goes on with {chat.model}.")


def correct(tier: str) -> Note:
    """Say that the last question should have gone to the other tier."""
    if tier not in ("cheap", "strong"):
        raise UsageError(f"There is no tier {tier!r}.", hint="It is cheap or strong.")
    current().planner.correct("cheap" if tier == "cheap" else "strong")
    return Note(f"Questions like the last one go to the {tier} model from now on.")


def explain(*words: str) -> Table:
    """Show how hard a question looks, and why."""
    from nbprovider.session.difficulty import explain as explained

    return explained(" ".join(words)).table()


def health(word: str = "", *rest: str) -> Any:
    """Show how accounts do, close a circuit, or try an account."""
    if not word:
        from nbprovider.session.health import health as frame

        return frame()
    return subwords.run("health", _HEALTH, word, rest)


def _reset(line: Line) -> Note:
    from nbprovider.session.health import reset

    name = next(iter(line.words), "")
    count = reset(name)
    if not count:
        return Note(f"No circuit {f'of {name} ' if name else ''}was open.")
    return Note(f"{count} circuit{'s'[: count != 1]} closed.")


def _probed(line: Line) -> Any:
    from nbprovider.magics.listing import tried
    from nbprovider.session.health import reset

    (name,) = line.words
    reset(name)
    return tried(name)


_HEALTH = {
    "reset": Subword(_reset, "[NAME]", "close its circuits, or all", (), 0, 1),
    "probe": Subword(_probed, "NAME", "try it at once", (), 1, 1),
}


def _chat_name(words: Sequence[str]) -> str:
    return str(parse_words(words, (CHAT,)).get("chat", current().opened))
