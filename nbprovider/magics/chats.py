"""`%provider chats`: the chats that are kept, one word for each thing that can be done."""

from __future__ import annotations

import shlex
from typing import Any

from nbprovider.errors import UsageError
from nbprovider.ledger.chat_purge import Purged
from nbprovider.magics import subwords
from nbprovider.magics.options import Line, Option
from nbprovider.magics.subwords import Subword
from nbprovider.session.chats import chats
from nbprovider.view import Note

DELETED = Option(("--deleted",), "", "those that were deleted")
AT = Option(("--at",), "TURN", "its last turn, by the number that `show` gives it", int)
NAME = Option(("--name",), "NEW", "what to call it; its own name when left out")
OLDER = Option(("--older-than",), "SPAN", 'how long nobody has gone on with it: "90 days"')
YES = Option(("--yes",), "", "do not ask whether this is meant")


def run(name: str = "list", *rest: str) -> Any:
    """Run a word of `%provider chats`, return what the cell shows.

    Raises UsageError, with the nearest right spelling, for a word or an option that there is not.
    """
    if name == "search":  # its words are looked for, whatever they look like
        return chats.search(" ".join(rest))
    return subwords.run("chats", WORDS, name, rest)


def _opened(line: Line) -> Note:
    (name,) = line.words
    count = len(chats.open(name).messages)
    return Note(f"Cells that name no chat go on with {name} now, after {count} messages.")


def _renamed(line: Line) -> Note:
    was, new = line.words
    chats.rename(was, new)
    return Note(f"{was} is called {new} now.")


def _exported(line: Line) -> Note:
    name, path = line.words
    return Note(f"The chat {name} is in {chats.export(name, path)}.")


def _forked(line: Line) -> Note:
    name, new = line.words
    count = len(chats.fork(name, new, line.get("at")).messages)
    cell = f"%%chat -c {shlex.quote(new)}"
    return Note(f"{new} begins with {count} turns of {name}; `{cell}` goes on with it.")


def _deleted(line: Line) -> Note:
    (name,) = line.words
    chats.delete(name)
    return Note(
        f"{name} is deleted; `%provider chats restore {name}` brings it back,"
        f" `%provider chats purge {name}` ends it for good."
    )


def _restored(line: Line) -> Note:
    (name,) = line.words
    new = line.get("name", "")
    chats.restore(name, new)
    return Note(f"{new or name} is back.")


def _purged(line: Line) -> Note:
    name, span = "".join(line.words), line.get("older_than", "")
    doomed = chats.doomed(name, older_than=span)
    if doomed and not line.get("yes"):
        _confirm(doomed)
    return Note(_told(chats.purge(name, older_than=span)))


def _confirm(names: tuple[str, ...]) -> None:
    """Have somebody say yes; raises UsageError when they do not, or nobody can be asked."""
    few = ", ".join(names[:5]) + ", …" * (len(names) > 5)  # noqa: PLR2004 - as many as a line holds
    try:
        typed = input(f"Nothing brings back {few} ({len(names)} in all). Type yes to go on: ")
    # A kernel whose front end cannot ask raises a NotImplementedError of IPython's.
    except (NotImplementedError, EOFError, OSError):
        raise UsageError(
            "Nobody can be asked here whether this is meant.",
            hint="The same line with --yes does not ask.",
        ) from None
    if typed.strip().casefold() != "yes":
        raise UsageError("Something else was typed; every chat is still there.")


def _told(done: Purged) -> str:
    count = len(done.chats)
    words = f"{count} chat{'s'[: count != 1]} with {done.turns} turns are gone for good."
    return f"{words} But {done.note}." if done.note else words


WORDS: dict[str, Subword] = {
    "list": Subword(
        lambda line: chats.deleted() if line.get("deleted") else chats.list(),
        "[--deleted]",
        "the chats that are kept",
        (DELETED,),
    ),
    "search": Subword(
        lambda line: chats.search(" ".join(line.words)), "WORDS", "find what was said"
    ),
    "open": Subword(_opened, "NAME", "have cells that name no chat go on with it", (), 1, 1),
    "show": Subword(lambda line: chats.show(line.words[0]), "NAME", "all that was said", (), 1, 1),
    "export": Subword(_exported, "NAME FILE", "write it to .md, .json or .ipynb", (), 2, 2),
    "rename": Subword(_renamed, "NAME NEW", "call it otherwise", (), 2, 2),
    "fork": Subword(
        _forked, "NAME NEW [--at TURN]", "go on otherwise in a copy, from a turn on", (AT,), 2, 2
    ),
    "delete": Subword(_deleted, "NAME", "take it out of use", (), 1, 1),
    "restore": Subword(
        _restored, "NAME [--name NEW]", "bring back what was deleted", (NAME,), 1, 1
    ),
    "purge": Subword(
        _purged,
        "[NAME] [--older-than SPAN] [--yes]",
        "end deleted chats, or old ones, for good",
        (OLDER, YES),
        0,
        1,
    ),
}
"""The words by name, in the order of a life."""
