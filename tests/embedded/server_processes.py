"""What runs: processes seen through /proc, and waiting for them."""

import time
from pathlib import Path


def eventually(holds, seconds=30.0):
    """Wait until `holds()`; a deadline, not a measurement."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.05)


def alive(pid):
    """Return whether the process runs: neither gone nor waiting to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def servers_below(folder):
    """Return the ids of all server processes that belong to homes below `folder`."""
    return [pid for pid in _processes() if _is_server(pid) and folder in _cwd(pid).parents]


def _processes():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _is_server(pid):
    try:
        return b"nbprovider.embedded.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _cwd(pid):
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return Path("/")
