"""A key typed into a widget: it reaches the kernel, and no message, state, or saved file."""

from __future__ import annotations

import os

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from kernels import OneKernel, kernel
from seeds import SEEDS, seen

pytestmark = pytest.mark.kernel

KEY = SEEDS["groq"]
FIELD = """
from nbprovider.errors import UsageError
from nbprovider.ui.password import PasswordField
kept = []
def use(secret):
    kept.append(secret)
    if len(kept) == 1:
        raise UsageError(f"{secret.reveal()} is not good enough.")
field = PasswordField("Key for Groq", use)
field.widget
"""
PLAIN = """
import ipywidgets
plain = ipywidgets.Password()
plain
"""


class OneAsyncKernel(AsyncKernelManager):
    kernel_spec = OneKernel.kernel_spec


class Typing(NotebookClient):
    """Run a notebook; after each of its cells that says so, type the key into its field."""

    async def async_execute_cell(self, cell, index, **more):
        ran = await super().async_execute_cell(cell, index, **more)
        if cell.metadata.get("typed"):
            models = self.widget_state.items()
            (name,) = [n for n, m in models if m.get("_model_name") == "PasswordModel"][-1:]
            data = {"method": "update", "state": {"value": KEY}, "buffer_paths": []}
            message = self.kc.session.msg("comm_msg", {"comm_id": name, "data": data})
            self.kc.shell_channel.send(message)
        return ran


def run(folder, *sources: tuple[str, bool]):
    cells = [
        nbformat.v4.new_code_cell(s.strip(), metadata={"typed": typed}) for s, typed in sources
    ]
    client = Typing(
        nbformat.v4.new_notebook(cells=cells),
        timeout=60,
        store_widget_state=True,
        kernel_manager_class=OneAsyncKernel,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "IPYTHONDIR": str(folder)})
    page, _ = HTMLExporter().from_notebook_node(client.nb)
    return client, nbformat.writes(client.nb) + page


def test_what_is_typed_into_our_field_is_saved_nowhere(tmp_path):
    """Row 24 of the rivals: a `Password` widget's value is written into the executed notebook."""
    told = "print(len(kept), kept[-1].holds(open('key').read()), field.widget.comm)"
    (tmp_path / "key").write_text(KEY)
    typing = (FIELD, True), ("1", True), (told, False)
    client, saved = run(tmp_path, *typing)
    (output,) = client.nb.cells[-1].outputs
    assert output.text == "2 True None\n", "tried again after the refusal, then closed"
    assert "PasswordModel" in saved, "its state was saved"
    assert not seen(saved)


def test_a_value_that_code_sets_is_saved_so_the_proof_can_fail(tmp_path):
    (tmp_path / "key").write_text(KEY)
    _, saved = run(tmp_path, (f"{PLAIN}\nplain.value = open('key').read()", False))
    assert seen(saved) == {"groq"}


def typed(running, name):
    """Type the key into a field of the kernel; return all that the kernel says to any front end."""
    opened = running.run(FIELD if name == "field._box" else PLAIN)
    assert opened.status == "ok"
    model = running.run(f"print({name}.model_id)").text.strip()
    data = {"method": "update", "state": {"value": KEY}, "buffer_paths": []}
    message = running.client.session.msg("comm_msg", {"comm_id": model, "data": data})
    running.client.shell_channel.send(message)
    heard = []
    while not heard or heard[-1]["content"].get("execution_state") != "idle":
        heard.append(running.client.get_iopub_msg(timeout=30))
    return str([m["content"] for m in heard if m["parent_header"]["msg_id"] == message["msg_id"]])


def test_the_kernel_does_not_say_the_value_again(isolated):
    """Row 24 of the rivals: ipywidgets echoes what was typed; our field does not."""
    with kernel(NBPROVIDER_HOME=str(isolated)) as running:
        assert seen(typed(running, "plain")) == {"groq"}
        ours = typed(running, "field._box")
        assert "'state': {'value': ''}" in ours, "it is cleared in the front end"
        assert not seen(ours)
