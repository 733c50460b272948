"""In a real kernel the ledger knows the notebook and the cell, also of calls made by Python."""

from __future__ import annotations

import pytest

from kernels import VERSIONS, Kernel, kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

ROW = "row = nbprovider.usage().iloc[-1]; print(row['notebook'], row['cell'], row['chat'])"


def run_in_cell(running: Kernel, code: str, cell: str) -> None:
    """Run code as JupyterLab and VS Code do: with the cell's id beside it."""
    content = {"code": code, "silent": False, "allow_stdin": False}
    message = running.client.session.msg("execute_request", content)
    message["metadata"] = {"cellId": cell}
    running.client.shell_channel.send(message)
    ran = running.finish(message["header"]["msg_id"])
    assert ran.status == "ok", ran.messages


@pytest.mark.parametrize("version", VERSIONS)
def test_every_way_to_ask_tells_where_it_was_asked(version, tmp_path):
    variables = {
        "NBPROVIDER_HOME": str(tmp_path),
        "OPENAI_API_KEY": "sk-0123456789abcdefghijkl",
        "JPY_SESSION_NAME": "work/thesis.ipynb",
    }
    with serving(answering("fine")) as server, kernel(version, **variables) as running:
        running.run(f"import os; os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        running.run("%load_ext nbprovider\nimport nbprovider")
        run_in_cell(running, "nbprovider.ask('hi', model='gpt-6-luna')", "cell-1")
        assert running.run(ROW).text.split() == ["thesis.ipynb", "cell-1"]
        run_in_cell(running, "%%chat gpt-6-luna\nhi", "cell-2")
        assert running.run(ROW).text.split() == ["thesis.ipynb", "cell-2", "main"]
        code = "await nbprovider.aask('hi', model='gpt-6-luna')"
        run_in_cell(running, code, "cell-3")
        assert running.run(ROW).text.split() == ["thesis.ipynb", "cell-3"]


def test_vs_code_tells_it_by_a_variable(tmp_path):
    variables = {"NBPROVIDER_HOME": str(tmp_path), "OPENAI_API_KEY": "sk-0123456789abcdefghijkl"}
    with serving(answering("fine")) as server, kernel(**variables) as running:
        running.run(f"import os; os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        running.run("__vsc_ipynb_file__ = '/home/ada/thesis.ipynb'; import nbprovider")
        code = "nbprovider.ask('hi', model='gpt-6-luna')"
        run_in_cell(running, code, "vscode-notebook-cell:/home/ada/thesis.ipynb#W2sZmlsZQ==")
        assert running.run(ROW).text.split() == ["thesis.ipynb", "W2sZmlsZQ=="]
