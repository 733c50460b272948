"""The vendors' own SDKs, which `make install` puts into a folder of their own beside the tests'.

They are asked in a process of their own, so that what they bring along changes nothing here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Read at import: each test's environment is cleaned of our own names.
FOLDER = Path(os.environ.get("NBPROVIDER_SDKS") or Path(sys.prefix) / "sdks")
SCRIPT = Path(__file__).with_name("sdk_types.py")


def wrongs(bodies: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return what the SDK of each protocol finds wrong in a request's body, "" for nothing.

    Skips the test where the SDKs are not installed.
    """
    if not (FOLDER / "openai").is_dir():
        pytest.skip(f"the vendors' SDKs are not in {FOLDER}; `make install` puts them there")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", SCRIPT],
        input="\n".join(map(json.dumps, bodies)),
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()
