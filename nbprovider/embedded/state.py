"""The values that clients and the server's process exchange, and the file that keeps one."""

from __future__ import annotations

import os
import platform
import secrets
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from nbprovider import config

CONTEXT = 2048
"""Tokens of one conversation: to read more takes over 20 s on one thread."""

Port = Annotated[int, Meta(ge=1, le=65535)]


class Orders(Struct, frozen=True):
    """What a new server is told on its standard input.

    - `grace`: seconds that it stays without a lease
    - `idle`: seconds without a request after which it gives the model's memory back
    """

    weights: str
    alias: str
    key: str
    grace: float
    idle: int


class Ready(Struct, frozen=True):
    """What a new server says on its standard output once it answers; `door` takes leases."""

    pid: int
    port: Port
    door: Port


class State(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the running server is found; a file of another `version` counts as none."""

    version: Literal[1]
    pid: int
    port: Port
    door: Port
    key: str

    @property
    def base_url(self) -> str:
        """The address that the OpenAI protocol is spoken at."""
        return f"http://127.0.0.1:{self.port}/v1"


class Places(Struct, frozen=True):
    """The files of one machine's server; several machines may share a home folder."""

    state: Path
    lock: Path
    log: Path


def places() -> Places:
    """Return the paths of the server's files; nothing is created."""
    folder = config.home().runtime
    name = f"embedded-{platform.node() or 'localhost'}"
    return Places(folder / f"{name}.json", folder / f"{name}.lock", folder / f"{name}.log")


def read(path: Path) -> State | None:
    """Return what the file says; None when there is none or it makes no sense."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return None


def write(path: Path, state: State) -> None:
    """Replace the file at once, readable by the user alone (0600)."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(state))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
