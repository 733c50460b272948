"""What a call says while it runs: the only language from the flow upward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from nbprovider.errors import NbproviderError
from nbprovider.types.call import Route
from nbprovider.types.parts import Part, ToolCall, ToolResult
from nbprovider.types.usage import Usage

Reason = Literal["stop", "length", "tool_calls", "refused", "pause", "other"]
"""Why a reply ended: done, token limit, wants tools, content policy, wants to go on, else."""


class Started(Struct, frozen=True):
    """An attempt begins; `attempt` counts from 1 through the whole call."""

    route: Route
    attempt: int


class Sending(Struct, frozen=True):
    """The request leaves: address and key are there; from here on it may cost something.

    `host` is where to, "" for a program.
    """

    host: str = ""


class Opened(Struct, frozen=True):
    """The provider's headers are here; tokens are awaited.

    `origin` is whose words they will be, "" for the provider's: see `Message.origin`.
    """

    status: int
    headers: Mapping[str, str]
    request_id: str | None = None
    origin: str = ""


class Alive(Struct, frozen=True):
    """Bytes have come that say nothing new: a comment that keeps the connection, half a line."""


class Served(Struct, frozen=True):
    """Which model answers, and the provider's id of the reply, in its own words."""

    model: str
    id: str | None = None


class Delta(Struct, frozen=True):
    """A piece of the part at `index`; pieces of one index are joined in order."""

    index: int
    part: Part


class Report(Struct, frozen=True):
    """What the provider counts; later reports override."""

    usage: Usage


class Finish(Struct, frozen=True):
    """The reply has ended; `raw` is the reason in the provider's own words."""

    reason: Reason
    raw: str = ""


class Failed(Struct, frozen=True):
    """The attempt failed: what it showed is void, what it cost is not.

    `wait` is the seconds until the next attempt, `next_route` where it goes; both None at the end.
    """

    error: NbproviderError
    wait: float | None = None
    next_route: Route | None = None


class Answered(Struct, frozen=True):
    """The call is answered."""

    route: Route


class Interrupted(Struct, frozen=True):
    """The user stopped the call; what was said is kept."""


class ToolStarted(Struct, frozen=True):
    """A tool that the model asked for is about to run, between two calls of one question."""

    call: ToolCall


class ToolEnded(Struct, frozen=True):
    """A tool has given this, or failed; the next call tells the model."""

    result: ToolResult


class Rejected(Struct, frozen=True):
    """What was answered is not of the shape that was asked for, and why; the next call says so."""

    why: str


class Spell(Struct, frozen=True):
    """A phase that a call went through, and how many seconds it lasted."""

    phase: str
    seconds: float


class Heartbeat(Struct, frozen=True):
    """What a running call is doing, told by the clock that stands beside it.

    `timeline` holds its phases so far, the last one still lasting; `silence` the seconds since the
    last byte; `stalled` whether that is longer than it should be.
    """

    timeline: tuple[Spell, ...]
    silence: float
    stalled: bool = False


Event = (
    Started
    | Sending
    | Opened
    | Alive
    | Served
    | Delta
    | Report
    | Finish
    | Failed
    | Answered
    | Interrupted
    | ToolStarted
    | ToolEnded
    | Rejected
    | Heartbeat
)
