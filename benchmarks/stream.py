"""CPU and wall time to stream one reply of 5,000 chunks over loopback, against raw bytes.

python benchmarks/stream.py [RUNS]

Each way runs in a process of its own, in turns with the raw bytes that it is compared with, so
that a busy moment meets both; the median of RUNS (11) is printed. Rivals are looked for in
the Python of the environment at NBPROVIDER_RIVALS, if that is set, else in this one; those that
are not installed are left out.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chunk_server import CHUNKS
from contenders import READY, RIVALS, WAYS

HERE = Path(__file__).parent
CONTENDERS = HERE / "contenders.py"
FLOOR = "httpx2 iter_raw"
MODULES = {"any-llm": "any_llm"}
WRITES = {"each": "one write a chunk, as providers do", "burst": "all chunks written at once"}


@contextmanager
def server() -> Iterator[int]:
    """Run the server in a process of its own, give its port."""
    with subprocess.Popen(
        [sys.executable, HERE / "chunk_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout  # noqa: S101 - it was asked for
        yield int(running.stdout.readline())
        running.communicate()


def rivals_python() -> str:
    """Return the Python that has the rivals."""
    home = os.environ.get("NBPROVIDER_RIVALS")
    return str(Path(home, "bin", "python")) if home else sys.executable


def installed(name: str, python: str) -> bool:
    module = MODULES.get(name, name)
    if python == sys.executable:
        return importlib.util.find_spec(module) is not None
    look = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
    return subprocess.run([python, "-c", look], check=False).returncode == 0


class Contender:
    """One way, warm in a process of its own; raises SystemExit when it does not work."""

    def __init__(self, name: str, url: str, home: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [rivals_python() if name in RIVALS else sys.executable, CONTENDERS, name, url],
            env={**os.environ, "NBPROVIDER_HOME": home, "IPYTHONDIR": home, "LLM_USER_PATH": home},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        while self._line() != READY:
            pass

    def _line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            self.process.communicate()
            self._errors.seek(0)
            raise SystemExit(self._errors.read().strip().splitlines()[-1])
        return line.strip()

    def once(self) -> tuple[float, float]:
        """Stream one reply, return its CPU and wall milliseconds."""
        self.process.stdin.write("once\n")
        self.process.stdin.flush()
        while not (line := self._line()).startswith("["):
            pass
        cpu, wall = json.loads(line)
        return cpu * 1000, wall * 1000

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
        self._errors.close()


def compared(name: str, url: str, floor: Contender, runs: int) -> str:
    """Return a way's cells; the floor is measured in turns with it, in the same busy moments."""
    if name in RIVALS and not installed(name, rivals_python()):
        return "not installed |  |  |"
    try:
        with tempfile.TemporaryDirectory() as home, closing(Contender(name, url, home)) as way:
            pairs = [(way.once(), floor.once()) for _ in range(runs)]
    except SystemExit as error:
        return f"failed: {str(error)[:60]} |  |  |"
    cpu, wall = (statistics.median(way[kind] for way, _ in pairs) for kind in (0, 1))
    ratio = cpu / statistics.median(raw[0] for _, raw in pairs)
    return f"{cpu:6.0f} | {wall:7.0f} | {ratio:9.2f} |"


def table(port: int, writing: str, runs: int) -> None:
    """Measure all ways for one way of writing, and print them."""
    url = f"http://127.0.0.1:{port}/{writing}/v1"
    print(f"\n{CHUNKS:,} chunks, {WRITES[writing]}; median of {runs}\n", flush=True)
    print(
        f"| {'':<25} | CPU ms | wall ms | CPU / raw |\n|{'-' * 27}|-------:|--------:|----------:|"
    )
    with tempfile.TemporaryDirectory() as home, closing(Contender(FLOOR, url, home)) as floor:
        for name in WAYS:
            print(f"| {name:<25} | {compared(name, url, floor, runs)}", flush=True)


def main(runs: int = 11) -> None:
    with server() as port:
        for writing in WRITES:
            table(port, writing, runs)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
