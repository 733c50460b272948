"""What `%load_ext nbprovider` costs, over a shell or a kernel without it.

python benchmarks/load.py [RUNS]

Each run is a process of its own, after one that warms the disk; the median of RUNS (9) is printed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kernels import kernel

NOTHING = """
import sys, time
began = time.perf_counter(); modules = len(sys.modules)
"""
SHELL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
"""
LOAD = "shell.run_line_magic('load_ext', 'nbprovider')\n"
FIRST = """
import nbprovider.session, nbprovider.protocols.openai_chat
from nbprovider import transport
"""
TELL = """
import json
print(json.dumps([time.perf_counter() - began, len(sys.modules) - modules]))
"""

CODES = {
    "bare IPython shell (the floor)": NOTHING + SHELL + TELL,
    "%load_ext nbprovider on top of it": SHELL + NOTHING + LOAD + TELL,
    "import nbprovider alone": NOTHING + "import nbprovider\n" + TELL,
    "what the first question imports": SHELL + LOAD + NOTHING + FIRST + TELL,
}

IN_A_KERNEL = """
import sys, time
began = time.perf_counter(); modules = len(sys.modules)
get_ipython().run_line_magic('load_ext', 'nbprovider')
taken = time.perf_counter() - began, len(sys.modules) - modules
import json
print(json.dumps(taken))
"""


def in_a_process(code: str, home: str) -> tuple[float, int]:
    """Return the milliseconds that the code took, and how many modules it brought."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "IPYTHONDIR": home, "NBPROVIDER_HOME": home},
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, modules = json.loads(done.stdout.splitlines()[-1])
    return seconds * 1000, modules


def in_a_kernel(home: str) -> tuple[float, int]:
    """Return the milliseconds that loading took in a new kernel, and the modules it brought."""
    with kernel(NBPROVIDER_HOME=home, IPYTHONDIR=home) as running:
        seconds, modules = json.loads(running.run(IN_A_KERNEL).text)
    return seconds * 1000, modules


def line(name: str, taken: list[tuple[float, int]]) -> float:
    """Print a line of the table, return the median."""
    median = statistics.median(spent for spent, _ in taken)
    print(f"| {name:<38} | {median:7.1f} | {taken[-1][1]:7} |", flush=True)
    return median


def main(runs: int = 9) -> None:
    taken: dict[str, list[tuple[float, int]]] = {name: [] for name in CODES}
    with tempfile.TemporaryDirectory() as home:
        for run in range(-1, runs):  # in turns, so that a busy moment meets all alike
            for name, code in CODES.items():
                found = in_a_process(code, home)
                taken[name] += [found] if run >= 0 else []
        kernels = [in_a_kernel(home) for _ in range(runs)]
    print(f"Median of {runs} fresh processes\n\n| {'':<38} |      ms | modules |")
    print(f"|{'-' * 40}|--------:|--------:|")
    bare, more, *_ = [line(name, spans) for name, spans in taken.items()]
    line("%load_ext nbprovider in a real kernel", kernels)
    print(f"\nA shell with nbprovider takes {1 + more / bare:.2f} times as long as the bare one.")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
