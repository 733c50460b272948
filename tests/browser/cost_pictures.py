"""Take the pictures of docs/costs.md in JupyterLab, from its notebook: `make pictures`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE)]

from lab import Notebook, browser, theme  # noqa: E402 - found by the line above

from nbprovider import config  # noqa: E402

LOAD = "import nbprovider\n%load_ext nbprovider\nusage = nbprovider.usage()"
TAKEN = {
    "plot-days": "by-day",
    "plot-latency": "latency",
    "plot-tokens": "tokens",
    "budget": "budget",
}
SCALE = 1.25
CHART = ".jp-RenderedVegaCommon5 svg.marks"


def sources() -> dict[str, str]:
    """Return the cells of the notebook by their ids."""
    cells = json.loads((ROOT / "notebooks" / "costs.ipynb").read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def take(notebook: Notebook, number: int, path: Path) -> None:
    """Take the chart below a cell; the pointer is elsewhere, so that no tip is shown."""
    notebook.page.mouse.move(0, 0)
    chart = notebook.output(number).locator(CHART)
    chart.wait_for(timeout=30_000)
    chart.screenshot(path=path)


def pictures(folder: Path, name: str, suffix: str) -> None:
    """Take all of them in a theme, "Light" or "Dark"."""
    told = sources()
    cells = [told["seed"], LOAD, *(told[one] for one in TAKEN)]
    with tempfile.TemporaryDirectory() as home:
        environment = {config.HOME: home, "TZ": "UTC"}
        with (
            browser(Path(home) / "lab", environment, theme(name), SCALE) as lab,
            lab.notebook("costs", *cells) as notebook,
        ):
            for number in range(len(cells)):
                notebook.run(number, 120)
            for number, taken in enumerate(TAKEN.values(), 2):
                take(notebook, number, folder / f"costs-{taken}{suffix}.png")


if __name__ == "__main__":
    os.environ.pop(config.HOME, None)
    for theme_name, ending in (("Light", ""), ("Dark", "-dark")):
        pictures(Path(sys.argv[1]), theme_name, ending)
