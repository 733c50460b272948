"""Take the pictures of answers side by side and in the background: `make pictures`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from lab import browser, theme, until  # noqa: E402 - found by the line above

from loopback import delta, ending, serving  # noqa: E402
from nbprovider import config  # noqa: E402

SCALE = 1.25
SAID = {
    "gpt-6-luna": (
        "Bake a hundred loaves a day and weigh them: single loaves differ, but the **mean of each"
        " day** hardly does. Those means pile up like a bell, whatever the loaves are like:\n\n"
        "$$\\bar{x} \\sim N(\\mu, \\sigma^2 / n)$$\n"
    ),
    "gpt-6.1-sol": (
        "Think of *one day's average* instead of one loaf.\n\n"
        "| loaves a day | spread of the mean |\n|---:|---:|\n| 1 | 20 g |\n| 25 | 4 g |\n"
        "| 100 | 2 g |\n\nFour times the loaves, half the spread.\n"
    ),
}


def answer(peer):
    """Answer at a pace that can be seen; one of the models does not exist."""
    if peer.request["method"] == "GET":
        peer.whole(200, {"data": []})
        return
    model = peer.request["body"]["model"]
    words = SAID.get(model)
    if words is None:
        peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})
        return
    peer.head()
    step = 3 if "in the background" in str(peer.request["body"]) else 12
    for start in range(0, len(words), step):
        peer.chunk(delta(words[start : start + step], model))
        time.sleep(0.05 if model == "gpt-6-luna" else 0.1)
    peer.chunk(ending(prompt=23, completion=len(words) // 4))
    peer.end()


def pictures(folder: Path, name: str, suffix: str) -> None:
    """Take all of them in a theme, "Light" or "Dark"."""
    compared = f"%%chat --new --compare {','.join([*SAID, 'gpt-6.2-nova'])} -o answers\n"
    cells = (
        "%load_ext nbprovider",
        f"{compared}Explain the central limit theorem to a baker.",
        "%%chat gpt-6.1-sol --new --bg -o story\nExplain it in the background.",
        "for day in range(5):\n    print('day', day, 'of another cell', flush=True)",
    )
    with serving(answer) as server, tempfile.TemporaryDirectory() as home:
        environment = {
            config.HOME: home,
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "OPENAI_API_KEY": "sk-of-a-picture-0123456789",
        }
        with (
            browser(Path(home) / "lab", environment, theme(name), SCALE) as lab,
            lab.notebook("parallel", *cells) as notebook,
        ):
            notebook.run(0)
            notebook.start(1)
            notebook.wait(1)
            until(lambda: notebook.text(1).count("tokens/s") == 2, "footers")
            take(notebook, 1, folder / f"compare{suffix}.png")
            notebook.run(2)
            notebook.start(3)
            until(lambda: "day 4" in notebook.text(3), "the other cell")
            take(notebook, 2, folder / f"background{suffix}.png", below=3)


def take(notebook, number: int, path: Path, below: int | None = None) -> None:
    """Take a cell with what it shows, and the cells after it down to another."""
    notebook.page.mouse.move(0, 0)
    notebook.page.wait_for_timeout(300)
    last = notebook.cell(number if below is None else below)
    last.scroll_into_view_if_needed()
    first, end = notebook.cell(number).bounding_box(), last.bounding_box()
    clip = {**first, "height": end["y"] + end["height"] - first["y"]}
    notebook.page.screenshot(path=path, clip=clip)


if __name__ == "__main__":
    os.environ.pop(config.HOME, None)
    for theme_name, ending_ in (("Light", ""), ("Dark", "-dark")):
        pictures(Path(sys.argv[1]), theme_name, ending_)
