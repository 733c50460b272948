"""How far a download is, on one line that is written over itself."""

from __future__ import annotations

import sys
from typing import Self

MEGA = 1_000_000


class Bar:
    """Write how many bytes of how many are here, inside a `with` block; call it at will.

    A line that would look the same is not written again: a saved notebook keeps each one.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = ""
        self._open = False

    def __call__(self, done: int, whole: int | None) -> None:
        """Show how far the download is; the line ends with the block."""
        key = f"{done / whole:4.0%}" if whole else f"{done / MEGA:.0f} MB"
        if key == self._shown:
            return
        self._shown = key
        share = f"{key} of {whole / MEGA:.0f} MB" if whole else key
        sys.stdout.write(f"\r{self._what}: {share}")
        sys.stdout.flush()
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            sys.stdout.write("\n")
            sys.stdout.flush()
