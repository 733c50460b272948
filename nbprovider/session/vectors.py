"""Texts from lists and Series, vectors as arrays and DataFrames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbprovider.errors import Unavailable, UsageError

Texts = str | Sequence[str] | pd.Series
Array = npt.NDArray[np.float64]


def listed(texts: Texts) -> list[str]:
    """Return the texts one by one; raises UsageError, naming its place, for what is none."""
    if isinstance(texts, str):
        return [texts]
    if getattr(texts, "ndim", 1) != 1:
        raise UsageError(
            f"A {type(texts).__name__} is not a list of texts.", hint='Name a column: `df["text"]`.'
        )
    found = texts.tolist() if isinstance(texts, pd.Series) else list(texts)
    for place, text in enumerate(found):
        if not isinstance(text, str):
            raise UsageError(
                f"Text {place} is no text but {text!r} ({type(text).__name__}).",
                hint="Drop or fill what is missing: `series.dropna()`, `series.astype(str)`.",
            )
    return [str(text) for text in found]  # numpy has a kind of its own


def shaped(texts: Texts, vectors: list[list[float]]) -> pd.DataFrame | Array:
    """Return the vectors in the texts' shape.

    A text's vector has the shape (dimensions,), a list's are an array (texts by dimensions), a
    Series' a DataFrame with its index, a column each dimension. Raises Unavailable when the vectors
    are not all of one length.
    """
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise Unavailable(
            f"The vectors have {len(lengths)} different lengths: {sorted(lengths)}.",
            hint="Name a model that makes vectors of one length, or give `dimensions`.",
        )
    rows = np.array(vectors, dtype=np.float64).reshape(len(vectors), *(lengths or {0}))
    if isinstance(texts, str):
        first: Array = rows[0]
        return first
    if isinstance(texts, pd.Series):
        return pd.DataFrame(rows, index=texts.index)
    return rows
