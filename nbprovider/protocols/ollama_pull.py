"""Ollama's download of a model: `POST /api/pull`, one JSON object a line.

Wire facts: Ollama's API reference and `server/download.go`, August 2026. A model is several files,
each known by its digest; their lines come interleaved.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nbprovider.catalog import Endpoint
from nbprovider.protocols.ollama import refusal
from nbprovider.protocols.ollama_request import HEADERS, root
from nbprovider.types import Request

SERVICE = "pull"
"""What a provider file calls this service."""

END = "success"
"""The status of the last line; without it the download is not finished."""


class Pulled:
    """What has been fetched so far: `done` and `total` are bytes of all files that were named.

    `total` is None until a size was told; it grows as further files are named.
    """

    def __init__(self) -> None:
        self.finished = False
        self.status = ""
        self._files: dict[str, tuple[int, int]] = {}

    @property
    def done(self) -> int:
        """The bytes that are here."""
        return sum(done for done, _ in self._files.values())

    @property
    def total(self) -> int | None:
        """The bytes that there are, as far as was told."""
        return sum(total for _, total in self._files.values()) if self._files else None

    def saw(self, payload: Any) -> None:
        """Take in one line; raises ProviderError for a line that tells an error."""
        if payload.get("error"):
            raise refusal(None, {}, payload)
        self.status = str(payload.get("status") or self.status)
        self.finished = self.finished or self.status == END
        if (digest := payload.get("digest")) and (total := payload.get("total")):
            self._files[digest] = (min(payload.get("completed") or 0, total), total)


def pull(model: str, endpoint: Endpoint) -> Request:
    """Return the request that fetches a model, told line by line."""
    path = endpoint.provider.services[SERVICE]
    body = msgspec.json.encode({"model": model, "stream": True})
    return Request("POST", f"{root(endpoint)}{path}", HEADERS, body)
