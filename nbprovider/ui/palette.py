"""Colours that are seen on white and on black, whatever theme the reader has."""

from __future__ import annotations

from nbprovider.view.picture import Picture

COLOURS = (
    "#2f7ed8",
    "#cf6a0a",
    "#0f9480",
    "#c2549d",
    "#9a7b0a",
    "#8a6bd1",
    "#d64550",
)
"""One for each series: at least 3:1 against white and against JupyterLab's dark ground."""

GREY = "#7d7d7d"
"""Words and axes, and what is left: as readable on light as on dark."""


def colours(picture: Picture) -> tuple[str, ...]:
    """Return the colour of each series."""
    pairs = zip(picture.series, COLOURS, strict=False)
    return tuple(GREY if name and name == picture.left else colour for name, colour in pairs)
