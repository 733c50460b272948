"""One reply being read: bytes in, events out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import ProgramFailed, Unavailable
from nbprovider.protocols.contract import FramingName, WireProtocol
from nbprovider.protocols.framing import decoder, loads
from nbprovider.protocols.vetting import NONSENSE, vetted
from nbprovider.types import Call, Event, Finish


class Reading:
    """Reads the reply to one call; each reply has its own.

    `finished` says whether the provider itself has ended the reply. Bytes that come after the end
    mark are read too: some providers count their tokens there.
    """

    def __init__(self, protocol: WireProtocol, call: Call, provider: Provider) -> None:
        self.finished = False
        self._protocol = protocol
        self._state = protocol.State(call, provider)
        # Which of the two a body is, its first byte says to the decoder of events; so a server
        # that streams unasked, or does not although asked, is understood.
        self._decoder = decoder(_framing(protocol, call, provider))
        self._heard = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield what these bytes say; raises ProviderError where they say that the call failed."""
        return self._told(self._sound(self._decoder.feed, data))

    def close(self) -> Iterator[Event]:
        """Yield what is left to say after the last byte.

        Raises Unavailable when the reply never came to its end.
        """
        yield from self._rest()
        if not self.finished:
            raise self._cut_short()

    def ended(self, failure: ProgramFailed) -> Iterator[Event]:
        """Yield what is left to say after the last byte of a program that failed.

        Raises what that means, unless the reply had come to its end.
        """
        yield from self._rest()
        if not self.finished:
            words = failure.detail or getattr(self._state, "words", "")
            raise self._protocol.error(failure.exit_code, {}, words.encode()) from failure

    def _rest(self) -> Iterator[Event]:
        rest = self._sound(self._decoder.close)
        yield from self._whole(rest) if self._decoder.whole else self._told(rest)
        yield from self._checked(self._protocol.close)

    def _sound(self, decode: Callable[..., list[bytes]], *data: bytes) -> list[bytes]:
        """Return the payloads of some bytes.

        Garbage behind the end mark is none and takes nothing from the answer; an error that the
        provider tells there is still one.
        """
        try:
            return decode(*data)
        except Unavailable:
            if not self.finished:
                raise
            return []

    def _told(self, payloads: Iterable[bytes]) -> Iterator[Event]:
        state, events = self._state, self._protocol.events
        for payload in payloads:
            self._heard = True
            if payload == b"[DONE]":
                state.done = True
                continue
            try:
                value = loads(payload)
            except Unavailable:
                if self.finished:
                    continue
                raise
            try:
                for event in events(value, state):
                    if type(event) is Finish:
                        self.finished = True
                    yield vetted(event)
            except NONSENSE as error:
                raise _nonsense(value) from error

    def _whole(self, documents: list[bytes]) -> Iterator[Event]:
        for value in map(loads, documents):
            self._heard = True
            if not isinstance(value, list):
                yield from self._checked(self._protocol.whole, value)
                continue
            for item in value:
                yield from self._checked(self._protocol.events, item)

    def _checked(self, say: Callable[..., Iterator[Event]], *told: Any) -> Iterator[Event]:
        """Yield what a function of the protocol says of what was told; call it only here."""
        try:
            for event in say(*told, self._state):
                self.finished = self.finished or type(event) is Finish
                yield vetted(event)
        except NONSENSE as error:
            raise _nonsense(*told) from error

    def _cut_short(self) -> Unavailable:
        what = "The answer was cut short." if self._heard else "No answer came, only silence."
        return Unavailable(what, hint="Try again: the connection or the provider gave way.")


def _framing(protocol: WireProtocol, call: Call, provider: Provider) -> FramingName:
    if provider.proxy and provider.proxy.stream != "none":
        return provider.proxy.stream if call.stream else "sse"
    # A program writes lines in any case.
    return protocol.FRAMING if call.stream or protocol.FRAMING == "program" else "sse"


def _nonsense(value: Any = None) -> Unavailable:
    return Unavailable(
        "The answer is garbled: a part of it has an unknown shape.",
        hint="Check that the account's protocol is the one that its server speaks.",
        detail=repr(value)[:300],
    )
