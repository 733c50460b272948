"""A second chat that begins as another did."""

from __future__ import annotations

from nbprovider.errors import UsageError
from nbprovider.ledger import chat_fork
from nbprovider.ledger import chats as store
from nbprovider.ledger.chats import Kept
from nbprovider.session.chat import Chat
from nbprovider.session.exchanges import whole
from nbprovider.session.session import Session


def in_memory(session: Session, own: Chat, new: str, at: int | None) -> Chat | None:
    """Return a copy of a chat that only this kernel has; None where the name is taken."""
    if _holds(session, new) or store.in_use(session.ledger, new):
        return None
    numbers = list(range(1, len(own.messages) + 1))
    length = _length(own.name, whole(own.messages, _upto(own.name, numbers, at)))
    copy = Chat(new, model=own.model, system=own.system)
    copy.cycle, copy.options, copy.tools = [*own.cycle], {**own.options}, [*own.tools]
    copy.messages[:] = own.messages[:length]
    copy.save()
    session.chats[new] = copy
    return copy


def in_store(session: Session, kept: Kept, new: str, at: int | None) -> Chat | None:
    """Copy a stored chat, return the copy; None where the name is taken."""
    turns = store.said(session.ledger, kept.id)
    upto = _upto(kept.name, [turn.number for turn in turns], at)
    length = _length(kept.name, whole([turn.message for turn in turns], upto))
    if _holds(session, new):
        return None
    if not chat_fork.fork(session.ledger, kept.id, new, turns[length - 1].number):
        return None
    session.chats.pop(new, None)
    return session.chat(new)


def _holds(session: Session, name: str) -> bool:
    """Say whether something was said in this kernel's chat of the name."""
    own = session.chats.get(name)
    return own is not None and bool(own.messages)


def _upto(name: str, numbers: list[int], at: int | None) -> int:
    """Return how many turns there are up to the one of a number, all where none is given."""
    if at is None:
        return len(numbers)
    if not numbers or not numbers[0] <= at <= numbers[-1]:
        raise UsageError(
            f"The chat {name!r} has no turn {at}.",
            hint=f"`%provider chats show {name}` shows them with their numbers.",
        )
    return sum(number <= at for number in numbers)


def _length(name: str, length: int) -> int:
    if not length:
        raise UsageError(
            f"No question of {name!r} has its answer by then: there is nothing to copy.",
            hint="Name a later turn; an answer's number takes its question along.",
        )
    return length
