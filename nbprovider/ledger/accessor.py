"""`frame.nbp`: what pandas shows of ours on its frames. It is there as soon as a frame is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pandas as pd


@pd.api.extensions.register_dataframe_accessor("nbp")
class Pictures:
    """Draw a frame of `nbprovider.usage()` or `nbprovider.cost()`."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def plot(self, kind: str = "spend", *, by: str = "") -> Any:
        """Return the frame as a picture of a kind; see `nbprovider.plot_cost`.

        `by`: the column by which it is told apart, "" for the frame's own words, or the model.
        Raises UsageError for a kind that there is not, and for a frame that does not hold it.
        """
        # Whoever draws is a layer above, and is not imported for those who only count.
        return import_module("nbprovider.ui.plots").plot(self._frame, kind, by)
