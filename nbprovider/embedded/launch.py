"""Start the server's process, and say clearly why when it does not come up."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import msgspec

from nbprovider.embedded.state import Orders, Ready, State
from nbprovider.errors import ConfigError, Unavailable

# Seconds; on a quiet machine it takes less than one.
_START_LIMIT = 90.0
_LOG_TAIL = 2000

# The process may outlive the kernel: it gets what Python and the loader need, not the user's keys.
_ENVIRONMENT = (
    *("PATH", "HOME", "USER", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"),
    *("LANG", "LC_", "PYTHON", "VIRTUAL_ENV", "CONDA_", "LD_", "DYLD_", "OMP_", "GGML_"),
)


def require_engine() -> None:
    """Raise ConfigError unless xllamacpp, which carries llama.cpp, is installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise ConfigError(
            "The embedded model needs the package xllamacpp, which is not installed.",
            hint="Run `pip install 'nbprovider[embedded]'`, then restart the kernel.",
        )


def start(weights: Path, *, alias: str, log: Path, grace: float, idle: int) -> State:
    """Start a server and return where it is; it ends by itself unless a lease is taken.

    Raises Unavailable, with the end of its log, when it does not come up.
    """
    orders = Orders(str(weights), alias, secrets.token_urlsafe(32), grace, idle)
    process = _spawn(log)
    ready = None
    try:
        ready = _introduce(process, orders)
    finally:
        if ready is None:
            process.kill()
    if ready is None:
        raise _failed(log, weights)
    return State(1, ready.pid, ready.port, ready.door, orders.key)


def _spawn(log: Path) -> subprocess.Popen[bytes]:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    with os.fdopen(handle, "wb") as errors:
        process = subprocess.Popen(
            # -P: the folder of the notebook may hold modules of any name.
            [sys.executable, "-P", "-m", "nbprovider.embedded.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=log.parent,
            env=_environment(),
            **_apart(),
        )
    # Reaps the process whenever it ends, so that no zombie is left in a long-lived kernel.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _apart() -> dict[str, Any]:
    """Return what keeps an interrupt of the kernel from reaching the server."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)}


def _introduce(process: subprocess.Popen[bytes], orders: Orders) -> Ready | None:
    """Give the orders, return what the server answers; None when it ends without a word."""
    alarm = threading.Timer(_START_LIMIT, process.kill)
    alarm.daemon = True
    alarm.start()
    try:
        return _talk(_pipe(process.stdin), _pipe(process.stdout), orders)
    finally:
        alarm.cancel()


def _talk(tell: IO[bytes], hear: IO[bytes], orders: Orders) -> Ready | None:
    with hear:
        # One that is gone already has said why in its log.
        with contextlib.suppress(BrokenPipeError), tell:
            tell.write(msgspec.json.encode(orders) + b"\n")
        line = hear.readline()
    return msgspec.json.decode(line, type=Ready) if line else None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("the process was started without pipes")
    return stream


def _failed(log: Path, weights: Path) -> Unavailable:
    tail = log.read_text("utf-8", "replace")[-_LOG_TAIL:].strip()
    last = tail.splitlines()[-1].strip() if tail else "it left no word"
    return Unavailable(
        f"The embedded model's server ended while it was starting: {last}",
        hint=f"If that happens again, delete {weights} and run `%provider embedded install`.",
        detail=f"{log}:\n{tail}",
    )
