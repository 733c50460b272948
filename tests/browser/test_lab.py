"""A reader's view: an answer that streams into JupyterLab, in a real Chromium."""

from __future__ import annotations

import json
import socket
import threading
import time
from itertools import pairwise

import pytest
from lab import until

from loopback import delta, ending, serving

pytestmark = pytest.mark.browser

LOAD = "%load_ext nbprovider"
ASK = "%%chat openai-compatible:tiny\nTell me"

ANSWER = r"""# How to test a stream

It is tested **from outside**, and costs between $5 and $10: one looks at *what a reader sees*.

1. Start the server.
2. Read the first words:
   - they come early,
   - they stay.

   Here is how:

   ```python
   stream = ask("hello")
   ```
3. Stop in the middle.

```python
def mean(values):
    total = sum(values)

    return total / len(values)
```

| library | lines | notes |
|---|---:|---|
| one | 1,200 | small |
| two | 98,000 | large, with a **bold** claim |

The mean is $\bar{x} = \frac{1}{n}\sum_i x_i$, and its variance

\[ \operatorname{Var}(\bar{x}) = \frac{\sigma^2}{n}. \]

> A quotation near the end.

That is all.
"""

WATCH = """number => {
    const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[number];
    const frames = window.frames_seen = [];
    const look = () => {
        const area = cell.querySelector('.jp-Cell-outputArea');
        const parts = [...cell.querySelectorAll('.jp-OutputArea-child')];
        const tops = parts.map(part => part.getBoundingClientRect().bottom);
        const top = area ? area.getBoundingClientRect().top : 0;
        frames.push([Math.max(top, ...tops) - top, area ? area.innerText.slice(-60) : '']);
        if (!window.frames_stop) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
"""Write down, in every frame, the height of a cell's outputs and their last words."""


LINE = 20
"""Pixels: the height of a line of words."""


def thinking(text):
    choice = {"index": 0, "delta": {"reasoning_content": text}, "finish_reason": None}
    return f"data: {json.dumps({'id': 'r1', 'model': 'tiny', 'choices': [choice]})}\n\n"


def slowly(peer):
    """Wait, think, answer in small pieces for some seconds, with a pause in the middle."""
    peer.head()
    time.sleep(0.7)
    for _ in range(10):
        peer.chunk(thinking("The reader wants to see it. "))
        time.sleep(0.02)
    pieces = [ANSWER[i : i + 5] for i in range(0, len(ANSWER), 5)]
    for number, piece in enumerate(pieces):
        peer.chunk(delta(piece))
        time.sleep(3 if number == 30 else 0.015)
    peer.chunk(ending())
    peer.end()


