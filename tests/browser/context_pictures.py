"""What of the notebook goes with a question, for a reader: the cells, the script, the pictures."""

from __future__ import annotations

import time
from pathlib import Path

from lab import Browser, Notebook, until

from loopback import answering, serving

SETUP = """import os
%load_ext nbprovider
os.environ["OPENAI_COMPATIBLE_BASE_URL"] = "{url}/v1"
os.environ["OPENAI_API_KEY"] = "a-key-of-nobody"
import pandas as pd
from matplotlib.figure import Figure
species, mass = ["Adelie", "Gentoo", "Chinstrap"], [3700.0, 5076.0, 3733.0]
df = pd.DataFrame({{"species": species, "mass": mass}})
fig = Figure(figsize=(4, 1.6), layout="constrained")
_ = fig.subplots().bar(df.species, df.mass)
"""
BROKEN = 'heaviest = df.sort_values("weight").tail(1)\nheaviest.species'
FIX = "%fix -m openai-compatible:tiny"
MENDED = 'heaviest = df.sort_values("mass").tail(1)\nheaviest.species'
ANSWER = (
    "The table has no column `weight`: the masses are in `mass`, so `sort_values` raises a",
    " `KeyError`. Sorting by `mass` is what you want.\n\n",
    f"```python\n{MENDED}\n```\n",
)
ASK = """%%chat gpt-6-luna -t 0 -s "Be brief." --show-prompt
Which bar of {{ fig }} is too high? The numbers are

{{ df }}"""


def fix(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take `%fix`: what is sent opened, the answer, and the corrected cell below."""
    with serving(answering(*ANSWER)) as server:
        cells = (SETUP.format(url=server.url), BROKEN, FIX)
        with lab.notebook(f"fix-{time.monotonic_ns()}", *cells) as notebook:
            for cell in range(3):
                notebook.run(cell)
            until(lambda: "first token" in notebook.text(2), "no footer was seen")
            until(lambda: notebook.cell(3).count(), "no cell came below")
            notebook.output(2).locator("summary").first.click()
            _picture(notebook, folder / f"fix{suffix}.png", 2, 3)


def outgoing(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take `--show-prompt`."""
    cells = (SETUP.format(url="http://127.0.0.1:9"), ASK)
    with lab.notebook(f"outgoing-{time.monotonic_ns()}", *cells) as notebook:
        notebook.run(0)
        notebook.run(1)
        until(lambda: "Nothing was sent" in notebook.text(1), "nothing was shown")
        _picture(notebook, folder / f"show-prompt{suffix}.png", 1, 1)


def _picture(notebook: Notebook, path: Path, first: int, last: int) -> None:
    """Take cells that stand below each other, without a focus or a pointer on them."""
    notebook.page.set_viewport_size({"width": 1000, "height": 1900})
    notebook.page.evaluate("document.activeElement.blur()")
    notebook.page.mouse.move(0, 0)
    notebook.page.wait_for_timeout(400)
    boxes = [notebook.cell(number).bounding_box() for number in range(first, last + 1)]
    top, end = boxes[0]["y"], boxes[-1]["y"] + boxes[-1]["height"]
    clip = {**boxes[0], "y": top, "height": end - top}
    notebook.page.screenshot(path=path, clip=clip)
