"""A model that uses two tools, for a reader: the cells, the script, and the picture."""

from __future__ import annotations

import json
import time
from pathlib import Path

from lab import Browser, until

from loopback import delta, ending, serving

CELLS = (
    """import os
import nbprovider
%load_ext nbprovider
os.environ["OPENAI_COMPATIBLE_BASE_URL"] = "{url}/v1"

def forecast(city: str, days: int = 3) -> list[dict]:
    \"\"\"Tell the weather of the next days.\"\"\"
    skies = ["sunny", "cloudy", "rain", "sunny", "fog"]
    return [{{"day": day, "sky": skies[day % 5], "celsius": 21 - day}} for day in range(days)]

def trains(start: str, to: str) -> str:
    \"\"\"Find the next train.\"\"\"
    return f"{{start}} 08:14 → {{to}} 11:02"
""",
    """%%chat openai-compatible:tiny --tools forecast,trains
Is Saturday a day for Rome? I would leave Milan in the morning.""",
)
WORDS = (
    "Yes: Saturday stays **sunny** with 20 °C, and the rain comes on Sunday."
    " The 08:14 from Milan is in Rome at 11:02."
)


def called(index: int, name: str, pieces: tuple[str, ...]) -> list[str]:
    """Return the chunks of a stream that ask for a tool, its arguments in pieces."""
    calls: list[dict] = [{"index": index, "id": f"c{index}", "function": {"name": name}}]
    calls += [{"index": index, "function": {"arguments": piece}} for piece in pieces]
    chunks = ({"id": "r1", "choices": [{"delta": {"tool_calls": [call]}}]} for call in calls)
    return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]


def using_tools(peer) -> None:
    """Ask for both tools, then answer by what they gave."""
    peer.head()
    if peer.request["body"]["messages"][-1]["role"] == "tool":
        pieces = [delta(WORDS)]
    else:
        pieces = [delta("Let me look at the weather and the trains.")]
        pieces += called(0, "forecast", ('{"city": "Rome"', ', "days": 5}'))
        pieces += called(1, "trains", ('{"start": "Milan", ', '"to": "Rome"}'))
    for piece in pieces:
        peer.chunk(piece)
        time.sleep(0.02)
    peer.chunk(ending("stop" if len(pieces) == 1 else "tool_calls", prompt=312, completion=64))
    peer.end()


def tools(lab: Browser, folder: Path, suffix: str, _url: str) -> None:
    """Take the cell with its answer, one result opened."""
    with serving(using_tools) as server:
        cells = (CELLS[0].format(url=server.url), CELLS[1])
        with lab.notebook(f"tools-{time.monotonic_ns()}", *cells) as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: "2 steps" in notebook.text(1), "no footer was seen")
            notebook.output(1).locator("summary").first.click()
            notebook.page.evaluate("document.activeElement.blur()")
            notebook.page.mouse.move(0, 0)
            notebook.page.wait_for_timeout(400)
            notebook.cell(1).screenshot(path=folder / f"tools{suffix}.png")
