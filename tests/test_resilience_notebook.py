"""The notebook on resilience, run in a real kernel on the two servers that it starts itself."""

from __future__ import annotations

import re

import nbformat
import pytest

from test_notebooks import NOTEBOOKS, OneAsyncKernel, Watched, environment

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Run the notebook; return its cells by their ids, each with all that it showed."""
    home = tmp_path_factory.mktemp("home")
    notebook = nbformat.read(NOTEBOOKS / "resilience.ipynb", as_version=4)
    where = {"metadata": {"path": str(home)}}
    client = Watched(notebook, timeout=60, kernel_manager_class=OneAsyncKernel, resources=where)
    client.run(environment(home))
    return {cell.id: (cell, client.seen[number]) for number, cell in enumerate(notebook.cells)}


def text(cells, name):
    """Return what remains below a cell, as plain text."""
    outputs = cells[name][0].outputs
    return "\n".join(output.data["text/plain"] for output in outputs if "data" in output)


def footer(cells, name):
    return text(cells, name).splitlines()[-1]


def test_only_the_cell_that_says_so_fails(cells):
    failed = [
        name
        for name, (cell, _) in cells.items()
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    ]
    assert failed == ["blocked"]


def test_what_is_overloaded_once_is_tried_again(cells):
    assert "after 1 failed attempt: Overloaded" in footer(cells, "retry")
    assert any("trying north:gpt-6.1-sol again in" in shown for shown in cells["retry"][1])


def test_what_breaks_off_is_folded_away_above_the_answer_of_the_next(cells):
    shown = cells["fallback"][0].outputs[0].data["text/markdown"]
    fold, _, below = shown.partition("</details>")
    assert fold.count("This is north.") == 3
    assert "Going on with south:gpt-6.1-sol." in fold
    assert below.strip().startswith("This is south. You asked: Who is there?")
    assert "south answered after 3 failed attempts: Unavailable at north" in below


def test_an_open_circuit_is_passed_over_and_closes_when_all_is_well(cells):
    assert "south answered after 1 failed attempt: CircuitOpen" in footer(cells, "open")
    assert re.search(r"north +gpt-6.1-sol +open +3", text(cells, "health"))
    assert text(cells, "healed").startswith("This is north.")
    assert re.search(r"north +gpt-6.1-sol +closed +0", text(cells, "health-again"))


def test_a_budget_makes_answers_shorter_then_blocks(cells):
    assert "Nothing was sent." in text(cells, "dry-run")
    assert "by the budget" in footer(cells, "budget-shorter")
    (error,) = cells["blocked"][0].outputs
    assert error.ename == "BudgetExceeded"
    assert "of the budget of the day is spent" in footer(cells, "over")


def test_auto_takes_the_cheap_model_or_the_strong_one(cells):
    assert "auto: cheap (a simple task)" in footer(cells, "easy")
    assert "auto: strong (words of reasoning" in footer(cells, "hard")
    assert "strong: south:gpt-6.1-sol." in text(cells, "explain")


def test_the_table_at_the_end_has_every_attempt(cells):
    table = text(cells, "usage")
    for words in ("overloaded: ", "unavailable: ", "circuit_open: ", "budget_exceeded: ", "True"):
        assert words in table
