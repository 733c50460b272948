"""Behind the end of an answer silence is short; on the same connection it is long again."""

from __future__ import annotations

import time
from contextlib import closing

import httpx2
import pytest

from loopback import Peer, serving
from nbprovider import transport
from nbprovider.transport.linger import hurried
from nbprovider.types import Delta, Head, Read, Request, Send, Text

SETTINGS = transport.Settings(connect=2)


def test_the_shorter_limit_ends_with_the_block():
    def script(peer: Peer) -> None:
        time.sleep(0.3)
        peer.whole(200, "late")

    with serving(script) as server, httpx2.Client(trust_env=False, timeout=10) as http:
        first = http.get(server.url)
        with hurried(first, 0.05), pytest.raises(httpx2.ReadTimeout):
            http.get(server.url)
        assert http.get(server.url).text == "late"


def test_a_kept_connection_has_its_own_limit_again():
    """The first reply ends in time; the second one, on the same connection, takes longer."""

    def script(peer: Peer) -> None:
        if len(peer.request["path"]) > len("/quick"):
            time.sleep(0.4)
        peer.head()
        peer.chunk("a")
        peer.end()

    def made(url: str):
        for path in ("quick", "a-long-one"):
            head: Head = yield Send(Request("GET", f"{url}/{path}", {}), 10.0)
            yield Delta(0, Text(str(head.status)))
            while (yield Read(0.2)):
                pass

    with serving(script) as server, closing(transport.run(made(server.url), SETTINGS)) as events:
        assert [event.part.text for event in events] == ["200", "200"]
        assert len(server.peers) == 1
