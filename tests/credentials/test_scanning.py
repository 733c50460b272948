"""Keys in a notebook are found in each of its places, named by kind, and never shown."""

from __future__ import annotations

import base64
import json
import random

import pytest

import nbprovider
from nbprovider.credentials import Secret
from nbprovider.credentials.scanning import in_text
from nbprovider.errors import UsageError
from seeds import SEEDS, seen

UNMARKED = {"together old", "aws secret", "azure", "cohere", "mistral", "deepinfra", "odd"}
"""Keys that nothing tells from other letters: found when the kernel knows them."""


def notebook(**parts) -> str:
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [], "metadata": {}, **parts}
    first = {"cell_type": "markdown", "source": ["# Title\n", "words"], "metadata": {}}
    return json.dumps({"cells": [first, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def scanned(tmp_path):
    def scan(text: str):
        path = tmp_path / "a.ipynb"
        path.write_text(text)
        return nbprovider.scan(path)

    return scan


@pytest.mark.parametrize("name", sorted(set(SEEDS) - UNMARKED))
def test_a_key_in_a_source_is_found_by_its_shape(scanned, name):
    key = SEEDS[name]
    (found,) = scanned(notebook(source=["import os\n", "\n", f"client = Client('{key}')\n"]))
    assert (found.cell, found.part, found.line) == (2, "source", 3)
    assert found.file.endswith("a.ipynb")
    assert not seen(repr(found))


@pytest.mark.parametrize("name", sorted(UNMARKED - {"odd"}))
def test_a_key_of_no_shape_is_found_when_it_is_known_or_named(scanned, name):
    key = SEEDS[name][::-1]  # other tests may have made the seed itself known
    assert scanned(notebook(source=f"x = '{key}'")) == ()
    (found,) = scanned(notebook(source=f"api_key = '{key}'"))
    assert found.what == "a named key or password"
    secret = Secret(key)
    (found,) = scanned(notebook(source=f"x = '{key}'"))
    assert found.what == "a key that this kernel uses"
    assert secret


PLACES = {
    "stream": ("output 1", {"output_type": "stream", "text": ["ok\n", "sent KEY\n"]}),
    "error": ("output 1", {"output_type": "error", "traceback": ["one", "two KEY"]}),
    "html": ("output 1", {"data": {"text/html": ["<b>", "KEY", "</b>"]}, "metadata": {}}),
    "json": ("output 1", {"data": {"application/json": {"deep": [{"key": "KEY"}]}}}),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_in_an_output_is_found(scanned, place):
    part, output = PLACES[place]
    told = json.loads(json.dumps(output).replace("KEY", SEEDS["groq"]))
    (found,) = scanned(notebook(outputs=[told]))
    assert (found.cell, found.part) == (2, part)
    assert "Groq" in found.what
    assert found.renew == "https://console.groq.com/keys"


def test_a_key_in_metadata_and_in_the_state_of_widgets_is_found(scanned):
    (found,) = scanned(notebook(metadata={"papermill": {"parameters": {"k": SEEDS["openai"]}}}))
    assert (found.cell, found.part) == (2, "metadata")
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {"value": SEEDS["xai"]}}}}
    whole = json.loads(notebook())
    whole["metadata"] = {"widgets": state, "kernelspec": {"display_name": SEEDS["github"]}}
    parts = {found.part: found.what for found in scanned(json.dumps(whole))}
    assert "xAI" in parts["widget state"]
    assert "GitHub" in parts["metadata"]


def test_a_notebook_of_the_third_format_and_a_text_file_are_read(scanned):
    cell = {"cell_type": "code", "input": [f"k = '{SEEDS['groq']}'"], "outputs": []}
    (found,) = scanned(json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}))
    assert found.cell == 1
    (found,) = scanned(f"# a script\nKEY = '{SEEDS['groq']}'\n")
    assert (found.cell, found.part, found.line) == (0, "text", 2)


def test_a_broken_notebook_is_read_as_text(scanned):
    assert len(scanned(notebook(source=SEEDS["groq"])[:-3])) == 1


def test_what_is_no_key_is_left_alone(scanned):
    picture = base64.b64encode(random.Random(1).randbytes(60_000)).decode()
    output = {"data": {"image/png": picture, "text/plain": "<Figure size 640x480>"}}
    source = [
        "from os import environ\n",
        "api_key = environ['OPENAI_API_KEY']\n",
        "password = getpass()\n",
        "sha = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'\n",
        "id = '123e4567-e89b-12d3-a456-426614174000'\n",
        "token_count = 1234567890\n",
        "model = 'pplx-70b-online'; name = 'sk-learn'; fw_version_2024_stable = 1\n",
        'headers = {"Authorization": f"Bearer {api_key}"}\n',
    ]
    assert scanned(notebook(source=source, outputs=[output], id="8f3e2c1d")) == ()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.ipynb cannot be read"):
        nbprovider.scan(tmp_path / "nowhere.ipynb")


def test_findings_come_in_the_order_of_lines_and_once_each():
    text = f"{SEEDS['xai']}\n\n{SEEDS['groq']} {SEEDS['openai project']}\n{SEEDS['anthropic']}"
    assert [found.line for found in in_text(text, "f", 1, "source")] == [1, 3, 3, 4]
