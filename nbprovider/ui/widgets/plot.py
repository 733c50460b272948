"""A small plot of bars, drawn as SVG that needs no script and takes the theme's colours."""

from __future__ import annotations

from nbprovider.ui.forms import Plot, Point
from nbprovider.ui.widgets.pieces import Html
from nbprovider.ui.widgets.style import escaped

WIDTH, HEIGHT, BELOW, ASIDE = 600, 90, 18, 12
"""Units of the drawing: its bars' room, and the room for words below them and beside them."""

LEAST = 2
"""Units of the height of a bar that is not nothing."""

EACH = 2
"""Every so many bars have words below them."""


class PlotPiece(Html):
    """Bars side by side; what each says is in a table that only screen readers see."""

    def show(self, part: Plot) -> None:
        """Show the plot, nothing where there are no bars."""
        self.put(_figure(part) if part.points else "")


def _figure(part: Plot) -> str:
    label = escaped(part.label)
    told = "; ".join(f"{escaped(p.label)}: {escaped(p.words)}" for p in part.points)
    step = WIDTH / len(part.points)
    bars = "".join(_bar(p, n * step, step) for n, p in enumerate(part.points))
    last = len(part.points) - 1
    words = "".join(
        _word(p, n * step + step / 2) for n, p in enumerate(part.points) if (last - n) % EACH == 0
    )
    line = f'<line class="nbp-base" x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}"/>'
    return (
        f'<div class="nbp-head">{label}</div>'
        f'<svg class="nbp-plot" role="img" aria-label="{label}. {told}"'
        f' viewBox="0 0 {WIDTH + ASIDE} {HEIGHT + BELOW}">{bars}{line}{words}</svg>'
    )


def _bar(point: Point, left: float, step: float) -> str:
    share = max(0.0, min(1.0, point.share))
    high = max(LEAST, share * HEIGHT) if share else 0
    said = f"<title>{escaped(point.label)}: {escaped(point.words)}</title>"
    return (
        f'<g>{said}<rect class="nbp-room" x="{left:.1f}" y="0" width="{step:.1f}"'
        f' height="{HEIGHT}"/><rect class="nbp-full" x="{left + step * 0.15:.1f}"'
        f' y="{HEIGHT - high:.1f}" width="{step * 0.7:.1f}" height="{high:.1f}" rx="2"/></g>'
    )


def _word(point: Point, middle: float) -> str:
    return f'<text x="{middle:.1f}" y="{HEIGHT + 13}">{escaped(point.label)}</text>'
