"""The notebook on tools, run in a real kernel on the model of three rules that it starts itself."""

from __future__ import annotations

import nbformat
import pytest

from test_notebooks import NOTEBOOKS, OneAsyncKernel, Watched, environment

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Run the notebook; return its cells by their ids."""
    home = tmp_path_factory.mktemp("home")
    notebook = nbformat.read(NOTEBOOKS / "tools.ipynb", as_version=4)
    where = {"metadata": {"path": str(home)}}
    client = Watched(notebook, timeout=60, kernel_manager_class=OneAsyncKernel, resources=where)
    client.run(environment(home))
    return {cell.id: cell for cell in notebook.cells}


def told(cells, name, kind="text/plain"):
    """Return what remains below a cell."""
    return "\n".join(o.data[kind] for o in cells[name].outputs if kind in o.get("data", {}))


def test_both_cities_are_asked_for_and_told(cells):
    shown = told(cells, "first")
    assert '🔧 forecast(city="Rome", days=5) → [{"day":0,"sky":"sunny"' in shown
    assert '🔧 forecast(city="Oslo", days=5) → [{"day":0,"sky":"snow"' in shown
    assert "I was told 2 things" in shown
    assert "2 steps" in shown
    assert told(cells, "first", "text/markdown").count("<details>") == 2


def test_an_error_is_told_and_mended(cells):
    shown = told(cells, "error")
    assert "⚠ forecast" in shown
    assert "LookupError: no such city: Olso. Did you mean Oslo?" in shown
    assert '🔧 forecast(city="Oslo", days=5)' in shown
    assert "3 steps" in shown


def test_a_frame_of_an_async_function_is_told_with_its_shape(cells):
    assert "🔧 sales(quarter=3) → DataFrame, 2 rows" in told(cells, "frame")


def test_where_nobody_sits_nothing_is_removed_unless_the_line_says_so(cells):
    assert "nobody can be asked here" in told(cells, "consent")
    assert "→ notes.txt is deleted" in told(cells, "approve")


def test_python_knows_the_steps_and_the_ledger_every_call(cells):
    assert "['forecast']" in told(cells, "python")
    assert "tool_calls" in told(cells, "ledger")


def test_no_cell_fails(cells):
    outputs = [output for cell in cells.values() for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
