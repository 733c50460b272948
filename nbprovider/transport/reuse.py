"""Send a request once more where a kept connection turned out to be gone.

A server may close a connection that it kept at the very moment in which the next request is on its
way: it has then, most likely, not read it. This cannot be seen from here: a server that read the
request and then broke down is asked twice, and the ledger knows of one attempt.
"""

from __future__ import annotations

from typing import Any

import httpx2

GONE = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)

UNANSWERED = "No reply had begun."
"""A note on an error of a new connection: the same error later is one of an answer cut short."""


def opened(http: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """Return the response to a request, its body unread; raises what the HTTP library raises."""
    connected: list[str] = []

    def trace(event: str, _: Any) -> None:
        if event == "connection.connect_tcp.started":
            connected.append(event)

    request.extensions["trace"] = trace
    try:
        return http.send(request, stream=True)
    except GONE as error:
        if connected:
            error.add_note(UNANSWERED)
            raise
    return http.send(request, stream=True)
