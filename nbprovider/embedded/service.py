"""One server for all processes of the user: found, started, watched, stopped."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from nbprovider import config
from nbprovider.embedded import launch, state, weights
from nbprovider.embedded.lease import Lease, dismiss, probe
from nbprovider.embedded.state import Places
from nbprovider.errors import ConfigError, Unavailable

GRACE = "NBPROVIDER_EMBEDDED_GRACE"

_GRACE = 10.0
# An idle kernel keeps its lease, not the model in memory: it is read again in half a second.
_IDLE = 600
_LOCK_LIMIT = 120.0


class Status(Struct, frozen=True):
    """What there is: of the weights, and of the server when it runs.

    - `path`: where the weights are, or will be
    - `clients`: processes that need the server just now
    - `memory`: of the server, in bytes; None where the system does not tell
    """

    installed: bool
    running: bool
    model: str
    path: Path
    pid: int | None = None
    port: int | None = None
    clients: int = 0
    memory: int | None = None


class _Held:
    """The lease of this process, and the lock around it."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.lease: Lease | None = None
        self.places: Places | None = None

    def release(self) -> None:
        lease, self.lease = self.lease, None
        if lease is not None:
            lease.close()

    def forget(self) -> None:
        """Leave the lease to the parent process: a fork that lives on needs no server."""
        self.guard = threading.RLock()
        self.release()


_held = _Held()


def endpoint() -> tuple[str, str]:
    """Return base URL (http://127.0.0.1:PORT/v1) and key of the server, which runs.

    Starts it when none does. Raises ConfigError when the weights or xllamacpp are not installed,
    Unavailable when the server does not come up.
    """
    with _held.guard:
        places = state.places()
        lease = _held.lease
        if lease is None or _held.places != places or not lease.holds():
            lease = _renew(places)
        return lease.state.base_url, lease.state.key


def release() -> None:
    """Say that this process needs the server no more; the next `endpoint()` takes it again."""
    with _held.guard:
        _held.release()


def status() -> Status:
    """Return what there is, without starting anything."""
    found = state.read(state.places().state)
    facts = probe(found) if found else None
    there = (weights.installed(), facts is not None, weights.MODEL, weights.path())
    if found is None or facts is None:
        return Status(*there)
    return Status(*there, found.pid, found.port, facts.clients, facts.memory or None)


def stop() -> bool:
    """End the server, whoever uses it; return whether one ran. The next call starts a new one."""
    with _held.guard:
        _held.release()
        places = state.places()
        found = state.read(places.state)
        if found is None:
            return False
        with _alone(places):
            ran = dismiss(found)
            places.state.unlink(missing_ok=True)
        return ran


def _renew(places: Places) -> Lease:
    _held.release()
    config.made(places.state.parent)
    with _alone(places):
        _held.lease = _join(places) or _start(places)
        _held.places = places
        return _held.lease


def _join(places: Places) -> Lease | None:
    """Take a lease of the server that runs; None when none does."""
    found = state.read(places.state)
    if found is None:
        return None
    try:
        lease = Lease(found)
    except OSError:
        return None
    if lease.holds():
        return lease
    lease.close()
    # It lives but answers no requests: nobody is served by it.
    dismiss(found)
    return None


def _start(places: Places) -> Lease:
    launch.require_engine()
    if not weights.installed():
        raise ConfigError(
            "The embedded model is not installed.",
            hint="Run `%provider embedded install`: it fetches about 93 MB, once.",
        )
    started = launch.start(
        weights.path(), alias=weights.MODEL, log=places.log, grace=_grace(), idle=_IDLE
    )
    try:
        lease = Lease(started)
    except OSError as error:
        raise Unavailable(
            f"The embedded model's server was lost while it was starting: {error}.",
            hint="Ask again: that starts a new one.",
        ) from None
    state.write(places.state, started)
    return lease


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Let one process at a time start or stop the server."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(places.lock, timeout=_LOCK_LIMIT).acquire()
    except Timeout:
        raise Unavailable(
            f"Another process has been starting the embedded model for {_LOCK_LIMIT:.0f} s.",
            hint="End that process, then ask again.",
        ) from None
    with lock:
        yield


def _grace() -> float:
    said = os.environ.get(GRACE, "").strip()
    try:
        seconds = float(said) if said else _GRACE
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < threading.TIMEOUT_MAX:
        raise ConfigError(
            f"{GRACE} is {said!r}, which is no number of seconds.",
            hint="Unset it, or set it to 10.",
        )
    return seconds


atexit.register(release)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_held.forget)
