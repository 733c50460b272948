"""What a check is given: a protocol, and a little conversation in its own words."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from nbprovider.catalog import Endpoint, Provider
from nbprovider.protocols.contract import WireProtocol
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Event, Message, Text

ADDRESS = "http://127.0.0.1:9/at"
HELLO = (Message("user", (Text("Hello"),)),)

Piece = str | bytes


class Samples(Struct, frozen=True):
    """One reply of a service that says `text` and stops, and its list of models.

    - `stream`: the reply streamed, cut where its payloads end
    - `end`: the place in `stream` of the first piece that says that the reply has ended
    - `whole`: the same reply in one piece
    - `listed`: a decoded list that names the model `model` and no other, None where none are listed
    """

    stream: tuple[Piece, ...]
    end: int
    whole: Piece
    listed: Any = None
    text: str = "Hi"
    model: str = "m"


class Subject(Struct, frozen=True):
    """A protocol under test, its samples, and a provider that speaks it."""

    protocol: WireProtocol
    samples: Samples
    provider: Provider

    @property
    def endpoint(self) -> Endpoint:
        """The provider at an address where nobody listens."""
        return Endpoint(self.provider, ADDRESS)

    def call(self) -> Call:
        """Return a question that every protocol can carry."""
        return Call(self.provider.default_model or "some-model", HELLO)

    def reading(self, call: Call | None = None) -> Reading:
        """Return a new reading of a reply."""
        return Reading(self.protocol, call or self.call(), self.provider)

    def read(self, pieces: tuple[Piece, ...], call: Call | None = None) -> list[Event]:
        """Return what a reply says from its first byte to its last."""
        one = self.reading(call)
        said = [event for piece in pieces for event in one.feed(raw(piece))]
        return [*said, *one.close()]


def raw(piece: Piece) -> bytes:
    """Return a piece as it comes from the network."""
    return piece.encode() if isinstance(piece, str) else piece
