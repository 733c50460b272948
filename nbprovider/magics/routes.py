"""`%provider chain|role|next|correct|health`: who is asked, in which order, and how they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from nbprovider.errors import UsageError
from nbprovider.magics.options import Option, parse_words
from nbprovider.session import current, roles
from nbprovider.session.chains import chains
from nbprovider.spelling import did_you_mean
from nbprovider.view import Note, Table

CHAT = Option(("-c", "--chat"), "NAME", "the chat that is meant (default: main)")


class Step(Struct, frozen=True):
    """What one word after `%provider chain` or `health` does, and the words it needs."""

    run: Callable[[Sequence[str]], Any]
    needs: str = ""


def chain(word: str = "list", *rest: str) -> Any:
    """Create, show, change or forget a chain."""
    return _stepped("chain", _CHAIN, word, rest)


def _created(words: Sequence[str]) -> Note:
    name, *members = words
    return Note(f"{name}: {' → '.join(chains.create(name, members))}.")


def _edited(words: Sequence[str]) -> Note:
    name, *members = words
    return Note(f"{name}: {' → '.join(chains.edit(name, members))}.")


def _shown(words: Sequence[str]) -> Table:
    members = chains.show(words[0])
    rows = tuple((str(number), member) for number, member in enumerate(members, 1))
    return Table(("", words[0]), rows)


def _deleted(words: Sequence[str]) -> Note:
    chains.delete(words[0])
    return Note(f"The chain {words[0]} is gone.")


_CHAIN = {
    "list": Step(lambda _: chains.table()),
    "show": Step(_shown, "NAME"),
    "create": Step(_created, "NAME MODEL"),
    "edit": Step(_edited, "NAME MODEL"),
    "delete": Step(_deleted, "NAME"),
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
    return _stepped("health", _HEALTH, word, rest)


def _reset(words: Sequence[str]) -> Note:
    from nbprovider.session.health import reset

    count = reset(words[0] if words else "")
    if not count:
        return Note(f"No circuit {f'of {words[0]} ' if words else ''}was open.")
    return Note(f"{count} circuit{'s'[: count != 1]} closed.")


def _probed(words: Sequence[str]) -> Any:
    from nbprovider.magics.listing import tried
    from nbprovider.session.health import reset

    reset(words[0])
    return tried(words[0])


_HEALTH = {"reset": Step(_reset), "probe": Step(_probed, "NAME")}


def _stepped(of: str, steps: dict[str, Step], word: str, rest: Sequence[str]) -> Any:
    step = steps.get(word)
    if step is None:
        hint = did_you_mean(word, steps) or f"There are: {', '.join(steps)}."
        raise UsageError(f"`%provider {of}` does not know {word!r}.", hint=hint)
    if len(rest) < len(step.needs.split()):
        raise UsageError(
            f"`%provider {of} {word}` needs more words.",
            hint=f"As: `%provider {of} {word} {step.needs}`.",
        )
    return step.run(rest)


def _chat_name(words: Sequence[str]) -> str:
    return str(parse_words(words, (CHAT,)).get("chat", current().opened))
