"""How the embedded model is, in words."""

from __future__ import annotations

from nbprovider.embedded.service import Status

_MB = 1_000_000


def told(found: Status, install: str) -> tuple[tuple[str, str], ...]:
    """Return what there is, as (what, how) pairs; `install` is the command that installs it."""
    return (
        ("model", found.model),
        ("installed", str(found.path) if found.installed else f"no ({install})"),
        ("server", _server(found)),
    )


def _server(found: Status) -> str:
    if not found.running:
        return "not running (it starts on first use)"
    clients = "1 client" if found.clients == 1 else f"{found.clients} clients"
    memory = f", {found.memory / _MB:.0f} MB" if found.memory else ""
    return f"process {found.pid}, port {found.port}, {clients}{memory}"
