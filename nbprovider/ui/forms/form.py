"""A form: a small state machine that somebody fills in, and that works in the background."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.errors import NbproviderError
from nbprovider.ui.forms.parts import Button, Page, Tone, Words

T = TypeVar("T")


CLOSE = Button("close", "Close", note="end what is under way, and take the form away")
"""A button that any form may have."""


class _Job(Struct, eq=False):
    """Work that is under way, and what is said of it."""

    label: str
    future: Future[Any] | None = None


class Form(ABC):
    """Know what is asked and said, do what is wanted; tell listeners that there is a new page.

    `set` and `act` return at once and may be called by any thread. What takes time is a coroutine
    on the background loop, under a name: one that is under way is not begun again. `close` ends
    all of them, which closes their connections.

    A form says what it is by `_page`, `_set` and `_act`, which are called under the form's lock. An
    error that the latter two raise is said on the page.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._jobs: dict[str, _Job] = {}
        self._said = Words("said")
        self._depth = 0
        self._left = False
        self.closed = False

    @abstractmethod
    def _page(self) -> Page:
        """Return what is to be seen now."""

    @abstractmethod
    def _set(self, name: str, value: Any, row: str) -> None:
        """Take in what somebody wrote, chose or ticked; `row` is the key of a table's row."""

    @abstractmethod
    def _act(self, name: str, row: str) -> None:
        """Do what a button says; `row` is the key of a table's row."""

    def _closing(self) -> None:  # noqa: B027 - most forms hold nothing
        """Forget what must not outlive the form."""

    def page(self) -> Page:
        """Return what is to be seen now."""
        with self._lock:
            return self._page()

    def set(self, name: str, value: Any, row: str = "") -> None:
        """Take in what somebody wrote, chose or ticked."""
        self.update(lambda: self._set(name, value, row))

    def act(self, name: str, row: str = "") -> None:
        """Do what a button says; one that is named `close` closes any form."""
        if name == CLOSE.name:
            self.close()
        else:
            self.update(lambda: self._act(name, row))

    def listen(self, listener: Callable[[], None]) -> None:
        """Call the listener whenever there is a new page, on the thread that made it."""
        self._listeners.append(listener)

    def update(self, change: Callable[[], None]) -> None:
        """Change the state under the lock, from any thread, and tell the listeners.

        A form that is closed changes no more.
        """
        with self._lock:
            if self.closed:
                return
            self._depth += 1
            try:
                change()
            except Exception as error:  # noqa: BLE001 - a traceback here would be seen by nobody
                self.say(_told(error), "bad")
            finally:
                self._depth -= 1
            within = self._depth > 0
        if within:
            return
        if self._left:
            self.close()
        else:  # a listener takes locks of its own: never under ours
            self._tell()

    def leave(self) -> None:
        """Close the form as soon as what it does just now is done."""
        self._left = True

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Put words into `said`, in place of earlier ones."""
        self._said = Words("said", redact(text), tone)

    @property
    def said(self) -> Words:
        """The form's last words, or what it works at: a part that every page should have."""
        with self._lock:
            busy = [job.label for job in self._jobs.values() if job.label]
            return Words("said", "; ".join(busy), "busy") if busy else self._said

    def busy(self, name: str = "") -> bool:
        """Say whether this work is under way; without a name, whether any is that is spoken of."""
        with self._lock:  # what work leaves behind is there when it is no longer under way
            jobs = self._jobs
            return name in jobs if name else any(job.label for job in jobs.values())

    def start(
        self,
        name: str,
        label: str,
        work: Callable[[], Coroutine[Any, Any, T]],
        done: Callable[[T], None],
    ) -> None:
        """Begin work on the background loop, unless work of this name is under way.

        `label` is said meanwhile, "" for work that nobody needs to know of. `done` gets the result
        under the lock; an NbproviderError is said in place of it.
        """
        from nbprovider.transport import background

        with self._lock:
            if self.closed or name in self._jobs:
                return
            job = self._jobs[name] = _Job(label)
            if label:
                self.say("")
            job.future = background(self._run(name, job, work, done))

    def cancel(self, name: str) -> None:
        """End work that is under way; its result is not looked at."""
        with self._lock:
            job = self._jobs.pop(name, None)
        if job is not None and job.future is not None:
            job.future.cancel()

    async def _run(
        self,
        name: str,
        job: _Job,
        work: Callable[[], Coroutine[Any, Any, T]],
        done: Callable[[T], None],
    ) -> None:
        change: Callable[[], None]
        try:
            found = await work()
        except Exception as error:  # noqa: BLE001 - as above
            change = partial(self.say, _told(error), "bad")
        else:
            change = partial(done, found)
        # Whoever paints takes his time: the loop is for the network.
        await asyncio.to_thread(self._ended, name, job, change)

    def _ended(self, name: str, job: _Job, change: Callable[[], None]) -> None:
        """Take in how work ended, unless it was cancelled."""

        def ended() -> None:
            if self._jobs.get(name) is job:
                del self._jobs[name]
                change()

        self.update(ended)

    def close(self) -> None:
        """End all work, forget secrets; the form is of no use any more."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            jobs, self._jobs = self._jobs, {}
            self._closing()
        for job in jobs.values():
            if job.future is not None:
                job.future.cancel()
        self._tell()


def _told(error: Exception) -> str:
    """Return what is said of an error; one that nobody foresaw is named."""
    if isinstance(error, NbproviderError):
        return str(error)
    return f"Something went wrong here: {type(error).__name__}: {error}"
