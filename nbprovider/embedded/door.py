"""The server's side of the leases: who still needs it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from nbprovider.embedded import handshake
from nbprovider.embedded.handshake import Claim, Facts

_MANNERS = 5.0


class Door:
    """Take leases on a free loopback port, and know when there are none any more."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._leases = 0
        self._closed = False
        self._changed = threading.Condition()
        self._verbs: dict[bytes, Callable[[socket.socket, Claim], None]] = {
            handshake.LEASE: self._lease,
            handshake.PROBE: self._confirm,
            handshake.STOP: self._end,
        }
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def wait(self, grace: float, first: float) -> None:
        """Return when no lease was open for `grace` seconds, or a client asked for the end.

        Whoever started the server has `first` seconds more to take the first lease.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._leases, first)
            while not self._closed:
                self._changed.wait_for(lambda: self._closed or not self._leases)
                if not self._changed.wait_for(lambda: self._closed or self._leases, grace):
                    self._closed = True

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        # A client may vanish at any point: then there is nobody to tell.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_MANNERS)
            claim = handshake.challenge(connection, self._key)
            self._verbs.get(claim.verb, self._confirm)(connection, claim)

    def _lease(self, connection: socket.socket, claim: Claim) -> None:
        if not self._count(1):
            return
        try:
            self._confirm(connection, claim)
            connection.settimeout(None)
            connection.recv(1)
        finally:
            self._count(-1)

    def _confirm(self, connection: socket.socket, claim: Claim) -> None:
        handshake.confirm(connection, self._key, claim, Facts(self._leases, _memory()))

    def _end(self, connection: socket.socket, claim: Claim) -> None:
        self._confirm(connection, claim)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        # The client waits for this connection to close: leave that to the end of the process.
        threading.Event().wait()

    def _count(self, change: int) -> bool:
        with self._changed:
            self._leases += change
            self._changed.notify_all()
            return not self._closed


def _memory() -> int:
    """Return this process's resident bytes, 0 where they are not told (proc(5), statm)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()
