"""Every notebook of the repository, run in a real kernel on the real embedded model."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

from kernels import OneKernel
from model_fixture import model_home, model_weights, put_weights  # noqa: F401 - fixtures
from nbprovider.ui.plots import VEGA_LITE

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SHOWS = {"display_data", "update_display_data"}
WITHOUT_A_MODEL = {"accounts", "chat", "models", "resilience", "tools"}
"""Notebooks that have a test of their own."""

OF_A_REAL_MODEL = sorted(p for p in NOTEBOOKS.glob("*.ipynb") if p.stem not in WITHOUT_A_MODEL)
KEPT_OF_THE_ENVIRONMENT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")


class OneAsyncKernel(AsyncKernelManager):
    """A kernel of this very Python, whatever kernels are registered on the machine."""

    kernel_spec = OneKernel.kernel_spec


class Watched(NotebookClient):
    """Run a notebook, keep for each cell what it showed, in order: also what it showed over."""

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in SHOWS:
            data = msg["content"]["data"]
            self.seen[cell_index].append(data.get("text/markdown") or data.get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)

    def run(self, environment):
        self.seen = defaultdict(list)
        self.execute(env=environment)
        return self


def environment(home: Path) -> dict[str, str]:
    """Return an environment without any key, for a person with this home."""
    kept = {n: os.environ[n] for n in KEPT_OF_THE_ENVIRONMENT if n in os.environ}
    own = {"HOME": str(home), "NBPROVIDER_HOME": str(home), "NBPROVIDER_EMBEDDED_GRACE": "0.5"}
    return {**kept, **own, "IPYTHONDIR": str(home / "ipython")}


@pytest.fixture(scope="module", params=OF_A_REAL_MODEL, ids=lambda p: p.stem)
def ran(request, model_weights, tmp_path_factory):  # noqa: F811 - the fixture
    home = tmp_path_factory.mktemp("home")
    put_weights(home, model_weights)
    notebook = nbformat.read(request.param, as_version=4)
    where = {"metadata": {"path": str(home)}}
    client = Watched(notebook, timeout=120, kernel_manager_class=OneAsyncKernel, resources=where)
    return client.run(environment(home))


def chat_cells(client):
    cells = enumerate(client.nb.cells)
    return [(n, cell) for n, cell in cells if cell.source.startswith("%%chat")]


def partial(shown):
    """Return the beginnings of an answer that were on screen before the whole of it."""
    *growing, final = shown
    words = final.partition("\n\n<small>")[0]
    beginnings = {text.rstrip() for text in growing}
    return {text for text in beginnings if text and text != words and words.startswith(text)}


@pytest.mark.model
@pytest.mark.timeout(300)
class TestRun:
    def test_no_cell_fails(self, ran):
        outputs = [o for cell in ran.nb.cells for o in cell.get("outputs", ())]
        assert outputs
        assert [o for o in outputs if o.output_type == "error"] == []

    def test_answers_stream_in(self, ran):
        """At ten repaints a second, how many there are of one answer is the machine's business."""
        assert chat_cells(ran)
        grown = [partial(ran.seen[number]) for number, _ in chat_cells(ran)]
        assert sum(map(len, grown)) >= 3, ran.seen

    def test_one_output_remains_and_says_where_it_comes_from(self, ran):
        for _, cell in chat_cells(ran):
            (output,) = cell.outputs
            provenance = output.metadata["nbprovider"]
            assert provenance["provider"] == "embedded"
            assert provenance["model"] == "smollm2-135m-instruct"
            assert provenance["usage"]["output"] > 0
            assert len(provenance["prompt_sha256"]) == 64
            assert "smollm2-135m-instruct · " in output.data["text/markdown"]
            assert "free (local)" in output.data["text/plain"]


@pytest.mark.model
@pytest.mark.timeout(300)
def test_the_quickstart_shows_tokens_cost_and_time_of_each_call(ran):
    if "Quickstart" not in ran.nb.cells[0].source:
        pytest.skip("only the quickstart ends with the table")
    table = next(c for c in ran.nb.cells if "%provider usage" in c.source).outputs[-1].data
    head, *rows = [line.split() for line in table["text/plain"].splitlines()]
    assert len(rows) == len(chat_cells(ran))
    for row in rows:
        shown = dict(zip(head, row[1:], strict=True))
        assert shown["status"] == "ok"
        assert int(shown["input"]) > 0
        assert int(shown["output"]) > 0
        assert (shown["cost"], shown["cost_source"]) == ("0.0", "local")
        assert 0 < float(shown["ttft"]) <= float(shown["duration"])


@pytest.fixture
def of_costs(ran):
    """Return what each cell of the notebook on costs leaves, by the cell's id."""
    cells = {cell.id: cell.get("outputs", []) for cell in ran.nb.cells}
    if "plot-days" not in cells:
        pytest.skip("only the notebook on costs draws")
    return {
        name: [output.get("data", {"text/plain": output.get("text", "")}) for output in outputs]
        for name, outputs in cells.items()
    }


@pytest.mark.model
@pytest.mark.timeout(300)
def test_the_notebook_on_costs_draws_what_it_has(of_costs):
    drawn = {name: shown[-1] for name, shown in of_costs.items() if shown}
    charts = [data[VEGA_LITE] for data in drawn.values() if VEGA_LITE in data]
    assert len(charts) == 5
    assert all(chart["description"] and any(chart["datasets"].values()) for chart in charts)
    assert "unknown price" in charts[0]["title"]["subtitle"][0]
    assert "left" in drawn["budget"]["text/plain"]


@pytest.mark.model
@pytest.mark.timeout(300)
def test_the_notebook_on_costs_tells_what_is_unknown_and_what_differs(of_costs):
    last = of_costs["usage"][-1]["text/plain"].splitlines()[-1]
    assert last.endswith("...") or "local" in last
    assert "NaN" in of_costs["cost"][-1]["text/plain"]
    (_, row) = of_costs["reconcile"][-1]["text/plain"].splitlines()[:2]
    assert "requests" in row


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_committed_notebook_has_no_outputs_and_named_cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells
    for cell in notebook.cells:
        assert len(cell.id) >= 3
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.fixture
def demo(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("demo", NOTEBOOKS / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "OUT", tmp_path / "demo" / "quickstart.ipynb")
    return module


@pytest.mark.model
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("model_home")
def test_the_demo_prints_the_answer_the_costs_and_how_to_open_it(demo, capsys):
    demo.main()
    told = capsys.readouterr().out
    assert "smollm2-135m-instruct · " in told
    assert "cost cost_source  ttft  duration" in told
    assert f"lab {demo.OUT}" in told
    assert demo.OUT.is_file()


def test_the_command_is_short_below_the_working_folder_and_whole_elsewhere(
    demo, monkeypatch, tmp_path
):
    project = tmp_path / "a project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr(demo, "OUT", project / ".demo" / "quickstart.ipynb")
    monkeypatch.setattr(sys, "executable", str(project / ".venv" / "bin" / "python"))
    assert demo.command() == ".venv/bin/jupyter lab .demo/quickstart.ipynb"
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    assert demo.command() == "/usr/bin/jupyter lab .demo/quickstart.ipynb"
