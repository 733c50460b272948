"""The chats of all kernels: `nbprovider.chats`."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from nbprovider.credentials import redact
from nbprovider.credentials.edge import edged
from nbprovider.errors import UsageError
from nbprovider.ledger import chat_list, chat_purge, chat_search
from nbprovider.ledger import chats as store
from nbprovider.ledger.chat_purge import Purged
from nbprovider.ledger.chats import Kept
from nbprovider.session import chat_export, forking, usual
from nbprovider.session.chat import MAIN, Chat
from nbprovider.session.chat_entry import ChatListing, Hits, entry
from nbprovider.session.conversation import Conversation, Spoken, moment
from nbprovider.session.session import Session, current
from nbprovider.spelling import did_you_mean

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(hour|day|week|month|year)s?\s*", re.IGNORECASE)
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}


@edged
class Chats:
    """The chats that are kept, of all kernels: those with a name, and each kernel's `main`.

    Methods raise UsageError for what is no chat, and ConfigError where the store was written by a
    newer nbprovider.
    """

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the chats in any front end."""
        return self.list()._repr_mimebundle_()

    def list(self) -> ChatListing:
        """Return the chats in use, the last used first."""
        return ChatListing(map(entry, chat_list.listed(current().ledger)))

    def deleted(self) -> ChatListing:
        """Return the chats that were deleted, and can be restored."""
        return ChatListing(map(entry, chat_list.deleted(current().ledger)))

    def search(self, words: str) -> Hits:
        """Return the turns in which all the words stand, or words that begin so; best first."""
        if not words.split():
            raise UsageError("There is nothing to look for.", hint="As: search median outliers")
        found = chat_search.search(current().ledger, words)
        return Hits(found.hits, found.note)

    def open(self, name: str) -> Chat:
        """Return the chat, which cells that name none go on with from now on, in this kernel."""
        session = current()
        own = session.chats.get(name)
        if own is None or not own.messages:
            found = _found(session, name)
            own = session.chat(name)
            if own.record and not own.record.id:
                own.record.open(found)
        session.opened = name
        return own

    def show(self, name: str) -> Conversation:
        """Return all that was said in a chat."""
        session = current()
        return _conversation(session, _found(session, name))

    def export(self, name: str, path: str | Path) -> Path:
        """Write a chat to a new file: `.md`, `.json`, or `.ipynb` for a notebook."""
        return chat_export.write(self.show(name), Path(path).expanduser())

    def rename(self, name: str, new: str) -> None:
        """Give a chat another name; where it is the one that goes on, it still is."""
        session = current()
        found = _found(session, name)
        _check_name(new)
        if not chat_list.rename(session.ledger, found.id, new):
            raise _taken(new)
        if own := _forgotten(session, found.id):
            session.chats[new] = own
            own.name = new
            session.opened = new if session.opened == name else session.opened

    def fork(self, name: str, new: str, at: int | None = None) -> Chat:
        """Copy a chat under a new name, to go on otherwise; return the copy.

        With `at` it ends with the turn of that number, or before the question whose answer that
        would cut in two. The chat itself stays as it is.
        """
        session = current()
        _check_name(new)
        own = session.chats.get(name)
        if own and own.messages and not session.settings.keep_chats:
            copy = forking.in_memory(session, own, new, at)
        else:
            if own:
                own.save()
            copy = forking.in_store(session, _found(session, name), new, at)
        if copy is None:
            raise _taken(new)
        return copy

    def delete(self, name: str) -> None:
        """Take a chat out of use; `restore` brings it back, `purge` ends it for good."""
        session = current()
        found = _found(session, name)
        chat_list.delete(session.ledger, found.id)
        _forgotten(session, found.id)
        session.opened = MAIN if session.opened == name else session.opened

    def restore(self, name: str, new: str = "") -> None:
        """Bring a deleted chat back, by another name where its own is taken."""
        ledger = current().ledger
        if new:
            _check_name(new)
        gone = [one.chat for one in chat_list.deleted(ledger) if one.chat.name == name]
        if not gone:
            raise _nobody(name, [one.name for one in self.deleted()], "deleted chat")
        if not chat_list.restore(ledger, gone[0].id, new or name):
            raise _taken(new or name)

    def doomed(self, name: str = "", *, older_than: str | timedelta = "") -> tuple[str, ...]:
        """Return the names of the chats that `purge` would end; nothing is changed."""
        return tuple(_chosen(current(), name, older_than).values())

    def purge(self, name: str = "", *, older_than: str | timedelta = "") -> Purged:
        """End deleted chats for good: all, or the one of this name; nothing brings them back.

        With `older_than`, as "90 days", all chats that nobody has gone on with for so long, deleted
        or not. Their words leave the file and its log: the file is written anew.
        """
        session = current()
        chosen = tuple(_chosen(session, name, older_than))
        done = chat_purge.purge(session.ledger, chosen)
        for chat in chosen:
            _forgotten(session, chat)
        if session.opened not in session.chats:
            session.opened = MAIN
        return done


