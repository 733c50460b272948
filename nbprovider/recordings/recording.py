"""One recording: what was asked, and the events of its answer, there and back again."""

from __future__ import annotations

from collections.abc import Generator

import msgspec
from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.recordings.asked import Asked
from nbprovider.recordings.said import Block, blocks, deltas
from nbprovider.types import (
    Answered,
    Delta,
    Event,
    Finish,
    Opened,
    Report,
    Route,
    Sending,
    Served,
    Sleep,
    Started,
    Step,
    Usage,
)
from nbprovider.types.events import Reason


class Recording(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An answer as it came.

    - `provider`, `by`: who was asked, and which of its models
    - `served`: the model in the provider's words, left out where they are those of `by`
    - `origin`: whose words they are, left out for the provider's
    - `finish`, `raw`: why it ended, in our words and in the provider's, where they are others
    - `usage`: its tokens, as in `Usage`
    """

    provider: str
    by: str
    asked: Asked
    served: str = ""
    origin: str = ""
    finish: Reason = "stop"
    raw: str = ""
    usage: dict[str, int] = {}
    said: tuple[Block, ...] = ()


class Listening:
    """Listen to a call; when it is answered, `taken` is its recording, None before."""

    def __init__(self, asked: Asked) -> None:
        self.taken: Recording | None = None
        self._asked = asked
        self._begin()

    def _begin(self) -> None:
        self._deltas: list[Delta] = []
        self._served = self._origin = ""
        self._usage = Usage()
        self._finish: Finish | None = None

    def saw(self, event: Event) -> None:
        """Take in one event; a new attempt begins anew."""
        if type(event) is Delta:
            self._deltas.append(event)
        elif isinstance(event, Started):
            self._begin()
        elif isinstance(event, Opened):
            self._origin = event.origin
        elif isinstance(event, Served):
            self._served = event.model
        elif isinstance(event, Report):
            self._usage |= event.usage
        elif isinstance(event, Finish):
            self._finish = event
        elif isinstance(event, Answered):
            self.taken = self._recording(event.route)

    def _recording(self, route: Route) -> Recording:
        finish = self._finish or Finish("stop")
        counts = msgspec.structs.asdict(self._usage)
        return Recording(
            route.provider,
            redact(route.model),
            self._asked,
            redact(_unless(self._served, route.model)),
            _unless(self._origin, route.provider),
            finish.reason,
            redact(_unless(finish.raw, finish.reason)),
            {name: count for name, count in counts.items() if isinstance(count, int)},
            blocks(self._deltas),
        )


def _unless(word: str, same: str) -> str:
    return "" if word == same else word


def replayed(recording: Recording, reason: str, pace: float = 0.0) -> Generator[Step | Event]:
    """Yield the events of a recorded answer: a flow that asks nobody.

    `pace` is how many pieces come in a second, 0 for as fast as they can.
    """
    route = Route(recording.provider, recording.by, "", reason)
    yield Started(route, 1)
    yield Sending()
    yield Opened(200, {}, None, recording.origin)
    yield Served(recording.served or recording.by)
    for delta in deltas(recording.said):
        if pace:
            yield Sleep(1 / pace)
        yield delta
    yield Report(msgspec.convert(recording.usage, Usage))
    yield Finish(recording.finish, recording.raw or recording.finish)
    yield Answered(route)
