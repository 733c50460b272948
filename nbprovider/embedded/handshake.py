"""Let both ends of a loopback connection prove that they know the key, without sending it.

The port in an old state file may belong to any other program by now, also to one of another user.

    server → client   nonce
    client → server   verb, nonce, HMAC-SHA256 over "client", verb and both nonces
    server → client   HMAC-SHA256 over "server", verb and both nonces; the server's facts
"""

from __future__ import annotations

import hmac
import secrets
import socket
import struct
from typing import Literal, cast

from msgspec import Struct

Verb = Literal[b"L", b"P", b"S"]
LEASE: Verb = b"L"
PROBE: Verb = b"P"
STOP: Verb = b"S"

_NONCE = 32
_PROOF = 32
_FACTS = struct.Struct(">IQ")


class Stranger(ConnectionError):
    """The other end does not know the key."""


class Facts(Struct, frozen=True):
    """What a server says of itself: leases that are open, and its memory in bytes (0: unknown)."""

    clients: int
    memory: int


class Claim(Struct, frozen=True):
    """What a client that knows the key wants, and the nonces that its answer is bound to."""

    verb: Verb
    nonces: bytes


def ask(connection: socket.socket, key: str, verb: Verb) -> Facts:
    """Say as a client what is wanted; return the server's facts.

    Raises Stranger when the other end does not know the key, OSError when it does not answer.
    """
    theirs = _exactly(connection, _NONCE)
    ours = secrets.token_bytes(_NONCE)
    nonces = theirs + ours
    connection.sendall(verb + ours + _proof(key, b"client", verb, nonces))
    _check(_exactly(connection, _PROOF), _proof(key, b"server", verb, nonces))
    return Facts(*_FACTS.unpack(_exactly(connection, _FACTS.size)))


def challenge(connection: socket.socket, key: str) -> Claim:
    """Return as a server what the client wants.

    Raises Stranger when the other end does not know the key, OSError when it does not answer.
    """
    ours = secrets.token_bytes(_NONCE)
    connection.sendall(ours)
    verb = _exactly(connection, 1)
    nonces = ours + _exactly(connection, _NONCE)
    _check(_exactly(connection, _PROOF), _proof(key, b"client", verb, nonces))
    return Claim(cast("Verb", verb), nonces)


def confirm(connection: socket.socket, key: str, claim: Claim, facts: Facts) -> None:
    """Prove as a server to know the key too, and tell the facts."""
    proof = _proof(key, b"server", claim.verb, claim.nonces)
    connection.sendall(proof + _FACTS.pack(facts.clients, facts.memory))


def _proof(key: str, side: bytes, verb: bytes, nonces: bytes) -> bytes:
    return hmac.digest(key.encode(), side + verb + nonces, "sha256")


def _check(said: bytes, expected: bytes) -> None:
    if not hmac.compare_digest(said, expected):
        raise Stranger("the other end does not know the key")


def _exactly(connection: socket.socket, size: int) -> bytes:
    read = bytearray()
    while len(read) < size:
        more = connection.recv(size - len(read))
        if not more:
            raise ConnectionError("the other end closed the connection")
        read += more
    return bytes(read)
