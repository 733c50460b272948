"""A kernel's chat and the store: what was said is written there, what others said is read.

Nothing here stands in the way of an answer: where the store fails, the chat goes on in memory, and
what could not be written is written with the next answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from nbprovider import config
from nbprovider.credentials import redact
from nbprovider.ledger import chat_merge, chats
from nbprovider.ledger.chat_merge import Draft, Merged
from nbprovider.ledger.chats import Ended, Kept, Said
from nbprovider.ledger.store import Ledger
from nbprovider.session import usual
from nbprovider.types import Message

if TYPE_CHECKING:
    from nbprovider.answer import Answer
    from nbprovider.session.chat import Chat
    from nbprovider.session.running import Running


def said(running: Running, answer: Answer) -> tuple[Said, Said, str]:
    """Return a question and its answer as turns, and the notebook that they were said in."""
    first, last = running.recorder.attempts[0], running.recorder.attempts[-1]
    ended: Ended = "interrupted" if answer.status == "interrupted" else "ok"
    asked = Said(running.asked, call_id=first.call_id, at=first.started_at)
    answered = Said(answer.turn.message(), status=ended, call_id=last.call_id)
    return asked, answered, last.notebook


class Known(Struct):
    """What is known to be in the store of a chat's messages, in their order.

    `ids` are the turns' ids there, None for a message that is not to be kept.
    """

    messages: list[Message]
    ids: list[int | None]

    def alike(self, messages: Sequence[Message]) -> int:
        """Return how many messages at the beginning are those that are known."""
        pairs = enumerate(zip(self.messages, messages, strict=False))
        differs = (at for at, (one, other) in pairs if one is not other and one != other)
        return next(differs, min(len(self.messages), len(messages)))

    def cut(self, length: int) -> Known:
        """Return what is known of the first messages."""
        return Known(self.messages[:length], self.ids[:length])

    def add(self, messages: Sequence[Message], ids: Sequence[int | None]) -> None:
        """Know more messages."""
        self.messages += messages
        self.ids += ids

    @property
    def kept(self) -> tuple[int, ...]:
        """The ids of the messages that are in the store."""
        return tuple(turn for turn in self.ids if turn is not None)


class Record:
    """What of a chat is in the store; `anew` when an earlier one of its name is not to go on.

    - `id`: the chat's in the store, "" until something of it is there
    - `news`: what the next answer's footer should say of it
    """

    def __init__(self, chat: Chat, ledger: Callable[[], Ledger], *, anew: bool) -> None:
        self._chat = chat
        self._ledger = ledger
        self._lock = threading.RLock()
        self.begin(anew=anew)

    def begin(self, *, anew: bool) -> None:
        """Forget what is known of the store; with `anew` the next answer begins a new chat."""
        with self._lock:
            self.id = ""
            self._anew = anew
            self._edits = 0
            self._known = Known([], [])
            self.news: list[str] = []

    def reopen(self) -> None:
        """Go on with the stored chat of the chat's name, if there is one and it can be read."""
        try:
            self.open()
        except Exception as error:  # noqa: BLE001 - whatever the store does, one can ask
            self.news.append(_failed("read", error))

    def open(self, kept: Kept | None = None) -> bool:
        """Take over a stored chat, that of the chat's name if none is given.

        Return whether there was one. What the chat has of its own already (model, system) stays.
        """
        chat = self._chat
        with self._lock:
            kept = kept or chats.in_use(self._ledger(), chat.name)
            if kept is None:
                return False
            self.id, self._edits, self._anew = kept.id, kept.edits, False
            chat.model = chat.model or kept.model or None
            chat.system = chat.system or kept.system or None
            chat.cycle = chat.cycle or list(kept.cycle)
            chat.options = chat.options or usual.read(kept.options)
            chat.tools = chat.tools or list(kept.tools)
            self._take_whole(chats.said(self._ledger(), kept.id), Known([], []))
            chat.messages[:] = self._known.messages
            if count := len(chat.messages):
                self.news = [f"goes on after {count} messages of {_day(kept.changed)}"]
            return True

    def told(self) -> Iterator[str]:
        """Yield, once, what has to be said of the chat."""
        news, self.news = self.news, []
        yield from news

    def refresh(self) -> None:
        """Read what other kernels have added, unless something here is still to be written."""
        with self._lock:
            try:
                if self.id:
                    self._refresh()
                elif not self._anew and not self._chat.messages:
                    self.open()  # another kernel may have begun it since
            except Exception as error:  # noqa: BLE001 - whatever the store does, one can ask
                self.news.append(_failed("read", error))

    def keep(self, notebook: str, *last: Said) -> str:
        """Add these turns to the chat, and write what is new in it.

        Return what went wrong with the store, "" when nothing did.
        """
        with self._lock:
            self._chat.messages += [turn.message for turn in last]
            try:
                return self._keep(notebook, last)
            except Exception as error:  # noqa: BLE001 - whatever the store does, the answer counts
                return _failed("kept", error)

    def _refresh(self) -> None:
        messages, known = self._chat.messages, self._known
        found = chats.standing(self._ledger(), self.id)
        if found is None or known.alike(messages) < max(len(messages), len(known.messages)):
            return
        edits, last = found
        before = len(messages)
        if edits != self._edits:
            self._edits = edits
            self._take_whole(chats.said(self._ledger(), self.id), self._known)
            self.news.append("the chat was changed elsewhere")
        elif last > max(known.kept, default=0):
            self._take(chats.said(self._ledger(), self.id, max(known.kept, default=0)))
            self.news.append(f"{len(self._known.messages) - before} messages came from elsewhere")
        messages[:] = self._known.messages

    def _keep(self, notebook: str, last: tuple[Said, ...]) -> str:
        messages = list(self._chat.messages)
        alike = self._known.alike(messages)
        added = messages[alike:]
        if not config.settings().keep_chats:
            self._known = self._known.cut(alike)
            self._known.add(added, [None] * len(added))
            return ""
        name = self._chat.name
        if not added and not self.id:
            return ""
        if redact(name) != name:
            return "not kept: the chat's name holds what looks like a key"
        turns = _turns(added, last)
        merged = chat_merge.merge(self._ledger(), self._draft(notebook, alike, turns))
        self._settle(merged, alike, added)
        return ""

    def _draft(self, notebook: str, alike: int, added: tuple[Said, ...]) -> Draft:
        chat, known = self._chat, self._known
        return Draft(
            self.id,
            chat.name,
            self._anew,
            chat.model or "",
            chat.system or "",
            tuple(chat.cycle),
            notebook,
            self._edits,
            max(known.kept, default=0),
            tuple(turn for turn in known.ids[alike:] if turn is not None),
            added,
            usual.written(chat.options),
            usual.names(chat.tools),
        )

    def _settle(self, merged: Merged, alike: int, added: list[Message]) -> None:
        """Know what is in the store now, and have it in the chat."""
        lost = bool(self.id) and merged.id != self.id
        self.id, self._edits, self._anew = merged.id, merged.edits, False
        self._known = self._known.cut(alike)
        if lost:
            self._known.ids = [None] * alike
        elif merged.whole:
            self._take_whole(merged.others, self._known)
        else:
            self._take(merged.others)
        self._known.add(added, merged.ids)
        self._chat.messages[:] = self._known.messages

    def _take(self, others: tuple[Said, ...]) -> None:
        self._known.add([turn.message for turn in others], [turn.id for turn in others])

    def _take_whole(self, others: tuple[Said, ...], known: Known) -> None:
        """Know these turns, in place of all that were known but those that are not kept."""
        pairs = zip(known.messages, known.ids, strict=True)
        own = [message for message, turn in pairs if turn is None]
        self._known = Known(own, [None] * len(own))
        self._take(others)


def _turns(added: list[Message], last: tuple[Said, ...]) -> tuple[Said, ...]:
    """Return the messages as turns, the last of them with what is known of them."""
    told = last[max(0, len(last) - len(added)) :]
    earlier = added[: len(added) - len(told)]
    return (*(Said(message) for message in earlier), *told)


def _day(moment: int) -> str:
    """Return the day of a moment (microseconds since 1970), where this computer is."""
    return f"{datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone():%Y-%m-%d}"


def _failed(what: str, error: Exception) -> str:
    return f"the chat cannot be {what} ({redact(str(error)) or type(error).__name__})"
