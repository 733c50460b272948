"""Know what became of a request on a kept connection that turned out to be gone.

A server may close a connection that it keeps at the very moment in which the next request is on
its way. Where the request was not sent to its end, or only asks to read (RFC 9110, 9.2.2), it is
sent once more on a new connection, and nobody need know. Where all of it went out, a server may
have read it and may charge for it: then the attempt fails, so that the ledger has a row of it, and
is tried again at once.
"""

from __future__ import annotations

import httpx2

GONE = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)

UNANSWERED = "No reply had begun."
"""A note on an error of a new connection: the same error later is one of an answer cut short."""

KEPT = "The connection was a kept one, and no reply had begun."
"""A note on an error that says little of the server's health."""

HARMLESS = frozenset({"GET", "HEAD"})
"""Methods that may be asked twice."""

BROKEN_OFF = ("send_request_headers.failed", "send_request_body.failed")


def opened(http: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """Return the response to a request, its body unread; raises what the HTTP library raises."""
    steps: list[str] = []
    request.extensions["trace"] = lambda step, _: steps.append(step)
    try:
        return http.send(request, stream=True)
    except GONE as error:
        if "connection.connect_tcp.started" in steps:
            error.add_note(UNANSWERED)
            raise
        if request.method not in HARMLESS and not any(s.endswith(BROKEN_OFF) for s in steps):
            error.add_note(KEPT)
            raise
    return http.send(request, stream=True)
