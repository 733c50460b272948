"""Run a vendor's program in a process group of its own, and hear what it writes.

A thread starts the program, reads its output and sees it out: an interrupt of the kernel can come
at any moment and finds a thread that cleans up. The program is told to end, and is killed when it
does not; so is whatever it has started and left in its group.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from nbprovider.errors import ConfigError, NbproviderError, ProgramFailed, Stalled, Unavailable
from nbprovider.types import Command, Head

PIECE = 65536
"""Bytes that are read at once."""

TURN = 0.2
"""Seconds after which a waiting thread looks up."""

GRACE = 0.1
"""Seconds that a program has to end when it is told to, before it is killed."""

LINGER = 2.0
"""Seconds that a program may take to end after its last word."""

TAIL = 2000
"""Bytes of the end of standard error that an error tells."""

Heard = Head | bytes | NbproviderError


class Process:
    """One program: its Head, pieces of its output, b"" or an error at the end.

    At most a few pieces wait to be taken: a program that writes faster than it is read, waits.
    `heard` is called, on the program's thread, whenever there is something to take.
    """

    def __init__(self, command: Command, heard: Callable[[], None]) -> None:
        self._command = command
        self._heard = heard
        self._queue: queue.Queue[Heard] = queue.Queue(maxsize=8)
        self._ended = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="nbprovider-program", daemon=True)

    def start(self) -> None:
        """Begin; whether the program runs is what is heard first."""
        self._thread.start()

    @property
    def name(self) -> str:
        """The program's name, without its folder."""
        return Path(self._command.argv[0]).name

    def take(self, timeout: float = 0) -> Heard | None:
        """Return what comes next within `timeout` seconds, None when nothing does."""
        try:
            return self._queue.get(timeout > 0, timeout or None)
        except queue.Empty:
            return None

    def hear(self, silence: float) -> Head | bytes:
        """Wait for what comes next, return it.

        Raises Stalled after `silence` seconds, and the error that the program ended by.
        """
        item = self.take(silence)
        if item is None:
            raise self.stalled(silence)
        if isinstance(item, NbproviderError):
            raise item
        return item

    def stalled(self, silence: float) -> Stalled:
        """Return the error of a program that has been silent for so many seconds."""
        return Stalled(
            f"`{self.name}` said nothing for {silence:g} s.",
            hint="Try again; `silence` in settings.toml sets how long to wait.",
        )

    def end(self) -> None:
        """End the program and all of its group, and wait until it is gone.

        It is killed when it has not ended after GRACE seconds; LINGER seconds later nobody waits
        for it any more.
        """
        self._ended.set()
        if not self._thread.ident:
            return
        self._signal(_terminate)
        self._thread.join(GRACE)
        if self._thread.is_alive():
            self._signal(_kill)
            self._thread.join(LINGER)

    def _run(self) -> None:
        try:
            with tempfile.TemporaryDirectory(
                prefix="nbprovider-", ignore_cleanup_errors=True
            ) as folder:
                self._run_in(Path(folder))
        except NbproviderError as error:
            self._put(error)
        except OSError as error:  # the disk is full, or there is no folder for such files
            self._put(Unavailable(f"`{self.name}` cannot be run: {error}.", hint="Try again."))

    def _run_in(self, folder: Path) -> None:
        for name, content in self._command.files.items():
            (folder / name).write_bytes(content)
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as complaints:
            told.write(self._command.stdin)
            told.seek(0)
            process = self._start(folder, told, complaints)
            with process:
                try:
                    self._put(Head(200, {}))
                    self._listen(process)
                    self._see_out(process)
                finally:
                    self._signal(_kill)
            self._put(self._verdict(process.returncode, _tail(complaints)))

    def _start(self, folder: Path, told: IO[bytes], complaints: IO[bytes]) -> Any:
        program = shutil.which(self._command.argv[0])
        if program is None:
            raise _not_started(self.name, "it is not on PATH")
        try:
            self._running = subprocess.Popen(  # noqa: S603 - a program that the user has installed
                [program, *self._command.argv[1:]],
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=complaints,
                bufsize=0,
                cwd=folder,
                env=_environment(self._command),
                **_APART,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            raise _not_started(self.name, getattr(error, "strerror", "") or str(error)) from None
        return self._running

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Hand on what the program writes, until it is over or nobody wants to hear it."""
        output = process.stdout
        while output is not None and not self._ended.is_set():
            gone = process.poll() is not None
            if not _readable(output):
                if gone:
                    return  # what it has left behind keeps the output open, and says nothing
                continue
            if not (piece := output.read(PIECE)):
                return
            self._put(piece)

    def _see_out(self, process: subprocess.Popen[bytes]) -> None:
        """Give the program a moment to end by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE if self._ended.is_set() else LINGER)

    def _verdict(self, code: int, complaints: str) -> Heard:
        """Return the end of the output, or the error of a program that failed."""
        if code == 0:
            return b""
        how = f"with exit code {code}" if code > 0 else f"by signal {-code}"
        last = complaints.splitlines()[-1].strip()[:300] if complaints else ""
        return ProgramFailed(
            f"`{self.name}` ended {how}" + (f': "{last}"' if last else ", without a word."),
            hint=f"Try `{self.name}` in a terminal: is it up to date, and are you logged in?",
            exit_code=code,
            detail=complaints,
        )

    def _put(self, item: Heard) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=TURN)
                self._heard()
                return

    def _signal(self, send: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send(self._running)


def _environment(command: Command) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in os.environ if name not in command.strip}
    return {**inherited, **command.environment}


def _not_started(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"`{name}` cannot be started: {why}.",
        hint=f"Run `{name} --version` in a terminal to see whether it is installed.",
    )


def _tail(complaints: IO[bytes]) -> str:
    """Return the end of what was written to standard error."""
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - TAIL))
    return complaints.read().decode("utf-8", "replace").strip()


# Windows is untested: there is no group to signal there, so a terminated program's own children
# live on until they see their pipes close.
if sys.platform == "win32":
    _APART: dict[str, Any] = {
        "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    }

    def _terminate(process: subprocess.Popen[bytes]) -> None:
        process.terminate()

    _kill = _terminate

    def _readable(_: IO[bytes]) -> bool:
        return True

else:
    _APART: dict[str, Any] = {"start_new_session": True}

    def _terminate(process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    def _kill(process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)

    def _readable(output: IO[bytes]) -> bool:
        """Wait a moment for something to read; say whether there is, be it the end."""
        waiting = select.poll()
        waiting.register(output, select.POLLIN | select.POLLHUP)
        return bool(waiting.poll(TURN * 1000))
