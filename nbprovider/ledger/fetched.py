"""The price data that the user has fetched: one file for all kernels, replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from nbprovider import config


class Fetched(Struct, frozen=True):
    """Price data as they came, when they came, and for which version of genai-prices."""

    at: datetime
    version: str
    url: str
    data: bytes


def path() -> Path:
    """Return where the file is, which need not exist."""
    return config.home().data / "prices" / "genai-prices.json"


def kept() -> Fetched | None:
    """Return what was fetched last, None when nothing was, or when it cannot be read."""
    try:
        return msgspec.json.decode(path().read_bytes(), type=Fetched)
    except (OSError, msgspec.DecodeError):
        return None


def keep(found: Fetched) -> None:
    """Put new data in the place of the old; raises ConfigError or OSError and keeps the old."""
    folder = config.made(path().parent)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(found))
        Path(name).replace(path())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
