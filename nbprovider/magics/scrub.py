"""Take a key out of wherever IPython remembers the cell that is running.

What stays: the cell in the front end and its file, and what was sent to the front ends already.
"""

from __future__ import annotations

import linecache
import re
import sys
from typing import TYPE_CHECKING, Any

from nbprovider.credentials import redact

if TYPE_CHECKING:
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell


def scrub(shell: InteractiveShell) -> bool:
    """Redact the running cell in the history, in memory and on disk; say whether all was reached.

    When the cell has ended, its frames are forgotten as well: `%debug` would show its line.
    """
    _message(shell)
    _sources()
    _prompt(shell)
    shell.events.register("post_run_cell", _Afterwards(shell).forget)
    history = shell.history_manager
    if history is None:
        return True
    _in_memory(shell, history)
    return _in_log(shell) and _in_database(history)


def _in_memory(shell: InteractiveShell, history: HistoryManager) -> None:
    for kept in (history.input_hist_raw, history.input_hist_parsed):
        if kept:
            kept[-1] = redact(kept[-1])
    with history.db_input_cache_lock:  # what is not in it any more has reached the database
        history.db_input_cache[:] = [
            (number, redact(parsed), redact(raw)) for number, parsed, raw in history.db_input_cache
        ]
    for name in ("_i00", "_i", "_ii", "_iii"):
        setattr(history, name, redact(getattr(history, name)))
    for name, value in list(shell.user_ns.items()):  # which number is now, versions disagree about
        if isinstance(value, str) and re.fullmatch(r"_i{1,3}|_i\d+", name):
            shell.user_ns[name] = redact(value)


def _in_database(history: HistoryManager) -> bool:
    """Overwrite this session's rows in the file of the history; what was there becomes zeros."""
    if not history.enabled:
        return True
    read = "SELECT line, source, source_raw FROM history WHERE session = ?"
    written = "UPDATE history SET source = ?, source_raw = ? WHERE session = ? AND line = ?"
    session = history.session_number
    try:
        history.db.execute("PRAGMA secure_delete = ON")
        for line, parsed, raw in history.db.execute(read, (session,)).fetchall():
            clean = redact(parsed), redact(raw)
            if clean != (parsed, raw):
                with history.db:
                    history.db.execute(written, (*clean, session, line))
        history.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except Exception:  # noqa: BLE001 - sqlite3's errors: the file is locked, full, or read-only
        return False
    return True


def _in_log(shell: InteractiveShell) -> bool:
    """Redact the file that `%logstart` has begun."""
    logger = shell.logger
    if logger.logfile is None:
        return True
    try:
        logger.logfile.flush()
        with open(logger.logfname, encoding="utf-8") as file:  # noqa: PTH123 - may be any path
            text = file.read()
        if (clean := redact(text)) != text:
            logger.logfile.seek(0)
            logger.logfile.truncate(0)
            logger.logfile.write(clean)
            logger.logfile.flush()
    except OSError:
        return False
    return True


def _sources() -> None:
    """Redact the cells' lines that tracebacks would show."""
    for name, entry in list(linecache.cache.items()):
        if len(entry) == 4 and entry[1] is None:  # noqa: PLR2004 - a cell's entry has no time
            linecache.cache[name] = (entry[0], None, [redact(line) for line in entry[2]], entry[3])


def _message(shell: InteractiveShell) -> None:
    """Redact the request to run the cell, which the kernel keeps until the next one."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    content = parent.get("content")
    if isinstance(content, dict) and isinstance(content.get("code"), str):
        content["code"] = redact(content["code"])


def _prompt(shell: InteractiveShell) -> None:
    """Redact what the arrow keys bring back in a terminal."""
    app = getattr(shell, "pt_app", None)
    typed: list[str] = getattr(getattr(app, "history", None), "_loaded_strings", [])
    typed[:] = map(redact, typed)


class _Afterwards:
    """What can be forgotten only when the cell has ended."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def forget(self, result: Any = None) -> None:
        """Redact the cell's result, and drop the frames of its error; once."""
        self._shell.events.unregister("post_run_cell", self.forget)
        info = getattr(result, "info", None)
        for name in ("raw_cell", "transformed_cell"):
            if isinstance(text := getattr(info, name, None), str):
                setattr(info, name, redact(text))
        if error := getattr(result, "error_in_exec", None):
            error.__traceback__ = None
        if error is getattr(sys, "last_value", None):
            sys.last_traceback = None
