"""An imitation of many providers on loopback: npm's `@copilotkit/aimock`, by `make install`.

It speaks the vendors' wire formats without being them; known to be untrue are Ollama's and
Cohere's counts (0) and the bodies of some refusals.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Read at import: each test's environment is cleaned of our own names.
FOLDER = Path(os.environ.get("NBPROVIDER_AIMOCK") or Path(sys.prefix) / "aimock")
SCRIPT = FOLDER / "node_modules/@copilotkit/aimock/dist/cli.js"
NODE = shutil.which("node")

SAID = "Hello from the other side, in a few pieces: naïve 🎈."
ARGUMENTS = {"city": "Paris", "days": 3}
READ, WRITTEN = 11, 7
COUNTED = {
    "prompt_tokens": READ,
    "completion_tokens": WRITTEN,
    "total_tokens": READ + WRITTEN,
    "input_tokens": READ,
    "output_tokens": WRITTEN,
    "promptTokenCount": READ,
    "candidatesTokenCount": WRITTEN,
    "totalTokenCount": READ + WRITTEN,
}
"""The counts, by the names of every vendor."""

SCRIPTED = [
    {"match": {"userMessage": "greet"}, "response": {"content": SAID, "usage": COUNTED}},
    {
        "match": {"userMessage": "weather"},
        "response": {"toolCalls": [{"name": "weather", "arguments": ARGUMENTS}]},
    },
    {
        "match": {"userMessage": "too many"},
        "response": {"error": {"message": "Slow down.", "type": "rate_limit_error"}, "status": 429},
    },
]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the imitation, give its address; it ends with the module's tests."""
    if NODE is None or not SCRIPT.is_file():
        pytest.skip(f"node, or aimock in {FOLDER}, is missing; `make install` needs npm for it")
    script = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    script.write_text(json.dumps({"fixtures": SCRIPTED}))
    server = subprocess.Popen(
        [NODE, SCRIPT, "-p", "0", "-f", script, "--chunk-size", "7"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _address(server)
    finally:
        server.kill()
        server.communicate()


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    told = []
    for line in server.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
        told.append(line)
    pytest.fail(f"aimock did not start: {''.join(told)}")
