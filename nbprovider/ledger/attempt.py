"""One attempt as the ledger keeps it: the fields are the table's columns."""

from __future__ import annotations

import secrets
import time
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

Status = Literal["running", "ok", "failed", "interrupted", "lost"]
"""`lost`: its kernel ended before the attempt did."""


def call_id() -> str:
    """Return a new call's name: the second that it is, then chance, so that names are in order."""
    return f"{int(time.time()):08x}{secrets.token_hex(5)}"


class CallContext(Struct, frozen=True):
    """Where and what for a call is made, "" where nobody tells."""

    call_id: str = field(default_factory=call_id)
    chat: str = ""
    notebook: str = ""
    cell: str = ""
    purpose: str = "chat"
    over_budget: bool = False


class Attempt(Struct):
    """One attempt at a call; None where nobody said.

    - `number`: the attempt's number in its call, from 1; with `call_id` it names the row
    - `started_at`: microseconds since 1970, UTC; `first_token_us`, `duration_us`: microseconds
    - `input`, `output`, `cache_read`, `cache_write`, `reasoning`: tokens as in `Usage`
    - `estimated`: whether some of the tokens are our own estimate
    - `extra`: what else the provider counted (searches, tier, audio), as it came
    - `cost_nano`: nano-dollars; `price_list`: which list, in which version, they were taken from
    - `over_budget`: whether a budget was passed on purpose
    - `role`: the role or chain by whose name the model was asked
    - `host`, `pid`, `born`: the process that made it, to tell whether it still lives
    """

    call_id: str
    number: int
    started_at: int
    provider: str = ""
    account: str = ""
    model_asked: str = ""
    model_served: str | None = None
    chat: str = ""
    notebook: str = ""
    cell: str = ""
    purpose: str = ""
    status: Status = "running"
    finish: str | None = None
    error_kind: str | None = None
    error: str | None = None
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    extra: dict[str, Any] | None = None
    cost_nano: int | None = None
    cost_source: str = "unknown"
    price_list: str | None = None
    first_token_us: int | None = None
    duration_us: int | None = None
    request_id: str | None = None
    route_reason: str = ""
    streamed: bool = True
    host: str = ""
    pid: int | None = None
    born: str = ""
    over_budget: bool = False
    role: str = ""

    def values(self) -> tuple[Any, ...]:
        """Return what SQLite stores, in the order of COLUMNS."""
        row = msgspec.structs.asdict(self)
        if self.extra is not None:
            row["extra"] = msgspec.json.encode(self.extra, enc_hook=str).decode()
        return tuple(row.values())


COLUMNS: tuple[str, ...] = Attempt.__struct_fields__
