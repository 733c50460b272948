"""Servers that fail in the middle of things, for any protocol: what they say, and how they break.

A reply is broken at a place: with nothing sent, behind the headers, inside a payload after the
first words, just before the mark of its end, and behind that mark.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

from loopback import Peer, Script
from nbprovider import config
from nbprovider.testing import Samples
from nbprovider.testing.samples import raw
from spoken import SPOKEN

PLACES = ("before the headers", "before the first word", "in the middle", "before the end mark")
AFTER = "after the end mark"

KINDS = {
    "ollama": "application/x-ndjson",
    "bedrock": "application/vnd.amazon.eventstream",
}
"""Protocol → the media type of its streams, where it is no stream of events."""

MODEL = "gpt-4o"
"""A model with a list price: $2.50 and $10 for a million tokens."""

PROXY = """
[proxy]
path = "/ask"
stream = "sse"

[proxy.request]
prompt = "q"

[proxy.reply]
text = "text"
model = "model"
finish = "finish"

[proxy.delta]
text = "delta"
"""


def provider(name: str, protocol: str, url: str, more: str = "") -> None:
    """Write the provider file of somebody who speaks a protocol and has OpenAI's prices."""
    folder = config.made(config.home().config / "providers")
    lines = (
        f"name = {json.dumps(name)}",
        f"protocol = {json.dumps(protocol)}",
        'kind = "custom"',
        f"base_url = {json.dumps(url)}",
        "needs_key = false",
        f"default_model = {json.dumps(MODEL)}",
        'prices = "openai"',
        more,
    )
    end = PROXY if protocol == "json_proxy" else ""
    Path(folder, f"{name}.toml").write_text("\n".join(lines) + "\n" + end)


class Reply:
    """One protocol's reply as bytes, and what of it has been said at each place."""

    def __init__(self, protocol: str) -> None:
        spoken = SPOKEN[protocol]
        self.kind = KINDS.get(protocol, "text/event-stream")
        self.pieces = tuple(map(raw, spoken.stream))
        first = _first_word(spoken)
        torn = self.pieces[first + 1][:7]
        self.said = {
            "before the headers": b"",
            "before the first word": b"",
            "in the middle": b"".join(self.pieces[: first + 1]) + torn,
            "before the end mark": b"".join(self.pieces[: spoken.end]),
            AFTER: b"".join(self.pieces),
        }

    @property
    def whole(self) -> bytes:
        """All that is said."""
        return b"".join(self.pieces)

    def broken(self, place: str, fault: Fault) -> Script:
        """Return a script that says the reply until a place, and breaks there."""

        def script(peer: Peer) -> None:
            if place != "before the headers":
                peer.head(kind=self.kind)
            if said := self.said[place]:
                peer.chunk(said)
                time.sleep(0.01)  # a reset throws away what the other side has not read
            fault(peer)

        return script

    def measured(self, place: str, length: int) -> Script:
        """Return a script that says the reply until a place, in a body of a told length."""

        def script(peer: Peer) -> None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.kind}\r\nContent-Length: {length}\r\n"
            peer.write(f"{head}\r\n".encode() + self.said[place])
            peer.connection.close()

        return script

    def dripping(self, peer: Peer) -> None:
        """Say the reply in bits of a few bytes, each in good time."""
        peer.head(kind=self.kind)
        bit = max(1, len(self.whole) // 12)
        for at in range(0, len(self.whole), bit):
            peer.chunk(self.whole[at : at + bit])
            time.sleep(0.04)
        peer.end()


def _first_word(spoken: Samples) -> int:
    """Return the number of the first piece that holds words of the answer."""
    marks = (b'"H"', b'"Hi"')
    return next(n for n, piece in enumerate(spoken.stream) if any(m in raw(piece) for m in marks))


Fault = Callable[[Peer], None]


def hang(peer: Peer) -> None:
    """Say no more, and keep the line."""
    peer.wait_closed(5)


def cut(peer: Peer) -> None:
    """Hang up (FIN)."""
    peer.connection.close()


def reset(peer: Peer) -> None:
    """Break the connection off (RST)."""
    peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.connection.close()


def garbage(peer: Peer) -> None:
    """Write what is neither HTTP nor any payload."""
    peer.write(b"\x00\xff\xfe{{{ data: \x80\r\n\r\n")
    peer.connection.close()


def garbled(peer: Peer) -> None:
    """Write a payload that is none, framed as it should be."""
    peer.chunk(
        b'\n\ndata: {"a": [}\n\n{"a": [}\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\n\n'
    )
    peer.end()


def ended(peer: Peer) -> None:
    """End the body as one should, though the reply has not ended."""
    peer.end()


BREAKS: dict[str, Fault] = {
    "hang": hang,
    "cut": cut,
    "reset": reset,
    "garbage": garbage,
    "garbled": garbled,
    "ended": ended,
}
