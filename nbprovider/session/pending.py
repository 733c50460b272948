"""An answer on its way in the background, while other cells run.

All of them are driven on the one background loop. They are stopped when the kernel ends: what was
said until then is kept, and counted.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Unpack

from nbprovider.answer import Answer
from nbprovider.credentials import redact
from nbprovider.credentials.edge import EDGE
from nbprovider.errors import NbproviderError
from nbprovider.session.streams import AsyncAnswerStream
from nbprovider.view import seconds

if TYPE_CHECKING:
    from nbprovider.session.chat import Chat
    from nbprovider.session.question import Prompt, Words

Status = Literal["running", "ok", "interrupted", "failed"]

TURN = 0.1
"""Seconds after which a wait looks up: Windows feels an interrupt only then."""

PATIENCE = 3.0
"""Seconds that a stopped answer has to close its connection and to be kept."""

SHOWN = 60
"""Characters of an answer that are told of it in a line."""


class Pending:
    """An answer on its way: `result()` waits for it, `stop()` ends it, other cells run meanwhile.

    Whoever makes one can stop it before it is sent, by `start`.

    `then` is called with it, on a thread of its own, when it is over and before anybody who waits
    is told; `seen` when `result` first finds it over, on the thread of whoever asks. `made` makes
    of the answer what `result` returns, the answer itself when left out.
    """

    def __init__(
        self,
        stream: AsyncAnswerStream,
        then: Callable[[Pending], None] | None = None,
        made: Callable[[Answer], Any] | None = None,
        seen: Callable[[], None] | None = None,
    ) -> None:
        self._stream = stream
        self._then = then
        self._made = made
        self._seen = seen
        self._error: Exception | None = None
        self._last: Answer | None = None
        self._task: asyncio.Task[Any] | None = None
        self._begun = False
        self._over = threading.Event()
        self._began, self._pid = time.monotonic(), os.getpid()

    def start(self) -> None:
        """Send the question; one that was stopped before is not sent."""
        from nbprovider.transport import background

        _at_the_end()
        if not self._over.is_set():
            self._begun = True
            _RUNNING.add(self)
            background(self._run())

    async def _run(self) -> None:
        self._task = asyncio.current_task()
        try:
            async with self._stream as words:
                async for _ in words:
                    pass
        except asyncio.CancelledError:
            pass  # stopped: what was said is kept
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            self._error = error
        finally:
            self._last = self._stream.answer
            await self._told()
            self._over.set()
            _RUNNING.discard(self)

    async def _told(self) -> None:
        if self._then is None:
            return
        # The answer is there whatever becomes of it on screen; the kernel may be about to end.
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.shield(asyncio.to_thread(self._then, self))

    @property
    def status(self) -> Status:
        """How it is: running, ok, interrupted (stopped before it was whole), or failed."""
        if not self._over.is_set():
            return "running"
        return "failed" if self._error is not None else self.answer.status

    @property
    def answer(self) -> Answer:
        """The answer as far as it has come."""
        return self._last or self._stream.answer

    @property
    def error(self) -> Exception | None:
        """What it failed by, None where it did not."""
        return self._error

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over, at most so many seconds; return whether it is."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._over.is_set():
            left = TURN if until is None else min(TURN, until - time.monotonic())
            if left <= 0:
                return False
            self._over.wait(left)
        return True

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the answer and return it; of one that was stopped, what it said.

        With `-f` or `--schema` that is the value made of it. Raises what the call failed by, and
        TimeoutError, while it goes on, after so many seconds. An interrupt stops the answer too.
        """
        try:
            over = self.wait(timeout)
        except KeyboardInterrupt:
            self.stop()
            raise
        if not over:
            raise TimeoutError(f"The answer is not there after {timeout:g} s; it goes on.")
        seen, self._seen = self._seen, None
        if seen is not None:
            seen()
        if self._error is not None:
            raise self._error
        if self._made is None or self.answer.status != "ok":
            return self.answer
        with EDGE:
            return self._made(self.answer)

    def stop(self) -> None:
        """End the answer and its connection; what was said is kept, and counted."""
        self.ask_to_stop()
        self.wait(PATIENCE)

    def ask_to_stop(self) -> None:
        """Do as `stop`, without waiting for the end."""
        from nbprovider.transport import background

        if not self._begun:
            self._over.set()
        elif not self._over.is_set() and self._pid == os.getpid():
            background(self._cancel())

    async def _cancel(self) -> None:
        if self._task is not None and not self._over.is_set():
            self._task.cancel()

    def __repr__(self) -> str:
        answer = self.answer
        words = answer.text if len(answer.text) <= SHOWN else f"{answer.text[: SHOWN - 3]}…"
        if not self._over.is_set():
            return f"Pending({words!r}, running for {seconds(time.monotonic() - self._began)})"
        how = self.answer.footer.text() if self._error is None else self._error
        return f"Pending({words!r}, {self.status}: {how})"


def begin(prompt: Prompt, **words: Unpack[Words]) -> Pending:
    """Ask a model in the background, return at once: `result()` waits for the answer.

    Takes the words of `ask`, and raises what it raises before anything is sent.
    """
    return begun(prompt, words)


def begun(prompt: Prompt, words: Words, chat: Chat | None = None) -> Pending:
    """Return an answer that is on its way, of a chat or of none."""
    from nbprovider.session.session import current

    with EDGE:
        pending = Pending(current().astream(prompt, words, chat))
        pending.start()
        return pending


def told(error: Exception) -> str:
    """Return an error in lines, as a cell shows it, without secrets."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, NbproviderError):
        said = "\n".join(error._render_traceback_())
    return redact(said)


_RUNNING: set[Pending] = set()


@cache
def _at_the_end() -> None:
    """Have all that is under way stopped when the kernel ends."""
    atexit.register(_stop_all)


def _stop_all() -> None:
    left = list(_RUNNING)
    for one in left:
        one.ask_to_stop()
    until = time.monotonic() + PATIENCE
    for one in left:
        one.wait(until - time.monotonic())