class Held:
    """A provider that says a few words, and the rest only when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, peer):
        peer.head()
        peer.chunk(delta("First words. "))
        if self.go.wait(20):
            peer.chunk(delta("Last words."))
            peer.chunk(ending())
            peer.end()


def endless(peer):
    """Send a word now and then until the other side has had enough."""
    peer.head()
    for number in range(1000):
        peer.chunk(delta(f"word{number} "))
        if peer.wait_closed(0.05):
            return


def pointed(server):
    """Return a cell that lets the questions go to this server."""
    return f"import os\nos.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'\n{LOAD}"


def outputs(saved, number):
    return saved["cells"][number]["outputs"]


def test_words_are_seen_while_the_provider_still_sends_and_live_in_the_file(lab):
    """The first words are on the page before the last are sent.

    The saved file and a page that is loaded anew have one output, with provenance.
    """
    held = Held()
    with serving(held) as server, lab.notebook("words", pointed(server), ASK) as notebook:
        notebook.run(0)
        notebook.start(1)
        until(lambda: "First words." in notebook.text(1), "no words were seen")
        assert "Last words." not in notebook.text(1)
        held.go.set()
        notebook.wait(1)
        until(lambda: "tiny · 7 → 3 tokens" in notebook.text(1), "no footer was seen")
        (output,) = outputs(notebook.save(), 1)
        assert output["output_type"] == "display_data"
        assert set(output["data"]) == {"text/plain", "text/markdown"}
        assert output["metadata"]["nbprovider"]["model"] == "tiny"
        notebook.reload()
        until(lambda: "tiny · 7 → 3 tokens" in notebook.text(1), "the saved footer was not seen")
        assert "First words. Last words." in notebook.text(1)


def test_nothing_jumps_while_an_answer_streams(lab):
    """In no painted frame is the output lower than in the one before it.

    It waits, thinks, pauses, has lists, code, a table and formulas. At the end, when one output
    takes the place of many, it may shrink by less than a line. The fonts of formulas are loaded
    before: when they come, lines change their height.
    """
    formulas = f"from IPython.display import Markdown\nMarkdown(r'''{ANSWER}''')"
    with (
        serving(slowly) as server,
        lab.notebook("steady", pointed(server), formulas, ASK) as notebook,
    ):
        notebook.run(0)
        notebook.run(1)
        until(lambda: notebook.output(1).locator("mjx-container").count(), "no formula was seen")
        notebook.page.evaluate(WATCH, 2)
        notebook.run(2)
        until(lambda: "7 → 3 tokens" in notebook.text(2), "no footer was seen")
        frames = notebook.page.evaluate("window.frames_stop = true, window.frames_seen")
        seen = notebook.output(2)
        assert seen.locator("table").count() == 1
        assert seen.locator("details:not([open])").count() == 1
        assert seen.locator("mjx-container").count() == 2
        assert "between $5 and $10" in notebook.text(2)
    drops = [(a[0] - b[0], b[1]) for a, b in pairwise(frames) if b[0] < a[0] - 1]
    assert not [words for _, words in drops if not words.endswith(" s")]
    assert sum(drop for drop, _ in drops) < LINE
    for words in ("waiting · openai-compatible:tiny", "thinking · ", "no words for 2 s"):
        assert any(words in last for _, last in frames)
    heights = {height for height, _ in frames}
    assert len(heights) > 15, "it did not grow step by step"


def test_the_stop_button_ends_the_cell_and_keeps_what_was_said(lab):
    with serving(endless) as server, lab.notebook("stop", pointed(server), ASK) as notebook:
        notebook.run(0)
        notebook.start(1)
        until(lambda: "word3" in notebook.text(1), "no words were seen")
        notebook.stop()
        notebook.wait(1, 10)
        until(lambda: "interrupted" in notebook.text(1), "no footer was seen")
        said, error = outputs(notebook.save(), 1)
    assert "word3" in "".join(said["data"]["text/markdown"])
    assert error["ename"] == "KeyboardInterrupt"
    assert len(error["traceback"]) == 1


def cut(peer):
    """Say a few words, then hang up."""
    peer.head()
    peer.chunk(delta("Half an answer"))
    peer.connection.shutdown(socket.SHUT_RDWR)


def test_another_provider_goes_on_below_a_seam_that_is_folded_away_at_the_end(lab):
    """Two prices in one line are words, not a formula."""
    held = Held()
    with serving(cut) as one, serving(held) as other:
        more = f"os.environ.update(GROQ_API_KEY='gsk_x123', GROQ_BASE_URL='{other.url}/openai/v1')"
        chain = "%provider chain create pair openai-compatible:tiny groq:openai/gpt-oss-20b"
        cells = (f"{pointed(one)}\n{more}", chain, "%%chat pair\nTell me", "%provider budget day 9")
        dry = "%%chat pair --dry-run\nTell me"
        with lab.notebook("seam", *cells, dry, "%provider budget day -") as notebook:
            notebook.run(0)
            notebook.run(1)
            notebook.start(2)
            until(lambda: "First words." in notebook.text(2), "the other one was not seen")
            seen = notebook.text(2)
            assert seen.count("Half an answer") == 3
            assert "Going on with groq:openai/gpt-oss-20b." in seen
            held.go.set()
            notebook.wait(2)
            until(lambda: "groq answered after 3 failed" in notebook.text(2), "no footer was seen")
            fold = notebook.output(2).locator("details:not([open])")
            assert fold.locator("summary").inner_text() == "⚠ 3 failed attempts"
            notebook.run(3)
            notebook.run(4)
            until(lambda: "left of $9.00" in notebook.text(4), "no budget was seen")
            assert notebook.output(4).locator("mjx-container").count() == 0
            notebook.run(5)
