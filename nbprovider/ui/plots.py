"""Pictures of what was spent: by Altair in a notebook, as bars of text elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nbprovider.api import records
from nbprovider.credentials import redact
from nbprovider.credentials.edge import EDGE
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger.periods import When
from nbprovider.session import budget_left, pictures
from nbprovider.view.picture import Picture

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""What JupyterLab, Notebook 7 and VS Code draw by themselves, without a network."""

NEEDED = "%pip install 'nbprovider[plots]'"


class Plot:
    """A picture to be shown as a cell's value.

    `description` says in words what it shows; `text` is the picture as bars of text; `chart` is
    Altair's, to be changed or saved.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    @property
    def description(self) -> str:
        """The picture in words, with what is not in it."""
        return redact(self.picture.words)

    @property
    def chart(self) -> alt.LayerChart:
        """The Altair chart.

        Raises ConfigError where Altair is not installed, UsageError where there is nothing to draw.
        """
        if self.picture.empty:
            raise UsageError(
                f"There is nothing to draw: {self.picture.description}",
                hint="Ask something first, or draw another time.",
            )
        if not _has_altair():
            raise ConfigError(
                "Pictures need the package altair, which is not installed.",
                hint=f"Run `{NEEDED}`. The same as bars of text needs nothing.",
            )
        from nbprovider.ui import charts

        return charts.chart(self.picture)

    @property
    def text(self) -> str:
        """The picture as bars of text, without colours."""
        from nbprovider.ui import bars

        return redact(bars.text(self.picture))

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show the chart where a notebook is, bars of text elsewhere."""
        from nbprovider.ui.front import in_notebook

        if not in_notebook():
            from nbprovider.ui import bars

            return {"text/plain": redact(bars.coloured(self.picture))}
        if self.picture.empty:
            return {"text/plain": self.description, "text/markdown": self.description}
        if not _has_altair():
            return {"text/plain": f"{self.text}\n\n`{NEEDED}` makes a picture of it."}
        return {"text/plain": self.text, VEGA_LITE: self._spec()}

    def _spec(self) -> dict[str, Any]:
        from nbprovider.ui import charts

        found: dict[str, Any] = json.loads(redact(json.dumps(charts.spec(self.picture))))
        return found


def plot_cost(
    by: str | Sequence[str] | None = None,
    since: When | None = None,
    until: When | None = None,
    kind: str = "spend",
) -> Plot:
    """Draw what was spent; a cell shows it as a chart, a terminal as bars.

    - `kind`: "spend" (USD), "tokens" (by kind), "latency" (cost against the time to the first
      token), "duration" (cost against the whole time), "budget" (what is left)
    - `by`: words as in `cost`; with a period, columns beside each other, else bars below each
      other; none: by day and model. For other kinds than spend, the one by which it is told apart
    - `since`, `until`: as in `cost`

    What has no known price is not drawn, and said to be left out. Raises UsageError for a word that
    means nothing here.
    """
    with EDGE:
        pictures.check(kind)
        if kind == "budget":
            return Plot(budget_left.picture())
        words = [by] if isinstance(by, str) else list(by or ())
        if kind in ("latency", "duration"):
            return plot(records.usage(since, until), kind, words[0] if words else "")
        usual = ["day", "model"] if kind == "spend" else ["model"]
        return plot(records.cost(words or usual, since, until), kind)


def plot(frame: pd.DataFrame, kind: str = "spend", by: str = "") -> Plot:
    """Return a frame of `usage()` or `cost()` as a picture; see `plot_cost`."""
    with EDGE:
        return Plot(pictures.pictured(frame, kind, by))


def _has_altair() -> bool:
    return find_spec("altair") is not None
