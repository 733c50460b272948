"""Answers from a file in place of a provider's: whether, from which one, and what is recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from msgspec.structs import replace

from nbprovider.errors import ConfigError, NbproviderError, NotRecorded, UsageError
from nbprovider.ledger import CallContext
from nbprovider.ledger.budget import Limits
from nbprovider.ledger.recorder import Replaying
from nbprovider.recordings import Asked, Book, Listening, asked, differences, nearest, replayed
from nbprovider.recordings.recording import Recording
from nbprovider.session.budgets import Purse
from nbprovider.session.place import runs
from nbprovider.session.planning import Plan
from nbprovider.session.running import Running
from nbprovider.spelling import did_you_mean
from nbprovider.types import Answered, Call, Event, Route

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat
    from nbprovider.session.pulse import Listener
    from nbprovider.session.question import Question
    from nbprovider.session.session import Session

Mode = Literal["off", "on", "only"]

VARIABLE = "NBPROVIDER_REPLAY"

USUAL = "nbprovider-replay.toml"
"""The file when none is named, in the folder of the kernel: the notebook's."""

PURPOSE = "replay"

MOST_TOLD = 3
"""Differences from the nearest recording that an error tells."""


class Replay:
    """How one kernel replays: `mode` and `book`, by the environment, the notebook, the settings."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mode: Mode | None = None
        self._file = ""
        self._books: dict[Path, Book] = {}
        self._names: dict[tuple[str, str], str] = {}

    @property
    def mode(self) -> Mode:
        """Whether answers are replayed; raises ConfigError for a variable that makes no sense."""
        return environment()[0] or self._mode or self._session.settings.replay

    @property
    def book(self) -> Book:
        """The file's recordings; a relative path begins at the kernel's folder."""
        name = environment()[1] or self._file or self._session.settings.replay_file or USUAL
        path = Path.cwd() / Path(name).expanduser()
        return self._books.setdefault(path, Book(path))

    @property
    def own(self) -> tuple[Mode | None, str]:
        """What the notebook itself has said, to go back to."""
        return self._mode, self._file

    def set(self, mode: Mode | None, file: str) -> None:
        """Replay from now on as the notebook says."""
        self._mode, self._file = mode, file

    def called(self, name: str, meant: str, chat: Chat | None) -> None:
        """Remember by which name the notebook calls a model: what it means differs by machine."""
        self._names[chat.name if chat else "", meant] = name

    def forbid(self) -> None:
        """Raise NotRecorded where nothing may be sent."""
        if self.mode == "only":
            raise NotRecorded(
                "Replay is `only`: nothing is sent, and this is not recorded.",
                hint="`%provider replay on` asks what is not recorded.",
            )

    def key(self, question: Question, call: Call, chat: Chat | None) -> Asked | None:
        """Return what a call is looked for by, None where nothing is replayed."""
        if self.mode == "off":
            return None
        wanted = question.shape.schema if question.shape else call.schema
        found = asked(self._model(question, chat), replace(call, schema=wanted))
        if not question.window:
            return found
        return replace(found, options={**found.options, "window": question.window})

    def answers(self, question: Question, call: Call, chat: Chat | None) -> bool:
        """Say whether nobody is asked for a call: it is recorded, or nothing may be sent."""
        key = self.key(question, call, chat)
        return key is not None and (self.mode == "only" or self._look(key) is not None)

    def plan(self, key: Asked) -> Plan | None:
        """Return the plan of a recorded call, None where a provider has to be asked.

        Raises NotRecorded where none may be asked.
        """
        recording = self._look(key)
        if recording is None:
            return None
        reason = f"replayed from {self.book.path.name}"
        route = Route(recording.provider, recording.by, "", reason)
        return Plan((route,), "It is recorded, and would cost nothing", key, replayed=True)

    def running(
        self, call: Call, plan: Plan, context: CallContext, listeners: tuple[Listener, ...]
    ) -> Running:
        """Return a recorded call on its way: it asks nobody, and costs nothing."""
        session = self._session
        recording = self._take(plan, context)
        flow = replayed(recording, plan.routes[0].reason, session.settings.replay_pace)
        context = replace(context, purpose=PURPOSE)
        recorder = Replaying(session.ledger, context, call)
        return Running(call, flow, recorder, listeners, Purse(session, Limits(), context, call))

    def record(self, running: Running, plan: Plan, context: CallContext) -> None:
        """Have a call that a provider is asked written into the file, where that is wanted."""
        if plan.asked is not None:
            running.listen(_Taking(plan.asked, self.book, context.cell, running.note))

    def _look(self, key: Asked) -> Recording | None:
        book = self.book
        found = book.peek(key, self._session.place().cell, runs())
        if found is None and self.mode == "only":
            found = book.last(key)
            if found is None:
                raise _missed(key, book)
        return found

    def _take(self, plan: Plan, context: CallContext) -> Recording:
        key, book = plan.asked or Asked(), self.book
        found = book.find(key, context.cell, runs()) or book.last(key)
        if found is None:  # somebody has written the file anew
            raise _missed(key, book)
        return found

    def _model(self, question: Question, chat: Chat | None) -> str:
        """Return the model as the notebook names it, "" where it names none."""
        if question.model:
            return question.model
        name = chat.name if chat else ""
        meant = (chat.model if chat else None) or self._session.active or ""
        return self._names.get((name, meant)) or self._names.get(("", meant)) or meant


class _Taking(Listening):
    """Listen to a call, and write it into the file once it is answered.

    Where the file cannot be written, the footer says so: the answer counts.
    """

    def __init__(self, asked: Asked, book: Book, cell: str, note: Callable[[str], None]) -> None:
        super().__init__(asked)
        self._book = book
        self._cell, self._run = cell, runs()
        self._note = note

    def saw(self, event: Event) -> None:
        """Take in one event."""
        super().saw(event)
        if isinstance(event, Answered) and self.taken is not None:
            try:
                self._book.add(self.taken, self._cell, self._run)
            except NbproviderError as error:
                self._note(f"not recorded: {error.message}")
            else:
                self._note("recorded")


def environment() -> tuple[Mode | None, str]:
    """Return mode and file that NBPROVIDER_REPLAY names, as `only` or `only:FILE`.

    Raises ConfigError for another word.
    """
    word, _, file = os.environ.get(VARIABLE, "").strip().partition(":")
    if not word:
        return None, ""
    for mode in get_args(Mode):
        if word == mode:
            return mode, file
    raise ConfigError(
        f"{VARIABLE} is {word!r}, which is no way to replay.",
        hint=f"It is one of {', '.join(get_args(Mode))}, with a file as only:FILE.",
    )


def checked(mode: str) -> Mode:
    """Return a mode; raises UsageError for what is none."""
    for known in get_args(Mode):
        if mode == known:
            return known  # type: ignore[no-any-return]
    hint = did_you_mean(mode, get_args(Mode)) or f"It is one of {', '.join(get_args(Mode))}."
    raise UsageError(f"Replay cannot be {mode!r}.", hint=hint)


def _missed(key: Asked, book: Book) -> NotRecorded:
    """Return the error of a question that has no recording: what the nearest has otherwise."""
    recordings = book.recordings
    near = nearest(key, recordings)
    if near is None:
        why = "holds no recordings" if book.path.exists() else "is not there"
        return NotRecorded(
            f"Replay is `only`, and {book.path} {why}.",
            hint="Run the notebook with `%provider replay on` first, where providers can be asked.",
        )
    told = [*differences(key, near.asked)]
    hint = "`%provider replay on` asks what is not recorded, and records it."
    if replace(key, history=near.asked.history) == near.asked:
        hint = "Run the notebook from its beginning, or begin the chat anew with --new."
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return NotRecorded(
        f"Replay is `only`, and this question is not in {book.path.name}. The nearest of"
        f" {len(recordings)} differs: {'; '.join(told[:MOST_TOLD])}{more}.",
        hint=hint,
    )
