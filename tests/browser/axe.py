"""What axe-core finds against accessibility in a part of a page; by `make install`, from npm."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("NBPROVIDER_AXE") or Path(sys.prefix) / "axe")
SCRIPT = FOLDER / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")


def violations(page: Any, selector: str) -> list[str]:
    """Return the serious violations in what a selector finds; skips where axe-core is missing."""
    if not SCRIPT.is_file():
        pytest.skip(f"axe-core is missing in {FOLDER}; `make install` needs npm for it")
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate("selector => axe.run(selector)", selector)
    return [
        f"{one['id']}: {node['html']}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
