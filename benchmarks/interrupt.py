"""How long an interrupt of a real kernel takes to end the cell, and to close the connection.

python benchmarks/interrupt.py [RUNS]

From the moment the interrupt is sent, as the stop button sends it, to the error's arrival at the
front end, and to the server's seeing the connection close. Median and longest of RUNS (9), in
milliseconds; the older ipykernel is measured where `make install` has put it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kernels import OLD, VERSIONS, Kernel, kernel
from loopback import Peer, Server, delta, serving

CELL = "%%chat openai-compatible:bench-1 --new\nTell me"
FINE_ENOUGH = 200


def streaming(peer: Peer) -> None:
    peer.head()
    while not peer.wait_closed(0.02):
        peer.chunk(delta("word "))


def silent(peer: Peer) -> None:
    peer.head()
    peer.chunk(delta("word "))
    peer.wait_closed(30)


def before_headers(peer: Peer) -> None:
    peer.wait_closed(30)


MOMENTS = {"streaming": streaming, "silent": silent, "before headers": before_headers}


def until(true: Callable[[], object], limit: float = 20) -> None:
    end = time.monotonic() + limit
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def interrupted(running: Kernel, server: Server, moment: str) -> tuple[float, float]:
    """Ask, interrupt; return the milliseconds until the cell's error and the connection's end."""
    known = len(server.peers)
    name = running.start(CELL)
    if moment == "before headers":
        until(lambda: len(server.peers) > known and server.peers[-1].request)
        time.sleep(0.2)
    else:
        running.wait_for(name, "word")
    at = running.interrupt()
    ran = running.finish(name)
    peer = server.peers[-1]
    until(lambda: peer.closed_at)
    raised = next(t for t, message in ran.messages if message["msg_type"] == "error")
    if ran.error["ename"] != "KeyboardInterrupt" or peer.closed_at is None:
        raise SystemExit(f"the cell ended by {ran.error['ename']}")
    return 1000 * (raised - at), 1000 * (peer.closed_at - at)


def measure(version: str, runs: int) -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        kernel(version, NBPROVIDER_HOME=home, IPYTHONDIR=home) as running,
    ):
        running.run("%load_ext nbprovider")
        for moment, script in MOMENTS.items():
            with serving(script) as server:
                address = f"import os; os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'"
                running.run(address)
                pairs = [interrupted(running, server, moment) for _ in range(runs)]
            cells = [
                f"{statistics.median(s):6.0f} | {max(s):7.0f}" for s in zip(*pairs, strict=True)
            ]
            print(f"| {version:<9} | {moment:<14} | {' | '.join(cells)} |", flush=True)


def main(runs: int = 9) -> None:
    print(f"Milliseconds from the interrupt, {runs} runs each; the aim is {FINE_ENOUGH}\n")
    print("| ipykernel | server         | error  | longest | closed | longest |")
    print("|-----------|----------------|-------:|--------:|-------:|--------:|")
    for version in VERSIONS:
        if version != "6.31" or OLD.exists():
            measure(version, runs)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
