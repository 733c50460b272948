"""What the user has named in the store of all kernels: chains, roles, budgets."""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec

from nbprovider.ledger.store import Ledger

Kind = Literal["chain", "role", "budget", "correction"]


def named(ledger: Ledger, kind: Kind) -> dict[str, Any]:
    """Return name → value, in the order of naming."""
    rows = ledger.run(
        "SELECT name, value FROM names WHERE kind = ? ORDER BY named_at, name", (kind,)
    )
    return {name: msgspec.json.decode(value) for name, value in rows}


def name(ledger: Ledger, kind: Kind, word: str, value: Any) -> None:
    """Give a name its value, in place of an earlier one."""
    ledger.run(
        "INSERT INTO names (kind, name, value, named_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
        (kind, word, msgspec.json.encode(value).decode(), time.time_ns() // 1000),
    )


def unname(ledger: Ledger, kind: Kind, word: str) -> bool:
    """Forget a name; return whether there was one."""
    gone = ledger.run("DELETE FROM names WHERE kind = ? AND name = ? RETURNING name", (kind, word))
    return bool(gone)