def _chosen(session: Session, name: str, older_than: str | timedelta) -> dict[str, str]:
    """Return id → name of the chats that are to be ended."""
    if name and older_than:
        raise UsageError("Give a name, or an age.", hint="They are two ways to choose.")
    if older_than:
        return chat_purge.older(session.ledger, _seconds(older_than))
    gone = chat_purge.deleted(session.ledger)
    chosen = {chat: called for chat, called in gone.items() if not name or called == name}
    if name and not chosen:
        raise _not_deleted(session, name, gone)
    return chosen


def _not_deleted(session: Session, name: str, gone: dict[str, str]) -> UsageError:
    if store.in_use(session.ledger, name):
        return UsageError(
            f"The chat {name!r} is in use.", hint=f"`%provider chats delete {name}` first."
        )
    return _nobody(name, [*gone.values()], "deleted chat")


def _seconds(span: str | timedelta) -> float:
    if isinstance(span, timedelta):
        return span.total_seconds()
    told = _SPAN.fullmatch(span)
    if told is None:
        raise UsageError(
            f"{span!r} is no span of time.", hint='As "90 days", "6 months", "2 years".'
        )
    return float(told[1]) * _DAYS[told[2].lower()] * 86_400


def _found(session: Session, name: str) -> Kept:
    """Return the chat of this name, this kernel's own before another's."""
    own = session.chats.get(name)
    if own and own.record and own.record.id:
        kept = store.of_id(session.ledger, own.record.id)
    else:
        kept = store.in_use(session.ledger, name)
    if kept is None:
        raise _nobody(name, [one.chat.name for one in chat_list.listed(session.ledger)], "chat")
    return kept


def _conversation(session: Session, chat: Kept) -> Conversation:
    models = store.models(session.ledger, chat.id)
    turns = store.said(session.ledger, chat.id)
    return Conversation(
        chat.name,
        chat.model,
        chat.system,
        chat.cycle,
        chat.notebook,
        moment(chat.created),
        moment(chat.changed),
        tuple(
            Spoken(
                turn.number,
                turn.message.role,
                moment(turn.at),
                turn.status,
                models.get(turn.call_id, "") if turn.message.role == "assistant" else "",
                turn.message,
            )
            for turn in turns
        ),
        usual.read(chat.options),
        chat.tools,
    )


def _forgotten(session: Session, chat: str) -> Chat | None:
    """Take a stored chat out of this kernel's; return it, None when it has it not."""
    for name, own in list(session.chats.items()):
        if own.record and own.record.id == chat:
            return session.chats.pop(name)
    return None


def _check_name(name: str) -> None:
    if not name.strip() or redact(name) != name:
        raise UsageError(f"A chat cannot be called {redact(name)!r}.", hint="Take a word or two.")
    if name == MAIN:
        raise UsageError(f"Each kernel begins its own {MAIN}.", hint="Take another name.")


def _taken(name: str) -> UsageError:
    return UsageError(f"There is a chat called {name!r} already.", hint="Take another name.")


def _nobody(name: str, known: list[str], what: str) -> UsageError:
    hint = did_you_mean(name, known) or "`%provider chats` shows them all."
    return UsageError(f"There is no {what} called {name!r}.", hint=hint)


chats = Chats()
"""The chats of whoever runs this kernel."""
