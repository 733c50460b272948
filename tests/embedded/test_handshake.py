import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nbprovider.embedded import handshake
from nbprovider.embedded.handshake import LEASE, Claim, Facts, Stranger


@pytest.fixture
def pair():
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(5)
    yield ends
    for end in ends:
        end.close()


def serve(end, key):
    """Be the server for one client; return its claim, or the error."""
    try:
        claim = handshake.challenge(end, key)
        handshake.confirm(end, key, claim, Facts(3, 2**40))
    except OSError as error:
        end.close()
        return error
    return claim


def test_both_ends_with_the_key_understand_each_other(pair):
    with ThreadPoolExecutor() as pool:
        served = pool.submit(serve, pair[0], "key")
        assert handshake.ask(pair[1], "key", LEASE) == Facts(3, 2**40)
        assert served.result().verb == LEASE


def test_a_client_without_the_key_gets_no_proof(pair):
    with ThreadPoolExecutor() as pool:
        served = pool.submit(serve, pair[0], "key")
        with pytest.raises(OSError, match="closed the connection"):
            handshake.ask(pair[1], "guess", LEASE)
        assert isinstance(served.result(), Stranger)


def test_a_server_without_the_key_is_seen_through(pair):
    def pretend():
        pair[0].sendall(b"n" * 32)
        claim = Claim(LEASE, b"n" * 32 + pair[0].recv(1000)[1:33])
        handshake.confirm(pair[0], "guess", claim, Facts(1, 1))

    thread = threading.Thread(target=pretend)
    thread.start()
    with pytest.raises(Stranger):
        handshake.ask(pair[1], "key", LEASE)
    thread.join()


def test_a_proof_does_not_serve_twice(pair):
    """What was overheard once is worthless with another nonce."""
    heard = bytearray()

    def overhear():
        pair[0].sendall(b"n" * 32)
        heard.extend(pair[0].recv(1000))
        pair[0].close()

    thread = threading.Thread(target=overhear)
    thread.start()
    with pytest.raises(OSError, match="closed"):
        handshake.ask(pair[1], "key", LEASE)
    thread.join()
    left, right = socket.socketpair()
    with left, right:
        right.sendall(heard)
        with pytest.raises(Stranger):
            handshake.challenge(left, "key")
    assert b"key" not in heard
