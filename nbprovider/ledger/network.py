"""Whether a folder lies on a network file system, where SQLite's WAL must not be used.

WAL needs memory that all writers share, which computers do not
(https://www.sqlite.org/wal.html, "All processes using a database must be on the same host").
"""

from __future__ import annotations

import os
import re
from pathlib import Path

NETWORK = frozenset(
    [
        "9p",
        "acfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "panfs",
        "smb3",
        "smbfs",
    ]
)
MOUNTS = Path("/proc/self/mountinfo")


def kind(folder: Path) -> str:
    """Return the name of the network file system that the folder lies on, "" for none known.

    Known on Linux by its table of mounts, on Windows by a path that begins with a server's name.
    """
    real = os.path.realpath(folder)
    if real.startswith("\\\\"):
        return "network share"
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = mounted(real, table)
    return found if found in NETWORK else ""


def mounted(path: str, table: str) -> str:
    """Return the file system type that `path` lies on, by a table of mounts (man 5 proc)."""
    best, best_kind = "", ""
    for line in table.splitlines():
        left, dash, right = line.partition(" - ")
        fields = left.split()
        if not dash or len(fields) < 5:  # noqa: PLR2004 - the mount point is the fifth
            continue
        point = _unescaped(fields[4])
        if _below(path, point) and len(point) >= len(best):
            best, best_kind = point, right.split()[0]
    return best_kind


def _below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(point: str) -> str:
    """Return a mount point with its octal escapes (040 is a space) resolved."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)
