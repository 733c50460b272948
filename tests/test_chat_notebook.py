"""The notebook on `%%chat` at its best, run in a real kernel on the real embedded model."""

from __future__ import annotations

import nbformat
import pytest

from model_fixture import model_home, model_weights, put_weights  # noqa: F401 - fixtures
from test_notebooks import NOTEBOOKS, OneAsyncKernel, Watched, environment

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def cells(model_weights, tmp_path_factory):  # noqa: F811 - the fixture
    """Run the notebook; return its cells by their ids."""
    home = tmp_path_factory.mktemp("home")
    put_weights(home, model_weights)
    notebook = nbformat.read(NOTEBOOKS / "chat.ipynb", as_version=4)
    where = {"metadata": {"path": str(home)}}
    client = Watched(notebook, timeout=120, kernel_manager_class=OneAsyncKernel, resources=where)
    client.run(environment(home))
    return {cell.id: cell for cell in notebook.cells}


def told(cells, name, kind="text/plain"):
    """Return what remains below a cell."""
    return "\n".join(o.data[kind] for o in cells[name].outputs if kind in o.get("data", {}))


def test_no_cell_fails(cells):
    outputs = [o for cell in cells.values() for o in cell.get("outputs", ())]
    assert [o for o in outputs if o.output_type == "error"] == []


def test_the_prompt_is_shown_part_by_part_and_nothing_is_sent(cells):
    shown = told(cells, "show-prompt")
    assert "Answer in one sentence." in shown
    assert "DataFrame, 2 rows" in shown
    assert "Nothing was sent." in shown


def test_fields_on_the_line_are_an_object_and_records_a_frame(cells):
    assert "'name': 'Berlin'" in told(cells, "city")
    dtypes = told(cells, "cities")
    assert "string" in dtypes
    assert "Int64" in dtypes


def test_three_are_asked_side_by_side(cells):
    shown = told(cells, "compare-cell")
    assert "I doubt it." in shown
    assert "much better" in shown.replace("*", "")
    frame = told(cells, "opinions")
    assert "embedded   0.0" in frame


def test_the_answer_in_the_background_is_there_when_it_is_waited_for(cells):
    assert told(cells, "meanwhile") == "332833500"
    assert "'ok')" in told(cells, "result")


def test_a_chat_goes_back_and_is_forked(cells):
    assert "penguins-2" in told(cells, "chats-table")


def test_what_was_recorded_is_given_again_at_no_cost(cells):
    assert told(cells, "same") == "(True, 0.0)"
    assert "replayed" in told(cells, "replayed")
    assert "replay" in told(cells, "ledger")
