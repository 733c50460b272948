"""Several answers at once in JupyterLab: side by side, and in the background of other cells."""

from __future__ import annotations

import threading

import pytest
from axe import violations
from lab import until

from loopback import delta, ending, serving

pytestmark = pytest.mark.browser

A, B, BAD = (f"openai-compatible:{name}" for name in ("first", "second", "bad"))

TALK = """## {0}

A *median* costs between $5 and $10, says {0}:

| n | value |
|---|---:|
| 1 | $x_1$ |
| 2 | 7 |

```python
median = sorted(values)[len(values) // 2]
```

<script>window.ran = true</script><img src=x onerror="window.ran = true">
"""


class Provider:
    """Answer with the model's own name at once, and with the rest when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, peer):
        if peer.request["method"] == "GET":
            peer.whole(200, {"data": []})
            return
        model = peer.request["body"]["model"]
        if model == "bad":
            peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})
            return
        peer.head()
        peer.chunk(delta(f"Here is {model}.\n\n", model))
        if not self.go.wait(20):
            return
        peer.chunk(delta(TALK.format(model), model))
        peer.chunk(ending())
        peer.end()


def pointed(server):
    """Return a cell that lets the questions go to this server."""
    begin = f"import os\nos.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'\n"
    return begin + "%load_ext nbprovider"


def columns(notebook, number):
    return notebook.output(number).locator('[role="group"]')


def test_answers_grow_side_by_side_and_live_in_the_file(lab):
    """Each is seen while the others still come; nothing of a model's own HTML runs.

    A page that is loaded anew has the same columns.
    """
    provider = Provider()
    ask = f"%%chat --new --compare {A},{B},{BAD} -o frame\nWhat is a median?"
    with (
        serving(provider) as server,
        lab.notebook("compare", pointed(server), ask, "print(*frame.status)") as notebook,
    ):
        notebook.run(0)
        notebook.start(1)
        for words in ("Here is first.", "Here is second.", "UnknownModel", "1 of 3 have answered"):
            until(lambda words=words: words in notebook.text(1), words)
        provider.go.set()
        notebook.wait(1)
        until(lambda: notebook.text(1).count("tokens/s") == 2, "no footers were seen")
        boxes = [columns(notebook, 1).nth(n).bounding_box() for n in range(3)]
        assert len({round(box["y"]) for box in boxes}) == 1
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
        assert columns(notebook, 1).first.locator("table td").count() == 4
        assert "between $5 and $10" in notebook.text(1)
        assert notebook.page.evaluate("window.ran") is None
        assert violations(notebook.page, ".jp-Cell-outputArea [role=group]") == []
        notebook.run(2)
        assert "ok ok failed" in notebook.text(2)
        (output,) = notebook.save()["cells"][1]["outputs"]
        assert set(output["data"]) == {"text/html", "text/plain"}
        assert len(output["metadata"]["nbprovider"]["compared"]) == 3
        notebook.reload()
        until(lambda: notebook.text(1).count("tokens/s") == 2, "the saved columns were not seen")
        boxes = [columns(notebook, 1).nth(n).bounding_box() for n in range(3)]
        assert len({round(box["y"]) for box in boxes}) == 1


def test_the_stop_button_stops_all_and_leaves_what_they_said(lab):
    provider = Provider()
    with (
        serving(provider) as server,
        lab.notebook("stopped", pointed(server), f"%%chat --new --compare {A},{B}\nGo") as notebook,
    ):
        notebook.run(0)
        notebook.start(1)
        until(lambda: "Here is second." in notebook.text(1), "no words were seen")
        notebook.stop()
        notebook.wait(1, 20)
        until(lambda: notebook.text(1).count("interrupted") == 2, "no footers were seen")
        assert "Here is first." in notebook.text(1)


def test_an_answer_in_the_background_comes_into_its_own_cell_while_another_runs(lab):
    """What the other cell prints stays its own; the file and a page loaded anew have the answer."""
    provider = Provider()
    other = "import time\nfor n in range(60):\n    print(n, flush=True)\n    time.sleep(0.1)"
    ask = f"%%chat {A} --new --bg -o x\nWhat is a median?"
    with (
        serving(provider) as server,
        lab.notebook("background", pointed(server), ask, other, "x.result()") as notebook,
    ):
        notebook.run(0)
        notebook.run(1, 20)
        until(lambda: "Here is first." in notebook.text(1), "no words were seen")
        assert "answering in the background" in notebook.text(1)
        notebook.start(2)
        until(lambda: "3" in notebook.text(2), "the other cell did not run")
        provider.go.set()
        until(lambda: "first · 7 → 3 tokens" in notebook.text(1), "no footer was seen")
        assert "59" not in notebook.text(2)
        assert "first" not in notebook.text(2)
        notebook.wait(2)
        notebook.run(3)
        (output,) = notebook.save()["cells"][1]["outputs"]
        assert "Here is first." in "".join(output["data"]["text/markdown"])
        assert output["metadata"]["nbprovider"]["asked"] == "first"
        notebook.reload()
        until(lambda: "first · 7 → 3 tokens" in notebook.text(1), "the saved footer was not seen")
