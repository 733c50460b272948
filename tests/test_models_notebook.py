"""The notebook on models, run by a program: each form is one line, and nothing waits."""

from __future__ import annotations

import nbformat
import pytest

from test_notebooks import NOTEBOOKS, OneAsyncKernel, Watched, environment

FORMS = ("discover", "defaults", "panel", "python")


@pytest.mark.kernel
def test_each_form_says_in_one_line_what_to_do_instead(tmp_path):
    notebook = nbformat.read(NOTEBOOKS / "models.ipynb", as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    client = Watched(notebook, timeout=60, kernel_manager_class=OneAsyncKernel, resources=where)
    cells = {cell.id: cell for cell in client.run(environment(tmp_path)).nb.cells}
    for name in FORMS:
        (output,) = cells[name].outputs
        words = output.data["text/plain"]
        assert "needs a notebook that somebody looks at" in words
        assert "`%provider " in words
        assert "\n" not in words
        assert "application/vnd.jupyter.widget-view+json" not in output.data
    assert cells["without"].outputs[0].data["text/plain"] == "{}"
