"""`--undo` and `--redo`: a cell that takes the last exchange of its chat off, or asks it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbprovider.errors import UsageError
from nbprovider.magics.options import Line
from nbprovider.session import Chat, Prompt, current
from nbprovider.session.rewinding import Exchange, rewound
from nbprovider.types import Media, Message, Text
from nbprovider.view import Note

SHOWN = 60
"""Characters of a question that a note shows."""

_APART = {
    "new": "there is nothing to go back to in a chat that begins anew",
    "bg": "the chat has to wait for what takes the place of its last exchange",
}
"""Option → why it does not go with these."""

_OF_A_QUESTION = {"image": "-i", "attach": "-a", "context": "--context", "template": "--template"}
"""Option → its spelling; a question that is asked again is sent as it was."""


def is_enough(line: Line) -> bool:
    """Say whether a line needs no question below it."""
    return bool(line.get("undo") or line.get("redo"))


@contextmanager
def asked(line: Line, cell: str) -> Iterator[Prompt | None]:
    """Give the question to be asked, its chat rewound as the line says; None where there is none.

    What was taken off comes back when nothing is said in its place. Raises UsageError for options
    that make no sense together, and where there is nothing to go back to.
    """
    if not is_enough(line):
        yield cell
        return
    _check(line, cell)
    chat = _chat(line)
    if line.get("undo") and not cell.strip():
        _show(undone(chat))
        yield None
        return
    with rewound(chat) as taken:
        yield list(taken[0].parts) if line.get("redo") else cell


def undone(chat: Chat) -> Note:
    """Take the last exchange off a chat, say which it was."""
    taken = chat.undo()
    left = len(chat.messages)
    return Note(f"Taken off {chat.name}: {_told(taken)} {left} turn{'s'[: left != 1]} are left.")


def _chat(line: Line) -> Chat:
    session = current()
    return session.chat(line.get("chat", session.opened))


def _check(line: Line, cell: str) -> None:
    word = "--redo" if line.get("redo") else "--undo"
    if line.get("redo") and line.get("undo"):
        raise UsageError("--undo and --redo are two ways to go back.", hint="Give one of them.")
    for option, why in _APART.items():
        if line.get(option):
            raise UsageError(
                f"{word} does not go with --{option}: {why}.", hint="Give one of them."
            )
    if line.get("redo"):
        _check_redo(line, cell)
    elif not cell.strip():
        _check_bare(line)


def _check_redo(line: Line, cell: str) -> None:
    if cell.strip():
        raise UsageError(
            "--redo asks the last question again, and there is another one here.",
            hint="With --undo this one takes the last one's place; `%chat --redo` needs none.",
        )
    for option, spelled in _OF_A_QUESTION.items():
        if line.get(option):
            raise UsageError(
                f"--redo sends the last question as it was; {spelled} would make it another.",
                hint=f"Write the question anew, with --undo and {spelled}.",
            )


def _check_bare(line: Line) -> None:
    """Raise UsageError where an exchange would be taken off by who only wanted to look."""
    for option in ("dry_run", "show_prompt"):
        if line.get(option):
            spelled = f"--{option.replace('_', '-')}"
            raise UsageError(
                f"{spelled} shows a question beforehand, and there is none.",
                hint=f"Write one below, or leave {spelled} out.",
            )


def _told(taken: Exchange) -> str:
    """Return what was taken off, as a sentence."""
    question, *rest = taken
    answered = any(message.role == "assistant" for message in rest)
    return f"“{_short(question)}” with its answer." if answered else f"“{_short(question)}”."


def _short(question: Message) -> str:
    words = " ".join(" ".join(p.text for p in question.parts if isinstance(p, Text)).split())
    if not words:
        return ", ".join(p.name or p.kind for p in question.parts if isinstance(p, Media))
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"


def _show(note: Note) -> None:
    from IPython.display import display

    display(note)  # type: ignore[no-untyped-call]
