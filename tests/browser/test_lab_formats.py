"""A reader's view of forms: a page that is shut up in its frame, code in the cell below."""

from __future__ import annotations

import json

import pytest
from format_pictures import ASK_CODE, ASK_PAGE, CODE, SETUP, answering
from lab import until

from loopback import serving

pytestmark = pytest.mark.browser


def test_a_page_is_seen_in_its_frame_where_nothing_runs_and_nothing_is_loaded(lab):
    asked = []
    with serving(answering) as server:
        setup = SETUP.format(url=server.url)
        with lab.notebook("page", setup, ASK_PAGE) as notebook:
            notebook.page.on("request", lambda request: asked.append(request.url))
            notebook.run(0)
            notebook.run(1)
            until(lambda: notebook.output(1).locator("iframe").count(), "no frame was seen")
            inside = notebook.output(1).frame_locator("iframe")
            inside.locator("h1").wait_for()
            notebook.page.wait_for_timeout(1000)
            assert inside.locator("h1").inner_text() == "The first ten years of space flight"
            assert "A script has run" not in inside.locator("body").inner_text()
            assert inside.locator("h1").evaluate("e => getComputedStyle(e).fontSize") == "22px"
            assert not [url for url in asked if "example.org" in url]
            notebook.output(1).locator("summary").click()
            until(lambda: "<title>Space flight" in notebook.text(1), "no source was seen")
            assert notebook.output(1).locator("iframe").get_attribute("title")
            (output,) = notebook.save()["cells"][1]["outputs"]
            assert "Sputnik 1 orbits" in "".join(output["data"]["text/plain"])
            notebook.reload()
            inside = notebook.output(1).frame_locator("iframe")
            inside.locator("h1").wait_for()
    assert not [url for url in asked if "example.org" in url]


def test_code_comes_into_a_new_cell_below_that_has_not_run(lab):
    with serving(answering) as server:
        setup = SETUP.format(url=server.url)
        with lab.notebook("below", setup, ASK_CODE, "'the next cell'") as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: "moving_average" in notebook.cell(2).inner_text(), "no cell below")
            cells = notebook.save()["cells"]
    assert ["".join(cell["source"]) for cell in cells[2:]] == [CODE, "'the next cell'"]
    assert cells[2]["execution_count"] is None
    assert "```" not in cells[2]["source"]


def test_a_page_of_a_notebook_that_is_not_trusted_is_read_as_source(lab):
    with serving(answering) as server:
        setup = SETUP.format(url=server.url)
        with lab.notebook("untrusted", setup, ASK_PAGE) as notebook:
            notebook.run(0)
            notebook.run(1)
            until(lambda: notebook.output(1).locator("iframe").count(), "no frame was seen")
            saved = notebook.save()
    saved["metadata"]["copied"] = True  # so the file is not the one that was signed
    file = lab.server.notebooks / "somebody-elses.ipynb"
    file.write_text(json.dumps(saved))
    with lab.tab(file) as notebook:
        until(lambda: notebook.output(1).locator("details").count(), "no source was seen")
        assert notebook.output(1).locator("iframe").count() == 0
        notebook.output(1).locator("summary").click()
        until(lambda: "<title>Space flight" in notebook.text(1), "the source did not open")
