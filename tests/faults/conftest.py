"""Two providers: `far` speaks the protocol under test and breaks, `near` answers in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import nbprovider
from faulty import MODEL, provider
from leaks import no_leaks
from loopback import Server, answering, serving
from nbprovider import catalog, config, session, transport
from nbprovider.session.chains import chains

SETTINGS = {
    "tries": 1,
    "first_wait": 0,
    "longest_wait": 1,
    "connect_timeout": 2,
    "silence": 0.4,
    "breaker_failures": 0,
}


class World:
    """The two providers, the settings, and the rows that the ledger then has."""

    def __init__(self, far: Server, near: Server) -> None:
        self.far, self.near = far, near

    def settle(self, **more: float | str) -> None:
        """Write the settings."""
        config.made(config.settings_file().parent)
        told = (f"{name} = {json.dumps(value)}\n" for name, value in (SETTINGS | more).items())
        config.settings_file().write_text("".join(told))

    def speak(self, protocol: str, url: str = "", more: str = "") -> None:
        """Have `far` speak a protocol, at its own address or another."""
        provider("far", protocol, url or self.far.url, more)
        provider("near", "openai_chat", self.near.url)
        catalog.forget()
        if "pair" not in chains.all():
            chains.create("pair", [f"far:{MODEL}", f"near:{MODEL}"])

    def rows(self) -> list[dict[str, Any]]:
        """Return the ledger's rows that were written since the last time."""
        rows = nbprovider.usage().to_dict("records")
        session.current().ledger.run("DELETE FROM attempts")
        return rows  # type: ignore[return-value]


@pytest.fixture(scope="session")
def near() -> Iterator[Server]:
    with serving(answering("from ", "near")) as server:
        yield server


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, near: Server) -> Iterator[World]:
    """Give the two providers; nothing may be left open in the end."""
    transport.clients.close()
    with no_leaks():
        with serving(answering("from ", "far")) as far:
            made = World(far, near)
            made.settle()
            yield made
        session.current().ledger.close()
        transport.clients.close()
