"""Logs at DEBUG: what the libraries that carry our keys write, without the keys."""

from __future__ import annotations

import logging
import threading
from typing import Any

from nbprovider.credentials.redaction import redact

CARRIERS = frozenset(
    {
        "nbprovider", "httpx2", "httpcore2", "httpx", "httpcore", "hpack", "h2",
        "botocore", "google", "urllib3", "requests", "oauthlib", "keyring", "asyncio",
    }
)  # fmt: skip
"""First names of loggers whose records may hold a header, an address or a frame of ours."""

_lock = threading.Lock()
_ours: list[Any] = []


def protect() -> None:
    """Have every record of the carriers redacted when it is made, whoever handles it then.

    A filter of one logger would not see the records of those below it. To be called before such a
    library is used; a second call changes nothing.
    """
    with _lock:
        made = logging.getLogRecordFactory()
        if made in _ours:
            return

        def record(*args: Any, **more: Any) -> logging.LogRecord:
            found: logging.LogRecord = made(*args, **more)
            if found.name.partition(".")[0] in CARRIERS:
                _redact(found)
            return found

        _ours.append(record)
        logging.setLogRecordFactory(record)


def _redact(record: logging.LogRecord) -> None:
    """Make the record's words final: its arguments and its error may hold a key."""
    try:
        said = record.getMessage()
    except Exception:  # noqa: BLE001 - the handler reports a record that cannot be made
        said = str(record.msg)
    record.msg, record.args = redact(said), ()
    if record.exc_info:
        record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
    if record.stack_info:
        record.stack_info = redact(record.stack_info)
