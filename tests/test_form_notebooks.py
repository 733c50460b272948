"""The notebooks on accounts and models, run by a program: a form is one line, nothing waits."""

from __future__ import annotations

import nbformat
import pytest

from test_notebooks import NOTEBOOKS, OneAsyncKernel, Watched, environment


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("name", "forms", "first"),
    [
        ("accounts", ("enter", "named", "table", "python"), "none yet"),
        ("models", ("discover", "defaults", "panel", "python"), "{}"),
    ],
)
def test_each_form_says_in_one_line_what_to_do_instead(tmp_path, name, forms, first):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    client = Watched(notebook, timeout=60, kernel_manager_class=OneAsyncKernel, resources=where)
    cells = {cell.id: cell for cell in client.run(environment(tmp_path)).nb.cells}
    for form in forms:
        (output,) = cells[form].outputs
        words = output.data["text/plain"]
        assert "needs a notebook that somebody looks at" in words
        assert "`%provider " in words
        assert "\n" not in words
        assert "application/vnd.jupyter.widget-view+json" not in output.data
    assert first in cells["without"].outputs[0].data["text/plain"]
