"""The last exchange of a chat taken off: for good, or to ask its question again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbprovider.errors import UsageError
from nbprovider.session.exchanges import begins
from nbprovider.types import Message

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat

Exchange = tuple[Message, ...]
"""A question, and all that came of it."""


def undo(chat: Chat) -> Exchange:
    """Take the last exchange off a chat, in the store too, and return it.

    Raises UsageError when there is none, ConfigError when the store cannot be written.
    """
    at = _last(chat)
    taken = tuple(chat.messages[at:])
    del chat.messages[at:]
    chat.save()
    return taken


@contextmanager
def rewound(chat: Chat) -> Iterator[Exchange]:
    """Take the last exchange off a chat; it comes back unless something is said in its place.

    Raises UsageError when there is none.
    """
    at = _last(chat)
    before, left = list(chat.messages), chat.messages[:at]
    chat.messages[:] = left
    try:
        yield tuple(before[at:])
    finally:
        if chat.messages == left:
            chat.messages[:] = before


def _last(chat: Chat) -> int:
    """Return where the last exchange of a chat begins, with what other kernels have added."""
    if chat.record:
        chat.record.refresh()
    found = begins(chat.messages)
    if not found:
        called = f"the chat {chat.name!r}" if chat.name else "this chat"
        raise UsageError(
            f"Nothing was asked in {called} yet.", hint="`%provider chats` shows which there are."
        )
    return found[-1]
