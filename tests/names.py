"""Names that resolve to what a test says, and a record of who was connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

REAL = socket.getaddrinfo


class Names:
    """Stands in for the resolver. `asked` has the names that were looked up."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], list[str]]] = {}
        self.asked: list[str] = []

    def lead(self, name: str, *addresses: str) -> None:
        """Let a name have these addresses."""
        self.answers[name] = lambda: list(addresses)

    def lead_in_turn(self, name: str, *answers: str) -> None:
        """Let a name have another address each time that it is asked for."""
        turns = iter(answers)
        self.answers[name] = lambda: [next(turns)]

    def getaddrinfo(self, host, port, *args, **more):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self.answers:
            return REAL(host, port, *args, **more)
        self.asked.append(name)
        return [_entry(address, port) for address in self.answers[name]()]


def _entry(address: str, port: int):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    to = (address, port, 0, 0) if ":" in address else (address, port)
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", to


@pytest.fixture
def names(monkeypatch):
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    return made


@pytest.fixture
def connected(monkeypatch):
    """Record every address that a socket is connected to; only loopback is really there."""
    seen: list[str] = []
    real = socket.socket.connect

    def connect(self, address):
        if self.family != socket.AF_UNIX:
            seen.append(address[0])
            if not address[0].startswith("127.") and address[0] != "::1":
                raise ConnectionRefusedError(111, "Connection refused")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen
