"""A client's hold on the server: a connection that the operating system closes with the process."""

from __future__ import annotations

import http.client
import socket
from http import HTTPStatus

from nbprovider.embedded import handshake
from nbprovider.embedded.handshake import Facts, Verb
from nbprovider.embedded.state import State

# A server that has loaded its model answers in a millisecond, also while it generates.
_PATIENCE = 10.0


class Lease:
    """An open connection to the server that `state` names; the server stays while one is open."""

    def __init__(self, state: State) -> None:
        """Take a lease; raises OSError when that server is not there any more."""
        self.state = state
        self._connection, _ = _ask(state, handshake.LEASE)
        self._connection.setblocking(False)

    def holds(self) -> bool:
        """Return whether the server still has the other end, and answers requests."""
        return self._open() and _healthy(self.state)

    def close(self) -> None:
        """Give the lease back."""
        self._connection.close()

    def _open(self) -> bool:
        try:
            self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


def probe(state: State) -> Facts | None:
    """Return what the server says of itself, None when it is not there any more."""
    try:
        connection, facts = _ask(state, handshake.PROBE)
    except OSError:
        return None
    connection.close()
    return facts


def dismiss(state: State) -> bool:
    """End the server and wait until it is gone; return whether it was there."""
    try:
        connection, _ = _ask(state, handshake.STOP)
    except OSError:
        return False
    with connection:
        _until_closed(connection)
    return True


def _until_closed(connection: socket.socket) -> None:
    try:
        connection.recv(1)
    except OSError:
        # Reset in place of closed: gone all the same.
        return


def _ask(state: State, verb: Verb) -> tuple[socket.socket, Facts]:
    connection = socket.create_connection(("127.0.0.1", state.door), timeout=_PATIENCE)
    try:
        return connection, handshake.ask(connection, state.key, verb)
    except BaseException:
        connection.close()
        raise


def _healthy(state: State) -> bool:
    # http.client knows nothing of proxies: this request never leaves the machine.
    http_connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=_PATIENCE)
    try:
        http_connection.request("GET", "/health", headers={"Authorization": f"Bearer {state.key}"})
        return http_connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        http_connection.close()
