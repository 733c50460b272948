"""A reader's view of what goes with a question: the corrected cell, cells above, every part."""

from __future__ import annotations

import pytest
from context_pictures import ANSWER, ASK, BROKEN, FIX, MENDED, SETUP
from lab import until

from loopback import answering, serving

pytestmark = pytest.mark.browser

DRAWN = "all => all.filter(one => one.naturalWidth > 100).length"


def code(notebook, number):
    lines = notebook.cell(number).locator(".cm-line").all_inner_texts()
    return "\n".join(lines).strip()


def test_the_corrected_cell_appears_below_and_is_not_run(lab):
    with serving(answering(*ANSWER)) as server:
        cells = (SETUP.format(url=server.url), BROKEN, FIX, "after = 1")
        with lab.notebook("mending", *cells) as notebook:
            for cell in range(3):
                notebook.run(cell)
            until(lambda: "first token" in notebook.text(2), "no footer was seen")
            until(lambda: code(notebook, 3) == MENDED, "no cell came below")
            assert code(notebook, 4) == "after = 1"
            assert notebook.cell(3).locator(".jp-InputPrompt").inner_text().strip() == "[ ]:"
            fold = notebook.output(2).locator("details").first
            assert "KeyError in cell In[2]" in fold.locator("summary").inner_text()
            assert not fold.locator("pre").first.is_visible()
            fold.locator("summary").click()
            until(fold.locator("pre").first.is_visible, "it did not open")
            assert "columns: species" in fold.inner_text()
            notebook.run(3)
            assert "Gentoo" in notebook.text(3)


def test_the_cells_above_are_those_of_the_notebook_as_it_is(lab):
    """Lab says which cell runs; what was run since the file was saved is taken as it was run."""
    with serving(answering("fine")) as server:
        ask = "%%chat openai-compatible:tiny --context above:1\nWhat is it?"
        cells = (SETUP.format(url=server.url), "answer = 41 + 1\nanswer", ask, "below = 'unseen'")
        with lab.notebook("looking", *cells) as notebook:
            notebook.run(0)
            notebook.run(3)
            notebook.run(1)
            notebook.run(2)
            until(lambda: "context: 1 cell above" in notebook.text(2), "no footer was seen")
            assert "as looking.ipynb was saved at" in notebook.text(2)
            assert "1 of them as run since" in notebook.text(2)
            sent = str(server.requests[-1]["body"]["messages"])
            assert "answer = 41 + 1" in sent
            assert "42" in sent
            assert "unseen" not in sent


def test_every_part_is_shown_pictures_as_pictures(lab):
    cells = (SETUP.format(url="http://127.0.0.1:9"), ASK)
    with lab.notebook("showing", *cells) as notebook:
        notebook.run(0)
        notebook.run(1)
        until(lambda: "Nothing was sent" in notebook.text(1), "nothing was shown")
        images = notebook.output(1).locator("img")
        until(lambda: images.evaluate_all(DRAWN) == 1, "the figure is not to be seen")
        assert images.first.get_attribute("alt")
        assert "DataFrame, 3 rows, 2 columns" in notebook.text(1)
        assert "Be brief." in notebook.text(1)
