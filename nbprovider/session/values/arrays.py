"""Arrays in words: shape, type, what the numbers are like, and the corners."""

from __future__ import annotations

from typing import Any

from nbprovider.session.values.limits import Limits

EDGE = 3
"""Values at each end of each axis that are told of an array too large to be told whole."""


def told(array: Any, limits: Limits) -> str:
    """Return an array in words; one of no more values than `limits` allow is told whole."""
    import numpy as np

    shape = " x ".join(map(str, array.shape)) or "a single value"
    corner = np.array2string(
        array,
        threshold=limits.rows * limits.rows,
        edgeitems=EDGE,
        precision=6,
        max_line_width=100,
    )
    return f"Array, {shape}, {array.dtype}{_statistics(array)}:\n\n{corner}"


def _statistics(array: Any) -> str:
    """Return what numbers are like: the least, the mean, the greatest, how many are none."""
    import numpy as np

    if array.dtype.kind not in "iufb" or not array.size:
        return ""
    numbers = array.astype(float) if array.dtype.kind == "b" else array
    known = numbers[np.isfinite(numbers)]
    none = int(array.size - known.size)
    lost = f", {none:,} not finite" if none else ""
    if not known.size:
        return lost
    return (
        f", from {known.min():.6g} to {known.max():.6g}, mean {known.mean(dtype=float):.6g},"
        f" standard deviation {known.std(dtype=float):.6g}{lost}"
    )
