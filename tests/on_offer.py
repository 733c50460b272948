"""A provider on loopback: it lists models, answers with one word, and refuses wrong keys."""

from __future__ import annotations

import json
import threading
import time

from loopback import Peer, delta, ending


class Provider:
    """A script for `serving`: models at `/models`, one word at any other path.

    - `key`: the only key it takes, "" for any or none
    - `names`: the models on offer
    - `slow`: seconds before it answers a question
    """

    def __init__(self, key: str = "", names: tuple[str, ...] = ("tiny", "small"), slow: float = 0):
        self.key = key
        self.names = names
        self.slow = slow
        self.left = threading.Event()

    def __call__(self, peer: Peer) -> None:
        given = peer.request["headers"].get("authorization", "").removeprefix("Bearer ")
        if self.key and given != self.key:
            peer.whole(401, {"error": {"message": "Incorrect API key provided."}})
        elif peer.request["path"].endswith("/models"):
            peer.whole(200, json.dumps({"data": [{"id": name} for name in self.names]}))
        elif self.slow and peer.wait_closed(self.slow):
            self.left.set()
        else:
            time.sleep(0.01)
            peer.head()
            peer.chunk(delta("ready"))
            peer.chunk(ending())
            peer.end()
