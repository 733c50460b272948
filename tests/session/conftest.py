"""A server that a test's questions go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from loopback import Peer, Script, Server, serving


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Lead a provider to a server: each request is answered by the next script, then by the last.

    The provider is the one whose address stands in `variable`.
    """
    with ExitStack() as servers:

        def start(
            *scripts: Script, variable: str = "OPENAI_COMPATIBLE_BASE_URL", path: str = "/v1"
        ) -> Server:
            left = list(scripts)

            def script(peer: Peer) -> None:
                (left.pop(0) if len(left) > 1 else left[0])(peer)

            server = servers.enter_context(serving(script))
            monkeypatch.setenv(variable, f"{server.url}{path}")
            return server

        yield start
